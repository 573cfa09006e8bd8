"""Keyset paging: from what a caller asked of a collection to SQL, rows, and the cursor that continues them.

A cursor names the last row by its sort keys, so it stays where it was while others insert.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from .cursors import Order, read_cursor, write_cursor
from .kept import NOTHING, Kept
from .listing import DEFAULT_LIMIT, MAX_LIMIT, Collection, Column, Filter, Listing, Page
from .prepared import Prepared, among

Source = Callable[[str], Select[Any]]
"""Makes, for a dialect, the statement with all rows of a collection, before filters, order and paging."""

USUAL_LIMITS = frozenset({10, 20, 25, 50, DEFAULT_LIMIT, 200, 500, MAX_LIMIT})
"""Limits that have statements of their own, which PostgreSQL plans once and for all: see `prepared.py`."""
ESCAPE = "\\"
ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""As PostgreSQL's `lower` does in columns that compare by code point, and SQLite's LIKE."""


@dataclass(frozen=True)
class Shape:
    """What decides the text of a page's statement; the values it binds are apart."""

    filters: tuple[tuple[str, str, bool], ...]
    """Column, operator, and whether there is anything that can match."""
    sort: tuple[tuple[str, bool], ...]
    empty_keys: tuple[bool, ...] | None
    """Which sort keys of the cursor are empty; None without a cursor."""
    limit: int | None
    """The most rows, where that is a usual number; None where it is bound as a value, for statements to stay few."""


def page_of(db: Session, statement: Select[Any], collection: Collection, listing: Listing) -> Page:
    """One page of the collection whose rows the statement has; permission is the statement's.

    Raises `BadQuery` for a cursor that was not given out.
    """
    dialect = db.get_bind().dialect.name
    shape, values = shape_and_values(collection, listing, dialect)
    rows = list(db.execute(_page_statement(statement, collection, shape, dialect), values))
    total = None
    if listing.count:
        total = db.execute(_count_statement(statement, collection, shape, dialect), values).scalar_one()
    return _cut(rows, collection, listing, total)


def prepared_page_of(
    db: Session,
    source: Source,
    collection: Collection,
    listing: Listing,
    values: dict[str, Any],
    *,
    counted: Source,
    total: Kept = NOTHING,
) -> Page:
    """The same for a hashable `source`, with statements compiled once for each shape.

    `values` are what the source binds itself; `counted` has the same rows where a cheaper statement finds them, and
    `total` their number where it is kept.
    """
    shape, bound = shape_and_values(collection, listing, db.get_bind().dialect.name)
    bound |= values
    if listing.count and listing.filters and not listing.cursor:
        rows = _prepared_counted_page(source, collection, shape).run(db, bound)
        return _cut(rows, collection, listing, rows[0].total if rows else 0)
    rows = _prepared_page(source, collection, shape).run(db, bound)
    number = total.known
    if listing.count and number is None:
        number = total.keep(_prepared_count(counted, collection, shape).run(db, bound)[0][0])
    return _cut(rows, collection, listing, number)


def filtered_rows(
    statement: Select[Any], collection: Collection, listing: Listing, dialect: str, *, but: str = ""
) -> tuple[Select[Any], dict[str, Any]]:
    """The statement with a listing's filters, without those on the column `but`, and the values that they bind."""
    shape, values = shape_and_values(collection, replace(listing, cursor=None), dialect)
    return narrowed(statement, collection, shape, dialect, but=but), values


@lru_cache(maxsize=500)
def _prepared_page(source: Source, collection: Collection, shape: Shape) -> Prepared:
    return Prepared(lambda dialect: _page_statement(source(dialect), collection, shape, dialect))


@lru_cache(maxsize=500)
def _prepared_count(source: Source, collection: Collection, shape: Shape) -> Prepared:
    return Prepared(lambda dialect: _count_statement(source(dialect), collection, shape, dialect))


@lru_cache(maxsize=500)
def _prepared_counted_page(source: Source, collection: Collection, shape: Shape) -> Prepared:
    return Prepared(lambda dialect: _counted_page_statement(source(dialect), collection, shape, dialect))


def _cut(rows: list[Any], collection: Collection, listing: Listing, total: int | None) -> Page:
    more = len(rows) > listing.limit
    rows = rows[: listing.limit]
    order = order_of(collection, listing.sort)
    return Page(rows, write_cursor(order, rows[-1][-len(order) :]) if more else None, total)


def order_of(collection: Collection, sort: tuple[tuple[str, bool], ...]) -> Order:
    """The columns a page is ordered by, always ending with the collection's key."""
    order = [(collection.columns[name], down) for name, down in (sort or collection.default_sort)]
    if not any(column.name == collection.key.name for column, _ in order):
        order.append((collection.key, order[-1][1] if order else False))
    return tuple(order)


def shape_and_values(collection: Collection, listing: Listing, dialect: str) -> tuple[Shape, dict[str, Any]]:
    """What decides the text of a listing's statements, and the values that they bind."""
    is_usual = listing.limit in USUAL_LIMITS
    values: dict[str, Any] = {} if is_usual else {"row_limit": listing.limit + 1}
    filters = []
    for number, each in enumerate(listing.filters):
        operator = each.operator
        if operator == "isnull":
            operator = "null" if each.value else "notnull"
        else:
            values[f"filter_{number}"] = _bound(collection.columns[each.name], each, dialect)
        filters.append((each.name, operator, each.value != []))
    empty_keys = None
    if listing.cursor:
        keys = read_cursor(listing.cursor, order_of(collection, listing.sort))
        values |= {f"key_{number}": key for number, key in enumerate(keys)}
        empty_keys = tuple(key is None for key in keys)
    return Shape(tuple(filters), listing.sort, empty_keys, listing.limit if is_usual else None), values


def _bound(column: Column, given: Filter, dialect: str) -> Any:
    if given.operator not in ("contains", "startswith"):
        return given.value
    text = str(given.value)
    if column.fold is not None:
        text = column.fold(text)
    elif dialect == "postgresql":
        text = text.translate(ASCII_LOWER)
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return f"%{text}%" if given.operator == "contains" else f"{text}%"


def _page_statement(statement: Select[Any], collection: Collection, shape: Shape, dialect: str) -> Select[Any]:
    order = order_of(collection, shape.sort)
    keys = [column.sort_key.label(f"sort_{number}") for number, (column, _) in enumerate(order)]
    limited = narrowed(statement, collection, shape, dialect).add_columns(*keys)
    limited = limited.order_by(*(_ordered(column.sort_key, column, down) for column, down in order))
    if shape.empty_keys is not None:
        limited = limited.where(_after(order, shape.empty_keys))
    return limited.limit(_limit(shape))


def _counted_page_statement(statement: Select[Any], collection: Collection, shape: Shape, dialect: str) -> Select[Any]:
    """The first page with the number of all rows as `total`: what the filters leave is found once, for both."""
    order = order_of(collection, shape.sort)
    keys = [column.sort_key.label(f"sort_{number}") for number, (column, _) in enumerate(order)]
    key = collection.key.value
    narrow = narrowed(statement, collection, shape, dialect)
    found = narrow.with_only_columns(key.label("found_id"), *keys, maintain_column_froms=True).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery().label("total")
    in_order = [_ordered(found.c[f"sort_{number}"], column, down) for number, (column, down) in enumerate(order)]
    first = select(found.c.found_id).order_by(*in_order).limit(_limit(shape)).subquery("first")
    (rows,) = statement.get_final_froms()
    return (
        select(*statement.selected_columns, total, *keys)
        .select_from(first.join(rows, first.c.found_id == key))
        .order_by(*(_ordered(column.sort_key, column, down) for column, down in order))
    )


def _limit(shape: Shape) -> Any:
    return bindparam("row_limit", type_=Integer) if shape.limit is None else shape.limit + 1


def _count_statement(statement: Select[Any], collection: Collection, shape: Shape, dialect: str) -> Select[Any]:
    filtered = narrowed(statement, collection, shape, dialect)
    return filtered.with_only_columns(func.count(), maintain_column_froms=True)


def narrowed(
    statement: Select[Any], collection: Collection, shape: Shape, dialect: str, *, but: str = ""
) -> Select[Any]:
    """The statement with the filters of a shape, without those on the column `but`."""
    conditions = [
        _condition(collection.columns[name], operator, f"filter_{number}", dialect) if can_match else false()
        for number, (name, operator, can_match) in enumerate(shape.filters)
        if name != but
    ]
    return statement.where(*conditions) if conditions else statement


def _condition(column: Column, operator: str, name: str, dialect: str) -> ColumnElement[bool]:
    if operator in ("contains", "startswith"):
        return _compared_text(column, dialect).like(bindparam(name, type_=Text), escape=ESCAPE)
    if operator == "in":
        return among(column.value, name, dialect)
    value: BindParameter[Any] = bindparam(name, type_=column.value.type)
    return _COMPARED[operator](column.value, value)


_COMPARED: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "": lambda column, value: column == value,
    "ne": lambda column, value: column.is_distinct_from(value),
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "null": lambda column, _value: column.is_(None),
    "notnull": lambda column, _value: column.is_not(None),
}


def _compared_text(column: Column, dialect: str) -> ColumnElement[Any]:
    if column.fold is not None:
        return column.sort_key
    if dialect == "postgresql":
        return func.lower(column.value)
    return column.value  # LIKE of SQLite already ignores the case of ASCII letters


def _ordered(key: ColumnElement[Any], column: Column, down: bool) -> ColumnElement[Any]:
    direction = key.desc() if down else key.asc()
    return direction.nulls_last() if column.nullable else direction


def _after(order: Order, empty_keys: tuple[bool, ...]) -> ColumnElement[bool]:
    """Condition: the row stands behind the one with the bound keys. Empty values stand last in either direction."""
    keys = [bindparam(f"key_{number}", type_=column.sort_key.type) for number, (column, _) in enumerate(order)]
    if not any(column.nullable for column, _ in order) and len({down for _, down in order}) == 1:
        row, place = tuple_(*(column.sort_key for column, _ in order)), tuple_(*keys)
        return row < place if order[0][1] else row > place
    alternatives = []
    for number, (column, down) in enumerate(order):
        same = [
            column_before.sort_key.is_(None) if empty_keys[place] else column_before.sort_key == keys[place]
            for place, (column_before, _) in enumerate(order[:number])
        ]
        behind = false() if empty_keys[number] else _behind(column, keys[number], down)
        alternatives.append(and_(*same, behind))
    return or_(*alternatives)


def _behind(column: Column, key: BindParameter[Any], down: bool) -> ColumnElement[bool]:
    further = column.sort_key < key if down else column.sort_key > key
    return or_(further, column.sort_key.is_(None)) if column.nullable else further
