"""Statements of the hottest requests, compiled once a database and run by name of their values.

Building a statement and finding it in SQLAlchemy's cache costs more than PostgreSQL takes to answer it. A `Prepared`
statement keeps the compiled text; on PostgreSQL it goes straight to the driver, which prepares it on the server too.

The server keeps the plan of such a statement only where it looks no worse than one made for the values at hand. So what
is always the same, as a limit, stands in the text: a limit bound as a value counts as a tenth of the table, and the
statement would be planned anew at each run, which takes several times as long as running it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Integer,
    Row,
    Select,
    String,
    Update,
    any_,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Select[Any] | Insert | Update
Build = Callable[[str], Statement]
"""Makes the statement for a dialect ("sqlite", "postgresql"), with every value a named `bindparam`."""


def among(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Condition: the column is one of the values bound, as a list, under `name`."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True, type_=column.type))


@dataclass(frozen=True)
class _Ready:
    """A statement compiled for PostgreSQL, the values that are always the same, and the class of its rows.

    `conversions` are of values that the driver takes in another form, as JSON.
    """

    text: str
    constants: Mapping[str, Any]
    conversions: Mapping[str, Callable[[Any], Any]]
    row: Callable[[Iterable[Any]], Any] | None


def _conversions(compiled: SQLCompiler, text: str) -> dict[str, Callable[[Any], Any]]:
    """What the types of bound values make of them for the driver, which takes lists as they are."""
    bound = {name: each.type for name, each in compiled.binds.items() if f"%({name})s" in text}
    found = {
        name: type_.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
        for name, type_ in bound.items()
        if not isinstance(type_, ARRAY)
    }
    return {name: convert for name, convert in found.items() if convert is not None}


class _Context:
    """What listeners find in the place of SQLAlchemy's own context; some, as Sentry's, write on it."""

    executemany = False

    def __init__(self, connection: Connection):
        self.root_connection, self.engine, self.dialect = connection, connection.engine, connection.dialect


class Prepared:
    """A statement that reads, or writes every value it names; `run` binds values and gives the rows, if it has any.

    The columns of a row are its attributes. What it writes is part of the session's transaction.
    """

    def __init__(self, build: Build):
        self._build = build
        self._on_postgresql: _Ready | None = None
        self._elsewhere: Statement | None = None

    def run(self, db: Session, values: Mapping[str, Any]) -> list[Row[Any]]:
        """All rows for these values."""
        connection = db.connection()
        if connection.dialect.name == "postgresql":
            if self._on_postgresql is None:
                self._on_postgresql = self._compiled(connection.dialect)
            return _rows(connection, self._on_postgresql, values)
        if self._elsewhere is None:  # SQLite's values and columns need SQLAlchemy's conversions
            self._elsewhere = self._build(connection.dialect.name)
        result = connection.execute(self._elsewhere, values)
        return list(result) if result.returns_rows else []

    def _compiled(self, dialect: Dialect) -> _Ready:
        statement = self._build(dialect.name)
        compiled = statement.compile(dialect=dialect)
        text, constants = _with_constants(compiled)
        columns = statement.exported_columns.keys()
        row = namedtuple("Row", columns, rename=True)._make if columns else None
        return _Ready(text, constants, _conversions(compiled, text), row)


def _with_constants(compiled: SQLCompiler) -> tuple[str, dict[str, Any]]:
    """The text with the numbers and words that it was built with, and what else has a value already."""
    text, others = compiled.string, {}
    for name, value in compiled.params.items():
        bound = compiled.binds[name]
        if bound.unique and isinstance(bound.type, Integer | String) and type(value) in (int, str):
            text = text.replace(f"%({name})s", bound.type.literal_processor(compiled.dialect)(value))
        elif value is not None:
            others[name] = value
    return text, others


def _rows(connection: Connection, ready: _Ready, values: Mapping[str, Any]) -> list[Any]:
    """Run the statement on the driver's own cursor, with SQLAlchemy's events around it and its errors after it."""
    parameters = {**ready.constants, **values}
    for name, convert in ready.conversions.items():
        parameters[name] = convert(parameters[name])
    cursor: Any = connection.connection.cursor()
    context: Any = _Context(connection)
    try:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, ready.text, parameters, context, False)
        for sends in connection.dialect.dispatch.do_execute:  # type: ignore[attr-defined]
            if sends(cursor, ready.text, parameters, context):
                break
        else:
            cursor.execute(ready.text, parameters)
        for listener in connection.dispatch.after_cursor_execute:
            listener(connection, cursor, ready.text, parameters, context, False)
        return list(map(ready.row, cursor.fetchall())) if ready.row is not None else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy_says(connection, ready.text, parameters, error, cursor) from error
    finally:
        cursor.close()


def _as_sqlalchemy_says(
    connection: Connection, statement: str, parameters: Mapping[str, Any], error: Any, cursor: Any
) -> BaseException:
    """The error as it would come through SQLAlchemy, a lost connection given up likewise."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(error, cursor.connection, cursor)
    if is_lost:
        connection.invalidate(error)
    dbapi_error = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        statement,
        dict(parameters),
        error,
        dbapi_error,
        hide_parameters=connection.engine.hide_parameters,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
