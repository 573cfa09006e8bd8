"""What every kind of field has in common: its name, its rules, and how a form, JSON and a column know its value."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sqlalchemy import Column
from sqlalchemy.types import TypeEngine

EQUALITY = frozenset({"", "ne", "in", "isnull"})
ORDER = EQUALITY | {"gt", "gte", "lt", "lte"}
WORDS = EQUALITY | {"contains", "startswith"}


class Field:
    """One named value of a kind. Subclasses say what it is made of; instances say what it is called.

    `required` fields cannot be empty; `unique` ones differ between all live nodes of the kind; `in_lists` ones are
    part of every list, the others only where `fields=` asks for them; `read_only` ones are set by the site itself;
    `is_detail` ones stand in forms behind “Details”.
    """

    type_name: ClassVar[str] = ""
    widget: ClassVar[str] = "text"
    graphql_type: ClassVar[str] = "String"
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
        is_detail: bool = False,
    ):
        self.name = ""
        self.label = label
        self.help = help
        self.required = required
        self.unique = unique
        self.indexed = indexed or unique
        self.in_lists = in_lists
        self.read_only = read_only
        self.is_detail = is_detail

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

    def filter_annotation(self) -> Any:
        """The pydantic type of a value that a list is filtered by."""
        return self.annotation()

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
