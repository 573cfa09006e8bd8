"""Puts rows into a database that was emptied and brought to the schema they come from, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import orjson
from psycopg import sql
from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from ..actions.indexing import reindex_documents
from ..errors import Conflict
from ..kind_tables import missing_parts
from ..migrating import bring_to, complete, knows_revision
from ..models import Base
from ..models.search import FTS_TABLE
from .reading import Tally
from .shapes import FOR_POSTGRESQL, FOR_SQLITE, OF_THE_SCHEMA, Shape

NUMBERS_LEFT_FREE = 1_000_000_000
"""Transactions that may have run elsewhere after what is loaded was read: cursors of the feed that tell of them stay
behind whatever comes."""


class Source(Protocol):
    """What can be loaded: a backup, or another database."""

    revision: str

    def tables(self) -> list[Shape]:
        """Its tables, what is referred to first."""

    def lines(self, shape: Shape) -> Iterable[bytes]:
        """The rows of one of them, as lines of JSON."""

    def counters(self) -> dict[str, int]:
        """The ids given out last."""


def is_empty(connection: Connection) -> bool:
    """Whether there is no site: no table of nodes or users, or none of either."""
    present = set(inspect(connection).get_table_names())
    return not any(
        name in present and connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608
        for name in ("nodes", "users")
    )


def load(connection: Connection, source: Source, *, search_language: str) -> dict[str, Tally]:
    """Replace whatever site there is by what the source has, at the newest schema; returns what was loaded.

    Raises `Conflict` where the source is newer than this program, or of plug-ins that are not enabled here.
    """
    if not knows_revision(source.revision):
        raise Conflict(
            f"This was made by a newer version of the program (schema {source.revision}). Install that version first."
        )
    tables = source.tables()
    number = _highest_number(connection)
    _clear(connection, {shape.name for shape in tables})
    bring_to(connection, source.revision)
    for part in missing_parts(connection):
        connection.execute(part)
    _refuse_strangers(connection, tables)
    loaded = _fill(connection, tables, source)
    _set_counters(connection, tables, source.counters())
    bring_to(connection, "head")
    with Session(connection, info={"search_language": search_language}) as db:
        reindex_documents(db)
        db.commit()  # within the transaction of the connection
    complete(connection, ahead_of=max(number, _highest_number(connection)))
    if connection.dialect.name == "postgresql":  # or it plans as if the tables were still empty
        quote = connection.dialect.identifier_preparer.quote
        connection.exec_driver_sql(f"ANALYZE {', '.join(quote(shape.name) for shape in tables)}")
    return loaded


def _highest_number(connection: Connection) -> int:
    """What numbers of transactions to come must be above: past those that were given out here or that are loaded."""
    if connection.dialect.name != "postgresql" or "changes" not in inspect(connection).get_table_names():
        return 0
    found = connection.execute(text("SELECT max(transaction_number) FROM changes")).scalar()
    return found + NUMBERS_LEFT_FREE if found else 0


def _clear(connection: Connection, names: set[str]) -> None:
    """Drop the tables of the site: those the program knows, those to be loaded, and what refers to any of them."""
    inspector = inspect(connection)
    ours = {*Base.metadata.tables, *names, OF_THE_SCHEMA}
    order = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name]
    for name in order:
        ours |= {name for key in inspector.get_foreign_keys(name) if key["referred_table"] in ours}
    quote = connection.dialect.identifier_preparer.quote
    if connection.dialect.name == "postgresql":
        for name in reversed([each for each in order if each in ours]):
            connection.exec_driver_sql(f"DROP TABLE {quote(name)} CASCADE")
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS transaction_number_offset()")
        return
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {FTS_TABLE}")
    for name in reversed([each for each in order if each in ours and not each.startswith(FTS_TABLE)]):
        connection.exec_driver_sql(f"DROP TABLE {quote(name)}")


def _refuse_strangers(connection: Connection, tables: list[Shape]) -> None:
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    missing = [shape.name for shape in tables if shape.name not in present]
    if missing:
        names = ", ".join(sorted(missing))
        raise Conflict(f"There is nowhere to put {names}: enable the plug-ins that this came from (pyramid.includes).")


def _fill(connection: Connection, tables: list[Shape], source: Source) -> dict[str, Tally]:
    is_postgresql = connection.dialect.name == "postgresql"
    keys = _foreign_keys(connection) if is_postgresql else []
    for table, name, _ in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    if not is_postgresql:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    loaded = {}
    for shape in tables:
        loaded[shape.name] = Tally()
        fill_table(connection, shape, source.lines(shape), loaded[shape.name])
    for table, name, definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    return loaded


def fill_table(connection: Connection, shape: Shape, lines: Iterable[bytes], tally: Tally) -> None:
    """Write rows as lines of JSON into a table, and count them."""
    is_postgresql = connection.dialect.name == "postgresql"
    rows = _rows(lines, shape, tally, FOR_POSTGRESQL if is_postgresql else FOR_SQLITE)
    (_copy_in if is_postgresql else _insert_many)(connection, shape, rows)


def _rows(lines: Iterable[bytes], shape: Shape, tally: Tally, writers: dict[str, Any]) -> Iterator[list[Any]]:
    makers = [(place, writers[sort]) for place, (_, sort) in enumerate(shape.columns) if sort in writers]
    for line in lines:
        row = orjson.loads(tally.add(line))
        for place, make in makers:
            if row[place] is not None:
                row[place] = make(row[place])
        yield row


def _copy_in(connection: Connection, shape: Shape, rows: Iterator[list[Any]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in shape.columns)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(shape.name), names)
    driver = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def _insert_many(connection: Connection, shape: Shape, rows: Iterator[list[Any]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name, _ in shape.columns)
    marks = ", ".join("?" for _ in shape.columns)
    driver = connection.connection.driver_connection
    driver.executemany(f"INSERT INTO {quote(shape.name)} ({names}) VALUES ({marks})", rows)  # noqa: S608


def _foreign_keys(connection: Connection) -> list[tuple[str, str, str]]:
    """Table, name and definition of each: loading without them needs no order of rows, and they are checked after."""
    found = text(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname"
    )
    return [tuple(row) for row in connection.execute(found)]


def _set_counters(connection: Connection, tables: list[Shape], given: dict[str, int]) -> None:
    """Let every id to come be behind those that are there, and those that were given out and are gone."""
    for shape in tables:
        if dict(shape.columns).get("id") != "integer":
            continue
        highest = connection.execute(text(f"SELECT max(id) FROM {shape.name}")).scalar() or 0  # noqa: S608
        highest = max(highest, given.get(shape.name, 0))
        if shape.name == "nodes":
            highest = max(highest, connection.execute(text("SELECT max(node_id) FROM changes")).scalar() or 0)
        if connection.dialect.name == "postgresql":
            move = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last, :used)")
            connection.execute(move, {"name": shape.name, "last": max(highest, 1), "used": highest > 0})
        else:
            move = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name AND seq < :last")
            connection.execute(move, {"name": shape.name, "last": highest})
