"""The list grammar: filters, sort, fields, limit, cursor and count, the same on every collection.

`parse` reads a query string against the columns a collection offers; `paging.py` answers what it found.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement

from ..errors import BadQuery
from ..fields import Field, Text
from ..values import MESSAGES

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_FILTERS = 20
MAX_CHOICES = 200
LONGEST_WORDS = 1000
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

    @classmethod
    def named(cls, name: str, value: Any, field: Field, *, nullable: bool = False) -> Column:
        """A column of a collection that is no kind's; its field learns the name."""
        field.name = name
        return cls(name, value, field, nullable=nullable)

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


@dataclass(frozen=True)
class Page:
    """Rows of a collection, the cursor that continues them, and the total where it was asked for."""

    rows: list[Any]
    next_cursor: str | None
    total: int | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """The columns that a collection offers, and the order it has by itself; made once, equal only to itself."""

    columns: Mapping[str, Column]
    default_sort: tuple[tuple[str, bool], ...]
    key: Column
    field_names: frozenset[str] = field(default_factory=frozenset)
    """Names that `fields=` may ask for besides the columns."""

    @classmethod
    def of(cls, *columns: Column, sort: tuple[tuple[str, bool], ...]) -> Collection:
        """The collection of these columns, one of which is the id."""
        by_name = {column.name: column for column in columns}
        return cls(by_name, sort, by_name["id"])


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
    filters = _joined(filters)
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


def _joined(filters: Iterable[Filter]) -> list[Filter]:
    """A field asked to equal several values, by its name given several times, may equal any of them."""
    joined: dict[tuple[str, str, int], Filter] = {}
    for number, each in enumerate(filters):
        key = (each.name, each.operator, number if each.operator else 0)
        before = joined.get(key)
        if before is None:
            joined[key] = each
        elif before.operator == "in":
            joined[key] = Filter(each.name, "in", [*before.value, each.value])
        else:
            joined[key] = Filter(each.name, "in", [before.value, each.value])
        if before is not None and len(joined[key].value) > MAX_CHOICES:
            raise BadQuery(f"{each.name} is given more than {MAX_CHOICES} times.", field=each.name)
    return list(joined.values())


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
        if len(text) > LONGEST_WORDS:
            raise BadQuery(f"{name} is longer than {LONGEST_WORDS:,} characters.", field=name)
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
    return TypeAdapter(field_.filter_annotation())


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
