"""The order of what a place holds, made by hand: what was placed comes first, all else follows by title."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..errors import Conflict, Invalid, ensure
from ..identity import Identity
from ..languages import gettext as _
from ..models import Node, is_live
from ..models.node import PLACE_GAP, UNPLACED
from ..queries.nodes import NodeRow
from .locking import hold, lock_node
from .recording import record

NODES = Node.__table__
MOST_PLACED = 1000
"""How far down a place's list something can be put by hand: everything before it is placed along."""


def order_children(db: Session, parent: NodeRow, ids: list[int], *, by: Identity) -> None:
    """Put the named children first, in that order; the others follow by title. Raises `Invalid` for strangers."""
    positions = _held_positions(db, parent)
    ensure(len(set(ids)) == len(ids), "order", _("names something twice"))
    strangers = [each for each in ids if each not in positions]
    ensure(not strangers, "order", _("names what is not in here: %(ids)s", ids=", ".join(map(str, strangers[:5]))))
    before = _placed(positions)
    placed = {child: number * PLACE_GAP for number, child in enumerate(ids, start=1)}
    unplaced = [child for child in before if child not in placed]
    for child, position in placed.items():
        if positions[child] != position:
            db.execute(update(NODES).where(NODES.c.id == child).values(position=position))
    if unplaced:
        db.execute(update(NODES).where(NODES.c.id.in_(unplaced)).values(position=UNPLACED))
    record(db, by=by, action="ordered", node=parent, values={"order": (before, ids)})


def undo_order(db: Session, parent: NodeRow, before: list[int], after: list[int], *, by: Identity) -> None:
    """Put the children into the order that they had before the order `after`; what has left since is left out.

    Raises `Conflict` where they stand in another order by now.
    """
    positions = _held_positions(db, parent)
    if _placed(positions) != [child for child in after if child in positions]:
        raise Conflict(_("It has been ordered differently since."))
    order_children(db, parent, [child for child in before if child in positions], by=by)


def _held_positions(db: Session, parent: NodeRow) -> dict[int, int]:
    """Where each child stands, while nobody else can order them."""
    hold(db, f"order of {parent.id}")
    lock_node(db, parent.id)
    live = select(NODES.c.id, NODES.c.position).where(NODES.c.parent_id == parent.id, is_live())
    return {row.id: row.position for row in db.execute(live)}


def _placed(positions: dict[int, int]) -> list[int]:
    """The children that were placed by hand, in their order."""
    return sorted((child for child, position in positions.items() if position < UNPLACED), key=positions.__getitem__)


def place_child(db: Session, parent: NodeRow, node_id: int, *, before: int | None, by: Identity) -> None:
    """Put one child before another, or last with None. Raises `Invalid` for strangers and where that is too far down.

    What stands before it keeps its place, whoever may see it.
    """
    hold(db, f"order of {parent.id}")
    lock_node(db, parent.id)
    statement = select(NODES.c.id, NODES.c.position).where(NODES.c.parent_id == parent.id, is_live())
    rows = db.execute(statement.order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)).all()
    ids = [row.id for row in rows if row.id != node_id]
    ensure(len(ids) < len(rows), "order", _("is not in here"))
    ensure(before is None or before in ids, "order", _("names what is not in here"))
    place = ids.index(before) if before is not None else len(ids)
    placed = sum(row.position < UNPLACED for row in rows if row.id != node_id)
    wanted = [*ids[:place], node_id, *ids[place:placed]]
    if len(wanted) > MOST_PLACED:
        message = _("is too far down to be ordered by hand: at most %(most)s things are", most=MOST_PLACED)
        raise Invalid.one("order", message)
    order_children(db, parent, wanted, by=by)


def put_at(db: Session, node: NodeRow, position: int) -> NodeRow:
    """Give a node back the place among its siblings that it had before it went elsewhere; returns the node."""
    return db.execute(update(NODES).where(NODES.c.id == node.id).values(position=position).returning(*NODES.c)).one()
