"""The keys about GraphQL: how much one query may ask for."""

from __future__ import annotations

from pathlib import Path

from .kinds import BOOLEAN, DURATION, INTEGER, Kind, UnfitError
from .setting import Setting


def _folder(text: str) -> str:
    if not Path(text).is_absolute():
        raise UnfitError(f"the path {text!r} is relative to where the program starts", f"%(here)s/{text}")
    return text


FOLDER = Kind("folder", "/ABSOLUTE/FOLDER", "CFG047", str, _folder)

GRAPHQL: tuple[Setting, ...] = (
    Setting(
        "graphql.max_depth",
        INTEGER,
        "12",
        "The most levels of fields that one query has.",
        "8",
        at_least="3",
        at_most="30",
    ),
    Setting(
        "graphql.max_cost",
        INTEGER,
        "20000",
        "The most values that the answer to one query could have, going by the limits of its lists.",
        "5000",
        at_least="100",
        at_most="1000000",
    ),
    Setting(
        "graphql.timeout",
        DURATION,
        "10s",
        "How long one query may go on asking the database.",
        "5s",
        at_least="1s",
        at_most="5m",
    ),
    Setting(
        "graphql.queries",
        FOLDER,
        None,
        "A folder of queries, `*.graphql`, one in each file, that programs may name by the SHA-256 of their text.",
        "/srv/myplatform/queries",
    ),
    Setting(
        "graphql.only_registered",
        BOOLEAN,
        "false",
        "Whether only the queries of `graphql.queries` are run.",
        "true",
    ),
)
