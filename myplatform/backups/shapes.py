"""How tables are written down so that both databases read them: a few sorts of values, each with one way as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import JSON, BigInteger, Boolean, Connection, Date, DateTime, Float, Integer, Numeric, Text, inspect
from sqlalchemy.types import TypeEngine

from ..kinds import all_kinds
from ..models import Base
from ..models.base import Amount, Json, Timestamp
from ..models.search import FTS_TABLE

SORTS: dict[str, TypeEngine[Any]] = {
    "moment": Timestamp,
    "date": Date(),
    "fraction": Float(),
    "amount": Amount,
    "json": Json,
    "yesno": Boolean(),
    "integer": BigInteger(),
    "text": Text(),
}
"""The sorts of values that a column may have, and the type that reads each from either database."""
CLASSES = (
    (DateTime, "moment"),
    (Date, "date"),
    (Float, "fraction"),
    (Numeric, "amount"),
    (JSON, "json"),
    (Boolean, "yesno"),
    (Integer, "integer"),
)
OF_THE_SCHEMA = "alembic_version"
NOT_KEPT = {
    "sessions": "everybody signs in again",
    "one_time_links": "links that were sent and not used are made again",
    "sign_in_failures": "failed sign-ins are counted anew",
    "job_workers": "workers make themselves known again",
}
"""Tables whose rows are in no backup, and what follows from that."""
DERIVED = frozenset({("search_documents", "document")})
"""Columns that are made anew from others."""
UNFINISHED = "uploads"
"""Of this table only rows of uploads that are over are kept: the bytes of the others are not."""


@dataclass(frozen=True)
class Shape:
    """One table: its columns with the sort of their values, and the columns of its primary key."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]


def shapes(connection: Connection, *, everything: bool = False) -> list[Shape]:
    """Every table that is there and kept, what is referred to first; tables of plug-ins no longer enabled included.

    With `everything` those that no backup keeps are among them.
    """
    inspector = inspect(connection)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name]
    left_out = {OF_THE_SCHEMA, *(() if everything else NOT_KEPT)}
    kept = [name for name in names if name not in left_out and not name.startswith(FTS_TABLE)]
    return [_shape(inspector, name) for name in kept]


def _shape(inspector: Any, name: str) -> Shape:
    tables = {kind.table.name: kind.table for kind in all_kinds() if kind.table is not None}
    known = tables.get(name, Base.metadata.tables.get(name))
    columns = []
    for column in inspector.get_columns(name):
        if (name, column["name"]) in DERIVED:
            continue
        ours = known is not None and column["name"] in known.c
        columns.append((column["name"], _sort_of(known.c[column["name"]].type if ours else column["type"])))
    key = inspector.get_pk_constraint(name)["constrained_columns"] or [each for each, _ in columns]
    return Shape(name, tuple(sorted(columns)), tuple(key))


def _sort_of(type_: TypeEngine[Any]) -> str:
    return next((sort for class_, sort in CLASSES if isinstance(type_, class_)), "text")


def line_of(row: Any) -> bytes:
    """A row as one line of JSON, the same whichever database it comes from."""
    return orjson.dumps(tuple(row), default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


Writer = Callable[[Any], Any]
"""What makes of a value from JSON the one that a database's driver takes."""


def _moment_for_sqlite(value: str) -> str:
    moment = dt.datetime.fromisoformat(value).astimezone(dt.UTC).replace(tzinfo=None)
    return moment.isoformat(" ", "microseconds")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


FOR_SQLITE: dict[str, Writer] = {
    "moment": _moment_for_sqlite,
    "amount": lambda value: int(Decimal(value).scaleb(2)),
    "json": _json,
    "yesno": int,
}
FOR_POSTGRESQL: dict[str, Writer] = {"json": _json}
"""Sorts whose values are handed over otherwise than they stand in JSON."""
