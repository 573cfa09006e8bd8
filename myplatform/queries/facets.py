"""The values that occur in a place's fields and how often, for choosing a filter instead of typing one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Row, Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..fields import Field
from ..fields import Text as TextField
from ..identity import Identity
from ..kinds import Kind
from .children import ItemQuery, Items, collection_of, items_source, matching_items, place_values
from .kept import NOTHING, kept_for
from .nodes import NodeRow
from .paging import Shape, narrowed, shape_and_values
from .prepared import Prepared

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
    # Words of files are found by a job of its own, after the change that brought the file.
    kept = NOTHING if query.listing.words else kept_for(db, asker, "facets", container.id, query.narrowing)
    return kept.known if kept.known is not None else kept.keep(_facets(db, asker, container, query))


def _facets(db: Session, asker: Identity, container: NodeRow, query: ItemQuery) -> Facets:
    kind = query.kind
    assert kind is not None
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in facet_fields(kind)}
    total = 0
    for row in _rows(db, asker, container, query, kind):
        if row.field:
            found[row.field].append((row.value, row.number))
        else:
            total = row.number
    return Facets(total, {name: sorted(pairs, key=lambda pair: sort_key(pair[0])) for name, pairs in found.items()})


def _rows(db: Session, asker: Identity, container: NodeRow, query: ItemQuery, kind: type[Kind]) -> Iterable[Row[Any]]:
    """The number of all items, with an empty `field`, and of each `value` of the facets' fields."""
    names = {each.name for each in query.listing.filters} & set(facet_fields(kind))
    if query.listing.words:  # what they match is said differently from text to text, so no statement is kept
        counted, values = matching_items(db, asker, container, query)
        others = {name: matching_items(db, asker, container, query, but=name)[0] for name in names}
        return db.execute(_counts(kind, counted, others), values)
    shape, values = shape_and_values(collection_of(kind), query.listing, db.get_bind().dialect.name)
    source = items_source(asker, query, row_by_row=bool(shape.filters))
    return _prepared(source, kind, shape).run(db, {**values, **place_values(container, asker)})


@lru_cache(maxsize=200)
def _prepared(source: Items, kind: type[Kind], shape: Shape) -> Prepared:
    collection = collection_of(kind)
    names = {name for name, _operator, _can_match in shape.filters} & set(facet_fields(kind))

    def build(dialect: str) -> Select[Any]:
        rows = source(dialect)
        others = {name: narrowed(rows, collection, shape, dialect, but=name) for name in names}
        return _counts(kind, narrowed(rows, collection, shape, dialect), others)

    return Prepared(build)


def _counts(kind: type[Kind], rows: Select[Any], others: Mapping[str, Select[Any]]) -> Any:
    """The statement: the rows counted, and of each facet's field its values among them, or among those of `others`.

    Where there is no other set for a field, as it is not filtered by, the rows are read once for all such fields.
    """
    all_rows = _grouped(kind, rows, [name for name in facet_fields(kind) if name not in others])
    total = select(
        literal("").label("field"),
        cast(null(), Text).label("value"),
        _sum_of(all_rows).label("number"),
    )
    parts = [total.select_from(all_rows)]
    parts += [
        _counted_by(_grouped(kind, others[name], [name]) if name in others else all_rows, name)
        for name in facet_fields(kind)
    ]
    return union_all(*(select(part.subquery()) for part in parts))


def _grouped(kind: type[Kind], rows: Select[Any], names: Iterable[str]) -> CTE:
    """How many of the rows have which values together."""
    assert kind.table is not None
    columns = [kind.table.c[name] for name in names]
    numbers = rows.with_only_columns(*columns, func.count().label("number"), maintain_column_froms=True)
    return numbers.group_by(*columns).cte()


def _sum_of(grouped: CTE) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(grouped.c.number), 0), BigInteger)  # PostgreSQL's sums are decimals


def _counted_by(grouped: CTE, name: str) -> Select[Any]:
    value, number = grouped.c[name], _sum_of(grouped).label("number")
    return (
        select(literal(name).label("field"), cast(value, Text).label("value"), number)
        .where(value.is_not(None))
        .group_by(value)
        .order_by(number.desc(), value)
        .limit(FACET_LIMIT)
    )
