"""Takes rows from a snapshot of a database, a few at a time, and counts and hashes them on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, collate, column, literal, select, table, text

from .shapes import SORTS, UNFINISHED, Shape, line_of, shapes

BATCH = 2000
NUMBERED = ("changes", "transaction_number")


@dataclass
class Tally:
    """How many rows went by, and the SHA-256 of their lines."""

    rows: int = 0

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: bytes) -> bytes:
        """Count a line and give it back."""
        self.rows += 1
        self._digest.update(line)
        return line

    @property
    def sha256(self) -> str:
        """Of all lines so far."""
        return self._digest.hexdigest()


def lines_of(connection: Connection, shape: Shape, *, is_unnumbered: bool = False) -> Iterator[bytes]:
    """The rows of a table as lines of JSON, in the order of its key, which is the same on both databases.

    `is_unnumbered` leaves out the numbers of transactions, which mean nothing on SQLite.
    """
    sorts = dict(shape.columns)
    columns = [column(name, SORTS[sort]) for name, sort in shape.columns]
    if is_unnumbered and shape.name == NUMBERED[0]:
        columns = [literal(0) if each.name == NUMBERED[1] else each for each in columns]
    rows = select(*columns).select_from(table(shape.name))
    if shape.name == UNFINISHED:
        rows = rows.where(column("node_id").is_not(None))
    is_postgresql = connection.dialect.name == "postgresql"
    for name in shape.key:
        in_order = column(name, SORTS[sorts[name]])
        rows = rows.order_by(collate(in_order, "C") if is_postgresql and sorts[name] == "text" else in_order)
    for row in connection.execute(rows, execution_options={"yield_per": BATCH}):
        yield line_of(row)


def counters(connection: Connection) -> dict[str, int]:
    """The id that each table gave out last, where it counts by itself."""
    if connection.dialect.name == "postgresql":
        found = text(
            "SELECT c.relname, s.last_value FROM pg_sequences s "
            "JOIN pg_depend d ON d.objid = to_regclass(format('%I.%I', s.schemaname, s.sequencename)) "
            "JOIN pg_class c ON c.oid = d.refobjid AND d.deptype IN ('a', 'i') "
            "WHERE s.schemaname = current_schema() AND s.last_value IS NOT NULL"
        )
    else:
        found = text("SELECT name, seq FROM sqlite_sequence")
    return {row[0]: row[1] for row in connection.execute(found)}


@dataclass(frozen=True)
class LiveSource:
    """A database as something to load from."""

    connection: Connection
    revision: str
    is_unnumbered: bool = False

    def tables(self) -> list[Shape]:
        """Its tables, what is referred to first."""
        return shapes(self.connection)

    def lines(self, shape: Shape) -> Iterable[bytes]:
        """The rows of one of them."""
        return lines_of(self.connection, shape, is_unnumbered=self.is_unnumbered)

    def counters(self) -> dict[str, int]:
        """The ids given out last."""
        return counters(self.connection)
