"""Kinds of fields: one definition gives the column, the check, the form's widget, the JSON Schema and the filters.

A content kind lists its fields as class attributes; see `kinds.py`. Values are checked by a pydantic model that is
built from the fields, so that REST, forms and imports refuse the same things with the same words.
"""

from .choices import Choice, Choices
from .field import Field
from .links import Link, Person
from .moments import Date, DateTime, DayOfYear
from .numbers import Integer, Money, Number, YesNo
from .texts import Email, RichText, Text, Url, on_one_line

__all__ = [
    "Choice",
    "Choices",
    "Date",
    "DateTime",
    "DayOfYear",
    "Email",
    "Field",
    "Integer",
    "Link",
    "Money",
    "Number",
    "Person",
    "RichText",
    "Text",
    "Url",
    "YesNo",
    "on_one_line",
]
