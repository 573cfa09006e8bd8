"""The values that occur in a place's fields and how often, for choosing a filter instead of typing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..fields import Field
from ..fields import Text as TextField
from ..identity import Identity
from ..kinds import Kind
from .children import ItemQuery, matching_items
from .nodes import NodeRow

FACET_LIMIT = 200
"""Values offered of one field, the most frequent ones."""


@dataclass(frozen=True)
class Facets:
    """How many items a list has, and of each field worth choosing from the values with their numbers, in order.

    The numbers of a field leave its own filter aside: they say what choosing another value would bring.
    """

    total: int
    values: dict[str, list[tuple[str, int]]]


def facet_fields(kind: type[Kind]) -> tuple[str, ...]:
    """The fields worth choosing from: indexed words that several nodes share."""
    return tuple(field.name for field in kind.fields.values() if _is_facet(field))


def _is_facet(field: Field) -> bool:
    is_words = type(field) is TextField or field.widget == "select"
    return field.indexed and not field.unique and field.in_lists and is_words


def facets_of(db: Session, asker: Identity, container: NodeRow, query: ItemQuery) -> Facets:
    """The facets of the container's visible items of one kind as the query narrows them, in one statement."""
    kind = query.kind
    assert kind is not None
    names = facet_fields(kind)
    counted, values = matching_items(db, asker, container, query)
    parts = [
        counted.with_only_columns(
            literal("").label("field"),
            cast(null(), Text).label("value"),
            func.count().label("number"),
            maintain_column_froms=True,
        )
    ]
    for name in names:
        narrowed, _ = matching_items(db, asker, container, query, but=name)
        parts.append(_counted_by(narrowed, kind, name))
    statement = union_all(*(select(part.subquery()) for part in parts))
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    total = 0
    for row in db.execute(statement, values):
        if row.field:
            found[row.field].append((row.value, row.number))
        else:
            total = row.number
    return Facets(total, {name: sorted(pairs, key=lambda pair: sort_key(pair[0])) for name, pairs in found.items()})


def _counted_by(narrowed: Select[Any], kind: type[Kind], name: str) -> Select[Any]:
    assert kind.table is not None
    value = kind.table.c[name]
    number = func.count().label("number")
    columns = (literal(name).label("field"), cast(value, Text).label("value"), number)
    return (
        narrowed.with_only_columns(*columns, maintain_column_froms=True)
        .where(value.is_not(None))
        .group_by(value)
        .order_by(number.desc(), value)
        .limit(FACET_LIMIT)
    )
