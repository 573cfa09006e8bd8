"""Holds a subtree still while its paths, ancestry or access roots are rewritten, and what one at a time may write."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from ..errors import Missing
from ..models import Node, is_live, subtree_of
from ..queries.nodes import NODE_COLUMNS, NodeRow, node_by_id

NODES = Node.__table__
RANGES_AT_ONCE = 100


def lock_subtree(db: Session, node: Any, *, in_trash: bool = False) -> NodeRow:
    """Lock the node and everything below it, and return the node as it now stands. Raises `Missing`.

    Making a child locks its parent, so once a pass over the subtree finds no further rows nobody can add one.
    SQLite has one writer, which already is this one.
    """
    if db.get_bind().dialect.name == "postgresql":
        locked = -1
        while True:
            current = node_by_id(db, node.id, in_trash=in_trash)
            rows = select(NODES.c.id).where(subtree_of(current.ancestry, current.id)).order_by(NODES.c.id)
            found = len(db.execute(rows.with_for_update()).all())
            if found == locked:
                return current
            locked = found
    return node_by_id(db, node.id, in_trash=in_trash)


def lock_subtrees(db: Session, tops: Sequence[Any], *, also: Sequence[int] = ()) -> None:
    """Lock several nodes with all below them, and keep the nodes `also` where they are, in the order of their ids.

    So two that lock overlapping sets wait for one another instead of each for the other.
    """
    if db.get_bind().dialect.name != "postgresql":
        return
    locked: set[int] = set()
    while True:
        found: set[int] = set()
        for start in range(0, len(tops), RANGES_AT_ONCE):
            current = select(NODES.c.id, NODES.c.ancestry).where(
                NODES.c.id.in_([top.id for top in tops[start : start + RANGES_AT_ONCE]])
            )
            subtrees = [subtree_of(row.ancestry, row.id) for row in db.execute(current)]
            found.update(db.execute(select(NODES.c.id).where(or_(false(), *subtrees))).scalars())
        shared = set(also) - found
        found |= shared
        if found <= locked:
            return
        for is_shared, ids in groupby(sorted(found), key=shared.__contains__):
            among = NODES.c.id == any_(cast(list(ids), ARRAY(BigInteger)))
            db.execute(select(NODES.c.id).where(among).order_by(NODES.c.id).with_for_update(read=is_shared)).all()
        locked = found


def hold(db: Session, what: str) -> None:
    """Make others who hold the same words wait until this transaction is over. SQLite has one writer anyway."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0)))).all()


def lock_node(db: Session, node_id: int, *, to_write: bool = False) -> NodeRow:
    """Lock one live node so that it stays where it is, and return it as it now stands. Raises `Missing`.

    One who is going to write it waits for others who are.
    """
    live = select(*NODE_COLUMNS).where(NODES.c.id == node_id, is_live())
    row = db.execute(live.with_for_update(read=not to_write, key_share=to_write)).one_or_none()
    if row is None:
        raise Missing
    return row
