"""Fields that choose among a few words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field as Constraint
from sqlalchemy.types import TypeEngine

from ..models.base import Json, OrderedText
from .field import Field


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
    graphql_type = "[String!]"
    operators = frozenset({"isnull"})

    def column_type(self) -> TypeEngine[Any]:
        return Json

    def annotation(self) -> Any:
        chosen = list[Literal[self.options]]  # type: ignore[valid-type]
        return Annotated[chosen, Constraint(min_length=1 if self.required else None)]

    def from_form(self, values: list[str]) -> Any:
        return [value for value in values if value]

    def to_text(self, value: Any) -> str:
        return ", ".join(value or ())
