"""Invariants of what happened and of what is under way: the feed of changes, ids, comments."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Integer, Table, column, func, literal_column, or_, select, text
from sqlalchemy import table as table_named
from sqlalchemy.orm import Session, aliased

from ..models import Base, Change, Comment
from ..models.node import NODES
from .consistency import Fault, Invariant, node_place, rows_of

CHANGES = Change.__table__
GROWS = "the next migrate mends this: myplatform migrate"


def _versions(db: Session) -> Iterator[Fault]:
    last = select(CHANGES.c.node_id, func.max(CHANGES.c.node_version).label("version")).where(
        CHANGES.c.node_id.is_not(None)
    )
    told = last.group_by(CHANGES.c.node_id).subquery()
    found = select(NODES.c.id, NODES.c.path, NODES.c.version, told.c.version.label("told"))
    found = found.outerjoin(told, told.c.node_id == NODES.c.id).order_by(NODES.c.id)
    for row in rows_of(db, found.where(NODES.c.version.is_distinct_from(told.c.version))):
        said = f"its last change made version {row.told}" if row.told else "no change tells that it was made"
        yield Fault(f"it is at version {row.version}, but {said}", node_place(row), row.id)


def _order(db: Session) -> Iterator[Fault]:
    """No change may stand ahead of those still to come: readers of the feed would pass them."""
    is_postgresql = db.get_bind().dialect.name == "postgresql"
    # A snapshot that may write nothing has no number of its own; the next one to be given out serves.
    upcoming = (
        "(CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) + transaction_number_offset())"
        if is_postgresql
        else "0"
    )
    number = CHANGES.c.transaction_number
    found = (
        select(CHANGES.c.id, number).where(or_(number > literal_column(upcoming), number < 0)).order_by(CHANGES.c.id)
    )
    for row in rows_of(db, found):
        yield Fault(
            f"its transaction number {row.transaction_number} is ahead of those still to come", f"change {row.id}"
        )


def _counters(db: Session) -> Iterator[Fault]:
    """What gives out ids stands behind every id that was given out."""
    for table in Base.metadata.sorted_tables:
        if "id" not in table.c or not isinstance(table.c.id.type, BigInteger | Integer):
            continue
        given = db.execute(select(func.max(table.c.id))).scalar() or 0
        if table is NODES:
            given = max(given, db.execute(select(func.max(CHANGES.c.node_id))).scalar() or 0)
        last = _last_given(db, table)
        if last is not None and last < given:
            yield Fault(f"the next id would be {last + 1}, but {given} was given out", f"table {table.name}")


def _last_given(db: Session, table: Table) -> int | None:
    """The id that was given out last; None where the database looks for the highest each time."""
    if db.get_bind().dialect.name == "postgresql":
        name = db.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar()
        if name is None:
            return None
        known = select(func.coalesce(column("last_value"), 0)).select_from(table_named("pg_sequences"))
        named = func.to_regclass(func.format("%I.%I", column("schemaname"), column("sequencename")))
        return db.execute(known.where(named == func.to_regclass(name))).scalar_one()
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return None
    return db.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}).scalar() or 0


def _comments(db: Session) -> Iterator[Fault]:
    first = aliased(Comment)
    found = select(Comment.id, Comment.thread_id).join(first, first.id == Comment.thread_id)
    wrong = or_(first.node_id != Comment.node_id, first.thread_id.is_not(None))
    for row in rows_of(db, found.where(wrong).order_by(Comment.id)):
        yield Fault(f"its thread {row.thread_id} is elsewhere, or is itself an answer", f"comment {row.id}")


INVARIANTS = (
    Invariant("DAT501", "Every version has its change", "edit the node: its next version is told", _versions),
    Invariant("DAT502", "The feed grows at its end", GROWS, _order),
    Invariant("DAT503", "Ids never come again", "restore a backup, which sets them, or set the sequence", _counters),
    Invariant("DAT504", "Answers stand where their thread is", "remove the comment", _comments),
)
