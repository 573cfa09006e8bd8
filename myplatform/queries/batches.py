"""The same questions asked of many nodes at once: their fields, children and links, in one or few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..kinds import Kind
from ..models import Reference, is_live
from ..models.node import NODES
from .nodes import NODE_COLUMNS, NodeRow
from .references import named_nodes, permalink
from .visibility import may

REFERENCES = Reference.__table__
PERMALINK = permalink(0).removesuffix("0")


def values_of_many(
    db: Session, kind: type[Kind], ids: Collection[int], names: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """The values of the fields `names` of nodes of one kind, by the node's id, in one statement."""
    if kind.table is None or not ids:
        return {}
    columns = [kind.table.c[name] for name in names]
    rows = db.execute(select(kind.table.c.node_id, *columns).where(kind.table.c.node_id.in_(ids)))
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def children_of_many(
    db: Session, asker: Identity, ids: Collection[int], *, kind: str | None = None, limit: int
) -> dict[int, list[NodeRow]]:
    """The first `limit` visible children of each node, in the order of their place, in one statement."""
    if not ids:
        return {}
    order = (NODES.c.position, NODES.c.sort_title, NODES.c.id)
    number = func.row_number().over(partition_by=NODES.c.parent_id, order_by=order).label("number")
    children = select(*NODE_COLUMNS, number).where(NODES.c.parent_id.in_(ids), is_live(), may(asker))
    if kind is not None:
        children = children.where(NODES.c.kind == kind)
    numbered = children.subquery()
    first = select(*(numbered.c[column.name] for column in NODE_COLUMNS)).where(numbered.c.number <= limit)
    found: dict[int, list[NodeRow]] = defaultdict(list)
    for row in db.execute(first.order_by(numbered.c.parent_id, numbered.c.number)):
        found[row.parent_id].append(row)
    return found


def links_of_many(db: Session, asker: Identity, ids: Iterable[int]) -> dict[int, list[NodeRow]]:
    """The visible nodes that the texts of each node link to, by title; in two statements, four with old addresses."""
    targets: dict[int, list[str | int]] = defaultdict(list)
    for row in db.execute(select(REFERENCES.c.source_id, REFERENCES.c.target).where(REFERENCES.c.source_id.in_(ids))):
        targets[row.source_id].append(_named_by(row.target))
    nodes = named_nodes(db, asker, {name for names in targets.values() for name in names})
    found = {}
    for source_id, names in targets.items():
        linked = {nodes[name].id: nodes[name] for name in names if name in nodes}
        found[source_id] = sorted(linked.values(), key=lambda node: (node.sort_title, node.id))
    return found


def _named_by(target: str) -> str | int:
    number = target.removeprefix(PERMALINK) if target.startswith(PERMALINK) else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else target
