"""Fields of days and moments."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator
from sqlalchemy import Date as DateColumn
from sqlalchemy.types import TypeEngine

from ..models.base import Timestamp
from .field import ORDER, Field


class Date(Field):
    """A day."""

    type_name = "date"
    widget = "date"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return DateColumn()

    def annotation(self) -> Any:
        return dt.date

    def from_stored(self, value: Any) -> Any:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value


def in_utc(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC; one without a zone is taken to be UTC already."""
    try:
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("must be in the years 1 to 9999") from None


def to_the_millisecond(moment: dt.datetime) -> dt.datetime:
    """The moment as exactly as a form can show it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class DateTime(Field):
    """A moment, kept in UTC."""

    type_name = "date-time"
    widget = "datetime-local"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return Timestamp

    def annotation(self) -> Any:
        return Annotated[dt.datetime, AfterValidator(in_utc), AfterValidator(to_the_millisecond)]

    def filter_annotation(self) -> Any:
        return Annotated[dt.datetime, AfterValidator(in_utc)]

    def from_stored(self, value: Any) -> Any:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value

    def to_form(self, value: Any) -> str:
        if value is None:
            return ""
        precision = "milliseconds" if value.microsecond else "seconds" if value.second else "minutes"
        return value.replace(tzinfo=None).isoformat(timespec=precision)
