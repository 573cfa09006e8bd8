"""The keys about GraphQL: how much one query may ask for."""

from __future__ import annotations

from .kinds import DURATION, INTEGER
from .setting import Setting

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
)
