"""Keeps `access_id` and the derived effective grants in step with grants, inheritance and moves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from ..models import EffectiveGrant, Grant, Node, descendants_of, subtree_of
from ..permissions import ADMINISTRATORS, Role

EFFECTIVE = EffectiveGrant.__table__
NODES = Node.__table__
ALWAYS = (ADMINISTRATORS, Role.MANAGER.value)


def refresh_access(db: Session, node: Any) -> None:
    """Recompute for the node's subtree which access root each node has and what applies at each of them.

    `node` has the columns of a node row, with `ancestry` as it now stands. Call it after grants or `inherits`
    changed on it, and after it moved.
    """
    subtree = subtree_of(node.ancestry, node.id)
    carriers = _carriers(db, subtree)
    above = _inherited_access(db, node)
    _point_to_access_roots(db, node, carriers, above)
    _write_effective(db, subtree, carriers, above)


def _carriers(db: Session, subtree: Any) -> list[Any]:
    """The nodes of the subtree that carry grants, stop inheritance, or are the root; parents before children."""
    statement = (
        select(NODES.c.id, NODES.c.ancestry, NODES.c.inherits)
        .where(
            subtree,
            or_(
                NODES.c.inherits.is_(False),
                NODES.c.parent_id.is_(None),
                NODES.c.id.in_(select(Grant.node_id)),
            ),
        )
        .order_by(NODES.c.ancestry, NODES.c.id)
    )
    return sorted(db.execute(statement), key=lambda row: row.ancestry.count("/"))


def _inherited_access(db: Session, node: Any) -> int | None:
    if node.parent_id is None:
        return None
    return db.execute(select(NODES.c.access_id).where(NODES.c.id == node.parent_id)).scalar_one()


def _point_to_access_roots(db: Session, node: Any, carriers: list[Any], above: int | None) -> None:
    if not any(carrier.id == node.id for carrier in carriers):
        db.execute(
            update(NODES)
            .where(subtree_of(node.ancestry, node.id), NODES.c.access_id.is_distinct_from(above))
            .values(access_id=above)
        )
    for carrier in carriers:
        db.execute(
            update(NODES)
            .where(
                or_(NODES.c.id == carrier.id, descendants_of(carrier.ancestry, carrier.id)),
                NODES.c.access_id.is_distinct_from(carrier.id),
            )
            .values(access_id=carrier.id)
        )


def _write_effective(db: Session, subtree: Any, carriers: list[Any], above: int | None) -> None:
    own: dict[int, set[tuple[str, str]]] = defaultdict(set)
    ids = [carrier.id for carrier in carriers]
    for row in db.execute(select(Grant.node_id, Grant.principal, Grant.role).where(Grant.node_id.in_(ids))):
        own[row.node_id].add((row.principal, row.role))
    effective: dict[int, set[tuple[str, str]]] = {}
    if above is not None:
        rows = db.execute(
            select(EFFECTIVE.c.principal, EFFECTIVE.c.role).where(EFFECTIVE.c.access_id == above)
        )
        effective[above] = {(row.principal, row.role) for row in rows}
    for carrier in carriers:
        inherited = effective.get(_nearest(carrier, effective, above), set()) if carrier.inherits else set()
        effective[carrier.id] = own[carrier.id] | inherited | {ALWAYS}
    db.execute(delete(EFFECTIVE).where(EFFECTIVE.c.access_id.in_(select(NODES.c.id).where(subtree))))
    rows_to_write = [
        {"access_id": access_id, "principal": principal, "role": role}
        for access_id in ids
        for principal, role in sorted(effective[access_id])
    ]
    if rows_to_write:
        db.execute(insert(EFFECTIVE), rows_to_write)


def _nearest(carrier: Any, effective: dict[int, Any], above: int | None) -> int | None:
    """The closest access root above the carrier that has been computed already."""
    for ancestor in reversed([int(part) for part in carrier.ancestry.split("/") if part]):
        if ancestor in effective:
            return ancestor
    return above
