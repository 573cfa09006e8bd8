"""Statements of the hottest reads, compiled once a database and run by name of their values.

Building a statement and finding it in SQLAlchemy's cache costs more than PostgreSQL takes to answer it. A `Prepared`
statement keeps the compiled text; on PostgreSQL it goes straight to the driver, which prepares it on the server too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Row, Select, any_, bindparam
from sqlalchemy.orm import Session

Build = Callable[[str], Select[Any]]
"""Makes the statement for a dialect ("sqlite", "postgresql"), with every value a named `bindparam`."""


def among(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Condition: the column is one of the values bound, as a list, under `name`."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True, type_=column.type))


class Prepared:
    """A statement that reads; `run` binds values and gives the rows."""

    def __init__(self, build: Build):
        self._build = build
        self._ready: dict[str, tuple[Any, Mapping[str, Any]]] = {}

    def run(self, db: Session, values: Mapping[str, Any]) -> list[Row[Any]]:
        """All rows for these values."""
        connection = db.connection()
        dialect = connection.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = self._prepare(dialect)
        statement, constants = ready
        if isinstance(statement, str):
            return list(connection.exec_driver_sql(statement, {**constants, **values}))
        return list(connection.execute(statement, values))

    def _prepare(self, dialect: Any) -> tuple[Any, Mapping[str, Any]]:
        statement = self._build(dialect.name)
        if dialect.name != "postgresql":
            return statement, {}  # SQLite's values and columns need SQLAlchemy's conversions
        compiled = statement.compile(dialect=dialect)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return compiled.string, constants
