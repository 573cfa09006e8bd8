"""The values that occur in a place's fields, for choosing a filter instead of typing one."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..fields import Text
from ..identity import Identity
from ..kinds import Kind
from ..models.node import NODES
from .nodes import NodeRow
from .prepared import Prepared
from .visibility import may_view_prepared, viewer_values

FACET_LIMIT = 200


def facet_fields(kind: type[Kind]) -> tuple[str, ...]:
    """The fields worth choosing from: indexed words that several nodes share."""
    return tuple(
        field.name
        for field in kind.fields.values()
        if field.indexed and not field.unique and field.in_lists and (type(field) is Text or field.widget == "select")
    )


def facet_values(db: Session, asker: Identity, container: NodeRow, kind: type[Kind]) -> dict[str, list[str]]:
    """For each such field the different values among the container's visible children, in order. One statement.

    It hops from one value to the next through the field's index, so it does not grow with the number of children.
    """
    names = facet_fields(kind)
    if not names:
        return {}
    values = {**viewer_values(asker), "container": container.id}
    found: dict[str, list[str]] = {name: [] for name in names}
    for row in _facets(kind, names).run(db, values):
        found[row.field].append(row.value)
    return {name: sorted(words, key=sort_key) for name, words in found.items()}


@cache
def _facets(kind: type[Kind], names: tuple[str, ...]) -> Prepared:
    def build(dialect: str) -> Select[Any]:
        parts = [select(_facet(kind, name, dialect).subquery()) for name in names]
        rows = union_all(*parts).subquery()
        return select(rows)

    return Prepared(build)


def _facet(kind: type[Kind], name: str, dialect: str) -> Select[Any]:
    column = kind.table.c[name]
    hops = select(func.min(column).label("value")).cte(f"{name}_values", recursive=True)
    further = select(func.min(column)).where(column > hops.c.value).scalar_subquery()
    hops = hops.union_all(select(further).where(hops.c.value.is_not(None)))
    holders = kind.table.alias("holders")
    occurs = (
        select(NODES.c.id)
        .join(holders, holders.c.node_id == NODES.c.id)
        .where(holders.c[name] == hops.c.value, NODES.c.trash_id.is_(None), may_view_prepared(dialect))
        .where(NODES.c.parent_id == bindparam("container", type_=NODES.c.id.type))
        .limit(1)  # unlike EXISTS this is asked value by value, and each time ends at the first that is found
        .scalar_subquery()
    )
    return (
        select(literal(name).label("field"), hops.c.value)
        .where(hops.c.value.is_not(None), occurs.is_not(None))
        .limit(FACET_LIMIT)
    )
