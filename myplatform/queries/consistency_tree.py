"""Invariants of the tree: each node stands where its parent says, none hangs loose, each has the row of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from ..kinds import all_kinds
from ..models import Base
from ..models.node import DEEPEST, LONGEST_PATH, NODES
from .consistency import Fault, Invariant, node_place, rows_of

PARENTS = NODES.alias("parents")
BELOW_PARENT = NODES.join(PARENTS, PARENTS.c.id == NODES.c.parent_id)
BY_HAND = "no command mends this by itself: restore a backup, or ask whoever looks after the database"


def _wrong(db: Session, found: Any, what: str, *values: ColumnElement[Any]) -> Iterator[Fault]:
    """A fault for each row of a query of nodes; `what` takes the further values in order."""
    for row in rows_of(db, found.add_columns(*values) if values else found):
        yield Fault(what.format(*row[2:]), node_place(row), row.id)


def _nodes(source: Any) -> Any:
    return select(NODES.c.id, NODES.c.path).select_from(source).order_by(NODES.c.id)


def _one_root(db: Session) -> Iterator[Fault]:
    is_root = and_(NODES.c.path == "/", NODES.c.slug == "", NODES.c.ancestry == "/", NODES.c.trash_id.is_(None))
    tops = select(NODES.c.id, NODES.c.path, is_root.label("is_root")).where(NODES.c.parent_id.is_(None))
    count = 0
    for row in rows_of(db, tops.order_by(NODES.c.id)):
        count += 1
        if not row.is_root or count > 1:
            yield Fault("stands below nothing but is not the one root", node_place(row), row.id)
    if not count and db.execute(select(NODES.c.id).limit(1)).first() is not None:
        yield Fault("there is no root", "nodes")


def _paths(db: Session) -> Iterator[Fault]:
    stem = case((PARENTS.c.parent_id.is_(None), ""), else_=PARENTS.c.path)
    expected = stem + literal("/") + NODES.c.slug
    wrong = _nodes(BELOW_PARENT).where(NODES.c.path != expected)
    yield from _wrong(db, wrong, "by its parent and its name its path is {0}", expected)


def _ancestries(db: Session) -> Iterator[Fault]:
    expected = PARENTS.c.ancestry + cast(PARENTS.c.id, Text) + literal("/")
    wrong = _nodes(BELOW_PARENT).where(NODES.c.ancestry != expected)
    yield from _wrong(db, wrong, "its ancestry is {0}, by its parent it is {1}", NODES.c.ancestry, expected)


def _orphans(db: Session) -> Iterator[Fault]:
    loose = _nodes(NODES.outerjoin(PARENTS, PARENTS.c.id == NODES.c.parent_id))
    loose = loose.where(NODES.c.parent_id.is_not(None), PARENTS.c.id.is_(None))
    yield from _wrong(db, loose, "its parent {0} is not there", NODES.c.parent_id)


def _circles(db: Session) -> Iterator[Fault]:
    """What no way down from a root or from an orphan reaches stands in a circle, or below one."""
    above = NODES.alias("above")
    has_no_parent = or_(NODES.c.parent_id.is_(None), NODES.c.parent_id.not_in(select(above.c.id)))
    reached = select(NODES.c.id).where(has_no_parent).cte("reached", recursive=True)
    children = NODES.alias("children")
    reached = reached.union(select(children.c.id).join(reached, children.c.parent_id == reached.c.id))
    lost = _nodes(NODES.outerjoin(reached, reached.c.id == NODES.c.id)).where(reached.c.id.is_(None))
    yield from _wrong(db, lost, "it stands below itself, or below something that does")


def _depths(db: Session) -> Iterator[Fault]:
    steps = func.length(NODES.c.path) - func.length(func.replace(NODES.c.path, "/", ""))
    too_deep = _nodes(NODES).where(or_(steps > DEEPEST, func.length(NODES.c.path) > LONGEST_PATH))
    yield from _wrong(db, too_deep, f"its path has {{0}} steps; it is not found below {DEEPEST}", steps)


def _trash(db: Session) -> Iterator[Fault]:
    below = BELOW_PARENT
    live_in_trash = _nodes(below).where(NODES.c.trash_id.is_(None), PARENTS.c.trash_id.is_not(None))
    yield from _wrong(db, live_in_trash, "it is live though what it stands in is in the trash")
    stray = and_(NODES.c.trash_id != NODES.c.id, PARENTS.c.trash_id.is_distinct_from(NODES.c.trash_id))
    yield from _wrong(
        db, _nodes(below).where(stray), "it went to the trash with {0}, which it does not stand in", NODES.c.trash_id
    )
    when = or_(NODES.c.trashed_at.is_(None), NODES.c.trashed_by.is_(None))
    yield from _wrong(db, _nodes(NODES).where(NODES.c.trash_id.is_not(None), when), "nobody put it into the trash")


def _rows_of_kinds(db: Session) -> Iterator[Fault]:
    for kind in all_kinds():
        table = kind.table
        if table is None:
            continue
        fields = NODES.outerjoin(table, table.c.node_id == NODES.c.id)
        missing = _nodes(fields).where(NODES.c.kind == kind.name, table.c.node_id.is_(None))
        yield from _wrong(db, missing, f"the fields of a {kind.name} are missing in {table.name}")
        strange = _nodes(NODES.join(table, table.c.node_id == NODES.c.id)).where(NODES.c.kind != kind.name)
        yield from _wrong(db, strange, f"it is a {{0}} but has fields in {table.name}", NODES.c.kind)


def _foreign_keys(db: Session) -> Iterator[Fault]:
    """Databases keep these by themselves, unless somebody told them not to."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if table is NODES:
                continue  # orphans have a check of their own
            there = key.column.table.alias("there")
            lost = select(key.parent.label("target")).select_from(table)
            lost = lost.outerjoin(there, there.c[key.column.name] == key.parent)
            lost = lost.where(key.parent.is_not(None), there.c[key.column.name].is_(None))
            for row in rows_of(db, lost):
                yield Fault(
                    f"{key.column.table.name} has no {key.column.name} {row.target}", f"{table.name}.{key.parent.name}"
                )


def _unique_values(db: Session) -> Iterator[Fault]:
    for kind in all_kinds():
        for field in kind.fields.values():
            if not field.unique or kind.table is None:
                continue
            column = kind.table.c[field.name]
            live = select(column.label("value"), func.min(NODES.c.id).label("first"), func.count().label("count"))
            live = live.join(NODES, NODES.c.id == kind.table.c.node_id).where(
                NODES.c.trash_id.is_(None), column.is_not(None)
            )
            for row in rows_of(db, live.group_by(column).having(func.count() > 1).order_by(func.min(NODES.c.id))):
                yield Fault(f"{row.count} live nodes have the {field.name} {row.value!r}", f"{kind.name} {row.first}")


INVARIANTS = (
    Invariant("DAT101", "There is one root", BY_HAND, _one_root),
    Invariant("DAT102", "Paths follow parents and names", BY_HAND, _paths),
    Invariant("DAT103", "Every parent is there", BY_HAND, _orphans),
    Invariant("DAT104", "Nothing stands below itself", BY_HAND, _circles),
    Invariant("DAT105", "Ancestries follow parents", BY_HAND, _ancestries),
    Invariant("DAT106", "No path is too deep to be found", "move it somewhere shorter by its permanent link", _depths),
    Invariant("DAT107", "The trash is whole", "restore it or delete it for good in the trash", _trash),
    Invariant("DAT108", "Every node has the row of its kind", BY_HAND, _rows_of_kinds),
    Invariant("DAT109", "What is referred to is there", BY_HAND, _foreign_keys),
    Invariant("DAT110", "Unique values are unique", "change all but one of them", _unique_values),
)
