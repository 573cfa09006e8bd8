"""The values that occur in a place's fields, for choosing a filter instead of typing one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..fields import Text
from ..identity import Identity
from ..kinds import Kind
from ..models import Node, is_live
from .nodes import NodeRow
from .visibility import may

NODES = Node.__table__
FACET_LIMIT = 200


def facet_fields(kind: type[Kind]) -> list[str]:
    """The fields worth choosing from: indexed words that several nodes share, and choices."""
    return [
        field.name
        for field in kind.fields.values()
        if field.widget == "select" or (type(field) is Text and field.indexed and not field.unique and field.in_lists)
    ]


def facet_values(db: Session, asker: Identity, container: NodeRow, kind: type[Kind], name: str) -> list[str]:
    """The different values of one field among the container's visible children, in order."""
    column = kind.table.c[name]
    statement = (
        select(column)
        .join(NODES, NODES.c.id == kind.table.c.node_id)
        .where(NODES.c.parent_id == container.id, is_live(), may(asker), column.is_not(None))
        .distinct()
        .order_by(column)
        .limit(FACET_LIMIT)
    )
    return list(db.execute(statement).scalars())
