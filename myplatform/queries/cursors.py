"""Cursors: the sort keys of the last row given out, as text that callers pass back unread."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import orjson

from ..errors import BadQuery
from .listing import Column

Order = tuple[tuple[Column, bool], ...]
"""Columns with whether each goes down; the last one tells any two rows apart."""


def write_cursor(order: Order, values: Iterable[Any]) -> str:
    """The cursor behind a row with these sort keys."""
    written = [str(value) if isinstance(value, Decimal) else value for value in values]
    content = orjson.dumps([_signature(order), *written])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(text: str, order: Order) -> list[Any]:
    """The sort keys that a cursor names; raises `BadQuery` for one that was not given out for this order."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadQuery("The cursor is not one that was given out here.", field="cursor") from error
    if not isinstance(content, list) or len(content) != len(order) + 1 or content[0] != _signature(order):
        raise BadQuery("The cursor belongs to another sort order or collection.", field="cursor")
    return [_key(column, value) for (column, _), value in zip(order, content[1:], strict=True)]


def _signature(order: Order) -> str:
    return ",".join(f"{'-' if down else ''}{column.name}" for column, down in order)


def _key(column: Column, value: Any) -> Any:
    expected = column.sort_key.type.python_type
    if value is None:
        return None
    try:
        if expected in _READ:
            return _READ[expected](value)
    except (ValueError, TypeError, ArithmeticError):
        expected = type(None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 63
    is_plain = isinstance(value, expected) and expected in (str, bool)
    if (expected in (int, float) and is_number) or (is_plain and "\0" not in str(value)):
        return value
    raise BadQuery("The cursor is not one that was given out here.", field="cursor")


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(dt.UTC)


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) >= Decimal("1e14"):
        raise ValueError(text)
    return amount


_READ: dict[type, Callable[[Any], Any]] = {dt.datetime: _moment, dt.date: dt.date.fromisoformat, Decimal: _amount}
