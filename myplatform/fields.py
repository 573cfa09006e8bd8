"""Kinds of fields: one definition gives the column, the check, the form's widget, the JSON Schema and the filters.

A content kind lists its fields as class attributes; see `kinds.py`. Values are checked by a pydantic model that is
built from the fields, so that REST, forms and imports refuse the same things with the same words.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Constraint
from sqlalchemy import Boolean, Column, Float, ForeignKey, Numeric
from sqlalchemy import Date as DateColumn
from sqlalchemy.types import TypeEngine

from .models.base import Identifier, Json, OrderedText, Timestamp

EQUALITY = frozenset({"", "ne", "in", "isnull"})
ORDER = EQUALITY | {"gt", "gte", "lt", "lte"}
WORDS = EQUALITY | {"contains", "startswith"}

INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
"""Control characters and the bidirectional overrides that can make a text read as another."""
LINE_BREAKS = re.compile("[\n\r\t\u2028\u2029]")


def visible(text: str) -> str:
    """The text, unless it carries characters that nobody can see; many lines are allowed."""
    if found := INVISIBLE.search(text):
        raise ValueError(f"has an invisible control character (U+{ord(found[0]):04X}); remove it")
    return text


def on_one_line(text: str) -> str:
    """The text, unless it carries line breaks or invisible characters."""
    if LINE_BREAKS.search(text):
        raise ValueError("must be on one line")
    return visible(text)


def without_carriage_returns(text: str) -> str:
    """Line ends as one character, as browsers' forms send two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Field:
    """One named value of a kind. Subclasses say what it is made of; instances say what it is called.

    `required` fields cannot be empty; `unique` ones differ between all live nodes of the kind; `in_lists` ones are
    part of every list, the others only where `fields=` asks for them; `read_only` ones are set by the site itself.
    """

    type_name: ClassVar[str] = ""
    widget: ClassVar[str] = "text"
    operators: ClassVar[frozenset[str]] = EQUALITY
    is_text: ClassVar[bool] = False
    align: ClassVar[Literal["start", "end"]] = "start"

    def __init__(
        self,
        label: str = "",
        *,
        help: str = "",  # noqa: A002 - the word that forms use
        required: bool = False,
        unique: bool = False,
        indexed: bool = False,
        in_lists: bool = True,
        read_only: bool = False,
    ):
        self.name = ""
        self.label = label
        self.help = help
        self.required = required
        self.unique = unique
        self.indexed = indexed or unique
        self.in_lists = in_lists
        self.read_only = read_only

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.label = self.label or name.replace("_", " ").capitalize()

    def column_type(self) -> TypeEngine[Any]:
        """The SQL type of the value."""
        raise NotImplementedError

    def column(self) -> Column[Any]:
        """The column in the kind's table; emptiness is checked by the model, so that a field can be added later."""
        return Column(self.name, self.column_type(), *self._constraints(), nullable=True, index=self.indexed)

    def _constraints(self) -> tuple[Any, ...]:
        return ()

    def annotation(self) -> Any:
        """The pydantic type of a value that is given."""
        raise NotImplementedError

    def from_form(self, values: list[str]) -> Any:
        """What a form or a CSV cell sent, ready for the model: an empty input means no value."""
        text = values[-1].strip() if values else ""
        return text or None

    def from_stored(self, value: Any) -> Any:
        """A value of a change row, which JSON keeps, as the column takes it."""
        return value

    def to_form(self, value: Any) -> str:
        """The value as an input shows it."""
        return "" if value is None else str(value)

    def to_text(self, value: Any) -> str:
        """The value as a person reads it."""
        return "" if value is None else str(value)


class Text(Field):
    """Words on one line."""

    type_name = "text"
    operators = WORDS
    is_text = True

    def __init__(self, label: str = "", *, max_length: int = 255, pattern: str | None = None, **options: Any):
        super().__init__(label, **options)
        self.max_length = max_length
        self.pattern = pattern

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        constraints = StringConstraints(
            strip_whitespace=True,
            min_length=1 if self.required else None,
            max_length=self.max_length,
            pattern=self.pattern,
        )
        return Annotated[str, constraints, AfterValidator(on_one_line)]


class RichText(Field):
    """Markdown, stored exactly as it was typed."""

    type_name = "rich text"
    widget = "markdown"
    operators = frozenset({"contains", "isnull"})
    is_text = True

    def __init__(self, label: str = "", *, max_length: int = 1 << 20, in_lists: bool = False, **options: Any):
        super().__init__(label, in_lists=in_lists, **options)
        self.max_length = max_length

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        return Annotated[
            str,
            StringConstraints(max_length=self.max_length),
            AfterValidator(without_carriage_returns),
            AfterValidator(visible),
        ]

    def from_form(self, values: list[str]) -> Any:
        return values[-1] if values and values[-1].strip() else None


class Integer(Field):
    """A whole number."""

    type_name = "integer"
    widget = "number"
    operators = ORDER
    align = "end"

    def __init__(
        self,
        label: str = "",
        *,
        min: int = -(1 << 53),  # noqa: A002 - the words that forms and JSON Schema use
        max: int = 1 << 53,  # noqa: A002
        **options: Any,
    ):
        super().__init__(label, **options)
        self.min = min
        self.max = max

    def column_type(self) -> TypeEngine[Any]:
        return Identifier

    def annotation(self) -> Any:
        return Annotated[int, Constraint(ge=self.min, le=self.max)]


class Number(Integer):
    """A number with a fraction."""

    type_name = "number"

    def column_type(self) -> TypeEngine[Any]:
        return Float(53)

    def annotation(self) -> Any:
        return Annotated[float, Constraint(ge=self.min, le=self.max, allow_inf_nan=False)]


class Money(Field):
    """An exact amount with two decimals; the currency is the label's business."""

    type_name = "money"
    widget = "number"
    operators = ORDER
    align = "end"

    def column_type(self) -> TypeEngine[Any]:
        return Numeric(16, 2)

    def annotation(self) -> Any:
        return Annotated[Decimal, Constraint(max_digits=16, decimal_places=2)]

    def from_stored(self, value: Any) -> Any:
        return Decimal(value) if isinstance(value, str) else value


class YesNo(Field):
    """True or false."""

    type_name = "yes/no"
    widget = "checkbox"

    def column_type(self) -> TypeEngine[Any]:
        return Boolean()

    def annotation(self) -> Any:
        return bool

    def from_form(self, values: list[str]) -> Any:
        return bool(values) and values[-1].lower() not in ("", "false", "no", "0")

    def to_text(self, value: Any) -> str:
        return "" if value is None else ("Yes" if value else "No")


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
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


class DateTime(Field):
    """A moment, kept in UTC."""

    type_name = "date-time"
    widget = "datetime-local"
    operators = ORDER

    def column_type(self) -> TypeEngine[Any]:
        return Timestamp

    def annotation(self) -> Any:
        return Annotated[dt.datetime, AfterValidator(in_utc)]

    def from_stored(self, value: Any) -> Any:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value

    def to_form(self, value: Any) -> str:
        return "" if value is None else value.strftime("%Y-%m-%dT%H:%M")


class Choice(Field):
    """One of a few words."""

    type_name = "choice"
    widget = "select"

    def __init__(self, label: str = "", *, options: tuple[str, ...], **others: Any):
        super().__init__(label, **others)
        self.options = options

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        return Literal[self.options]  # type: ignore[valid-type]


class Choices(Choice):
    """Any number of a few words."""

    type_name = "many choices"
    widget = "checkboxes"
    operators = frozenset({"isnull"})

    def column_type(self) -> TypeEngine[Any]:
        return Json

    def annotation(self) -> Any:
        return list[Literal[self.options]]  # type: ignore[valid-type]

    def from_form(self, values: list[str]) -> Any:
        return [value for value in values if value]

    def to_text(self, value: Any) -> str:
        return ", ".join(value or ())


class Link(Field):
    """Another node, by its id; callers may also give its path. `kinds` limits what it may name."""

    type_name = "link"
    widget = "link"

    def __init__(self, label: str = "", *, kinds: tuple[str, ...] = (), **options: Any):
        super().__init__(label, **options)
        self.kinds = kinds

    def column_type(self) -> TypeEngine[Any]:
        return Identifier

    def _constraints(self) -> tuple[Any, ...]:
        return (ForeignKey("nodes.id", ondelete="SET NULL"),)

    def annotation(self) -> Any:
        identifier = Annotated[int, Constraint(ge=1, le=(1 << 63) - 1)]
        path = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(on_one_line)]
        return identifier | path


class Person(Link):
    """An employee in a people directory."""

    type_name = "person"
    widget = "person"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, kinds=("employee",), **options)


class Url(Text):
    """A web address, http or https."""

    type_name = "URL"
    widget = "url"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, max_length=2000, pattern=r"^https?://[^\s<>\"]+$", **options)


def _email_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+", text):
        raise ValueError("must be an e-mail address such as ada@example.com")
    return text


class Email(Text):
    """An e-mail address."""

    type_name = "e-mail"
    widget = "email"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, max_length=254, **options)

    def annotation(self) -> Any:
        return Annotated[super().annotation(), AfterValidator(_email_address)]
