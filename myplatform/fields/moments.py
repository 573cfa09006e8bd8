"""Fields of days and moments."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import Date as DateColumn
from sqlalchemy.types import TypeEngine

from ..languages import gettext as _
from ..models.base import OrderedText, Timestamp
from .field import ORDER, Field


def written_as(pattern: str, read: TypeAdapter[Any], error_type: str) -> BeforeValidator:
    """Reads ISO 8601 only: pydantic would also take texts and numbers as seconds since 1970."""
    form = re.compile(pattern)

    def check(value: Any) -> Any:
        if isinstance(value, dt.date):
            return value
        try:
            if isinstance(value, str) and form.fullmatch(value.strip()):
                return read.validate_python(value)
        except ValidationError:
            pass  # such as the 30th of February
        raise PydanticCustomError(error_type, "is not written as ISO 8601 says")

    return BeforeValidator(check)


DAY = Annotated[dt.date, written_as(r"\d{4}-\d\d-\d\d", TypeAdapter(dt.date), "date_parsing")]
MOMENT = Annotated[
    dt.datetime, written_as(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", TypeAdapter(dt.datetime), "datetime_parsing")
]

MOMENT_OR_DAY = Annotated[
    dt.datetime, written_as(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?", TypeAdapter(dt.datetime), "datetime_parsing")
]
"""A day stands for its first moment, in UTC."""


class Date(Field):
    """A day."""

    type_name = "date"
    widget = "date"
    graphql_type = "Date"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return DateColumn()

    def annotation(self) -> Any:
        return DAY

    def from_stored(self, value: Any) -> Any:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value


_DAY_OF_YEAR = re.compile(r"(?:\d{4}-|--)?(\d\d)-?(\d\d)")
LEAP_YEAR = 2000
DAY_OF_YEAR_SCHEMA = {"type": "string", "pattern": r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "examples": ["03-31"]}


def month_and_day(text: str) -> str:
    """The month and day as "03-31", also from a whole date, whose year is dropped, or as vCards write it: "--0331"."""
    try:
        found = _DAY_OF_YEAR.fullmatch(text.strip())
        if found is None:
            raise ValueError
        return f"{dt.date(LEAP_YEAR, int(found[1]), int(found[2])):%m-%d}"
    except ValueError:
        raise ValueError(_("must be a month and a day such as 03-31")) from None


class DayOfYear(Field):
    """A day that comes every year, of which the year need not be known: a birthday. Kept as "03-31"."""

    type_name = "day of the year"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        return Annotated[str, AfterValidator(month_and_day), WithJsonSchema(DAY_OF_YEAR_SCHEMA)]


def in_utc(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC; one without a zone is taken to be UTC already."""
    try:
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(_("must be in the years 1 to 9999")) from None


def to_the_millisecond(moment: dt.datetime) -> dt.datetime:
    """The moment as exactly as a form can show it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class DateTime(Field):
    """A moment, kept in UTC."""

    type_name = "date-time"
    widget = "datetime-local"
    graphql_type = "DateTime"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return Timestamp

    def annotation(self) -> Any:
        return Annotated[MOMENT, AfterValidator(in_utc), AfterValidator(to_the_millisecond)]

    def filter_annotation(self) -> Any:
        return Annotated[MOMENT_OR_DAY, AfterValidator(in_utc)]

    def from_stored(self, value: Any) -> Any:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value

    def to_form(self, value: Any) -> str:
        if value is None:
            return ""
        precision = "milliseconds" if value.microsecond else "seconds" if value.second else "minutes"
        return value.replace(tzinfo=None).isoformat(timespec=precision)
