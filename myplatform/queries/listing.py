"""The list grammar: filters, sort, fields, limit, cursor and count, the same on every collection.

`parse` reads a query string against the columns a collection offers; `page_of` runs the statement with keyset
paging, so that a cursor stays where it was while others insert.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from ..errors import BadQuery
from ..fields import Field, Link, Text
from ..values import MESSAGES

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_FILTERS = 20
MAX_CHOICES = 200
RESERVED = frozenset({"sort", "fields", "limit", "cursor", "q", "count"})


@dataclass(frozen=True)
class Column:
    """Something a collection can be filtered and sorted by.

    `sort` is compared instead of `value` where sorting follows another rule (titles by their sort key, whose
    `fold` turns a searched text into the same form).
    """

    name: str
    value: ColumnElement[Any]
    field: Field
    nullable: bool = True
    sort: ColumnElement[Any] | None = None
    fold: Callable[[str], str] | None = None

    @property
    def sort_key(self) -> ColumnElement[Any]:
        """What rows are ordered by."""
        return self.sort if self.sort is not None else self.value


@dataclass(frozen=True)
class Filter:
    """`name__operator=value` as given and parsed."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Listing:
    """What a caller asked of a collection."""

    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    count: bool = False
    fields: tuple[str, ...] | None = None
    words: str = ""

    def value_of(self, name: str, operator: str = "") -> Any:
        """The value of one filter, or None where it was not given."""
        return next((each.value for each in self.filters if (each.name, each.operator) == (name, operator)), None)


@dataclass(frozen=True)
class Page:
    """Rows of a collection, the cursor that continues them, and the total where it was asked for."""

    rows: list[Any]
    next_cursor: str | None
    total: int | None = None


@dataclass(frozen=True)
class Collection:
    """The columns that a collection offers, and the order it has by itself."""

    columns: Mapping[str, Column]
    default_sort: tuple[tuple[str, bool], ...]
    key: Column
    field_names: frozenset[str] = field(default_factory=frozenset)
    """Names that `fields=` may ask for besides the columns."""


def parse(collection: Collection, params: Iterable[tuple[str, str]], ignoring: Iterable[str] = ()) -> Listing:
    """Read a query string; raises `BadQuery` naming the parameter that cannot be understood."""
    given: dict[str, Any] = {}
    filters = []
    ignored = set(ignoring)
    for name, text in params:
        if name in ignored:
            continue
        if "\0" in text or "\0" in name:
            raise BadQuery("A parameter has a NUL character.", field=name.replace("\0", ""))
        if name in RESERVED:
            if name in given:
                raise BadQuery(f"{name} is given twice.", field=name)
            given[name] = text
        else:
            filters.append(_filter(collection, name, text))
    if len(filters) > MAX_FILTERS:
        raise BadQuery(f"There are more than {MAX_FILTERS} filters.")
    return Listing(
        filters=tuple(filters),
        sort=_sort(collection, given["sort"]) if "sort" in given else (),
        limit=_limit(given.get("limit")),
        cursor=given.get("cursor") or None,
        count=_yes_or_no("count", given.get("count", "false")),
        fields=_fields(collection, given["fields"]) if "fields" in given else None,
        words=given.get("q", "").strip()[:500],
    )


def _unknown(name: str, known: Iterable[str], what: str) -> BadQuery:
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
    return BadQuery(f"{name!r} is no {what} here; {hint}", field=name)


def _filter(collection: Collection, name: str, text: str) -> Filter:
    column_name, _, operator = name.rpartition("__") if "__" in name else (name, "", "")
    if column_name not in collection.columns:
        raise _unknown(column_name, collection.columns, "field to filter by")
    column = collection.columns[column_name]
    if operator not in column.field.operators or (name.endswith("__") and "__" in name):
        allowed = ", ".join(sorted(f"__{each}" for each in column.field.operators if each))
        raise BadQuery(f"{column_name} cannot be filtered by {'__' + operator!r}; it takes {allowed}.", field=name)
    return Filter(column_name, operator, _filter_value(column, operator, name, text))


def _filter_value(column: Column, operator: str, name: str, text: str) -> Any:
    if operator == "isnull":
        return _yes_or_no(name, text)
    if operator == "in":
        parts = [part for part in text.split(",") if part]
        if len(parts) > MAX_CHOICES:
            raise BadQuery(f"{name} lists more than {MAX_CHOICES} values.", field=name)
        return [_typed(column, name, part) for part in parts]
    if operator in ("contains", "startswith"):
        return text
    return _typed(column, name, text)


def _typed(column: Column, name: str, text: str) -> Any:
    if isinstance(column.field, Text) or column.field.is_text:
        return text
    try:
        return _adapter(column.field).validate_python(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        template = MESSAGES.get(first["type"])
        message = template.format(**first.get("ctx", {})) if template else first["msg"]
        raise BadQuery(f"{name}: {text!r} does not fit: it {message}.", field=name) from error


@cache
def _adapter(field_: Field) -> TypeAdapter[Any]:
    return TypeAdapter(int if isinstance(field_, Link) else field_.annotation())


def _yes_or_no(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise BadQuery(f"{name} must be true or false, not {text!r}.", field=name)
    return text == "true"


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT):
        raise BadQuery(f"limit must be a number from 1 to {MAX_LIMIT}, not {text!r}.", field="limit")
    return int(text)


def _sort(collection: Collection, text: str) -> tuple[tuple[str, bool], ...]:
    wanted = []
    for part in filter(None, text.split(",")):
        name = part.removeprefix("-")
        if name not in collection.columns:
            raise _unknown(name, collection.columns, "field to sort by")
        wanted.append((name, part.startswith("-")))
    if len(wanted) > 5:
        raise BadQuery("sort takes at most five fields.", field="sort")
    return tuple(wanted)


def _fields(collection: Collection, text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(filter(None, text.split(","))))
    known = set(collection.columns) | collection.field_names
    for name in wanted:
        if name not in known:
            raise _unknown(name, known, "field")
    return wanted


def conditions(collection: Collection, listing: Listing, *, dialect: str) -> list[ColumnElement[bool]]:
    """The filters as SQL conditions."""
    return [_condition(collection.columns[each.name], each, dialect) for each in listing.filters]


def _condition(column: Column, given: Filter, dialect: str) -> ColumnElement[bool]:  # noqa: PLR0911
    value, operator = column.value, given.operator
    if operator in ("contains", "startswith"):
        return _word_condition(column, operator, given.value, dialect)
    if operator == "":
        return value == given.value
    if operator == "ne":
        return value.is_distinct_from(given.value)
    if operator == "in":
        return value.in_(given.value) if given.value else false()
    if operator == "isnull":
        return value.is_(None) if given.value else value.is_not(None)
    if operator == "gt":
        return value > given.value
    if operator == "gte":
        return value >= given.value
    return value < given.value if operator == "lt" else value <= given.value


def _word_condition(column: Column, operator: str, text: str, dialect: str) -> ColumnElement[bool]:
    if column.fold is not None:
        compared: ColumnElement[Any] = column.sort_key
        text = column.fold(text)
    elif dialect == "postgresql":
        compared, text = func.lower(column.value), text.lower()
    else:
        compared = column.value  # LIKE of SQLite already ignores the case of ASCII letters
    method = compared.contains if operator == "contains" else compared.startswith
    return method(text, autoescape=True)


def page_of(
    db: Session,
    statement: Select[Any],
    collection: Collection,
    listing: Listing,
    *,
    counted: Select[Any] | None = None,
) -> Page:
    """Run the statement for one page of the collection; filters are applied here, permission is the statement's.

    `counted` has the same rows where a cheaper statement finds their number.
    """
    dialect = db.get_bind().dialect.name
    where = conditions(collection, listing, dialect=dialect)
    filtered = statement.where(*where) if where else statement
    order = _order(collection, listing)
    keys = [column.sort_key.label(f"key_{number}") for number, (column, _) in enumerate(order)]
    limited = filtered.add_columns(*keys).order_by(*(_ordering(column, down) for column, down in order))
    if listing.cursor:
        limited = limited.where(_after(order, _read_cursor(listing.cursor, order)))
    rows = list(db.execute(limited.limit(listing.limit + 1)))
    total = None
    if listing.count:
        rows_to_count = filtered if counted is None else counted
        total = db.execute(rows_to_count.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one()
    more = len(rows) > listing.limit
    rows = rows[: listing.limit]
    return Page(rows, _write_cursor(order, rows[-1][-len(order) :]) if more else None, total)


def _order(collection: Collection, listing: Listing) -> list[tuple[Column, bool]]:
    order = [(collection.columns[name], down) for name, down in (listing.sort or collection.default_sort)]
    if not any(column.name == collection.key.name for column, _ in order):
        order.append((collection.key, order[-1][1] if order else False))
    return order


def _ordering(column: Column, down: bool) -> ColumnElement[Any]:
    direction = column.sort_key.desc() if down else column.sort_key.asc()
    return direction.nulls_last() if column.nullable else direction


def _after(order: list[tuple[Column, bool]], values: list[Any]) -> ColumnElement[bool]:
    """Condition: the row stands behind the one with these values. Empty values stand last in either direction."""
    if not any(column.nullable for column, _ in order) and len({down for _, down in order}) == 1:
        row, place = tuple_(*(column.sort_key for column, _ in order)), tuple(values)
        return row < place if order[0][1] else row > place
    alternatives = []
    for number, (column, down) in enumerate(order):
        same = [_same(before.sort_key, value) for (before, _), value in zip(order[:number], values, strict=False)]
        alternatives.append(and_(*same, _behind(column, values[number], down)))
    return or_(*alternatives)


def _same(key: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return key.is_(None) if value is None else key == value


def _behind(column: Column, value: Any, down: bool) -> ColumnElement[bool]:
    key = column.sort_key
    if value is None:
        return false()
    further = key < value if down else key > value
    return or_(further, key.is_(None)) if column.nullable else further


def _signature(order: list[tuple[Column, bool]]) -> str:
    return ",".join(f"{'-' if down else ''}{column.name}" for column, down in order)


def _write_cursor(order: list[tuple[Column, bool]], values: Iterable[Any]) -> str:
    written = [str(value) if isinstance(value, Decimal) else value for value in values]
    content = orjson.dumps([_signature(order), *written])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read_cursor(text: str, order: list[tuple[Column, bool]]) -> list[Any]:
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadQuery("The cursor is not one that was given out here.", field="cursor") from error
    if not isinstance(content, list) or len(content) != len(order) + 1 or content[0] != _signature(order):
        raise BadQuery("The cursor belongs to another sort order or collection.", field="cursor")
    return [_cursor_value(column, value) for (column, _), value in zip(order, content[1:], strict=True)]


def _cursor_value(column: Column, value: Any) -> Any:
    expected = column.sort_key.type.python_type
    try:
        if value is None:
            return None
        if expected is dt.datetime:
            return dt.datetime.fromisoformat(value)
        if expected is dt.date:
            return dt.date.fromisoformat(value)
        if expected is Decimal:
            return Decimal(value)
    except (ValueError, TypeError, ArithmeticError):
        expected = type(None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 63
    is_plain = isinstance(value, expected) and expected in (str, bool)
    if (expected in (int, float) and is_number) or (is_plain and "\0" not in str(value)):
        return value
    raise BadQuery("The cursor is not one that was given out here.", field="cursor")
