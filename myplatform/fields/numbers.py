"""Fields of numbers, and yes or no."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field as Constraint
from sqlalchemy import Boolean, Float
from sqlalchemy.types import TypeEngine

from ..models.base import Amount, Identifier
from .field import ORDER, Field


class Integer(Field):
    """A whole number."""

    type_name = "integer"
    widget = "number"
    graphql_type = "Long"
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
    graphql_type = "Float"

    def column_type(self) -> TypeEngine[Any]:
        return Float(53)

    def annotation(self) -> Any:
        return Annotated[float, Constraint(ge=self.min, le=self.max, allow_inf_nan=False)]


class Money(Field):
    """An exact amount with two decimals; the currency is the label's business."""

    type_name = "money"
    widget = "number"
    graphql_type = "Decimal"
    operators = ORDER
    align = "end"

    def column_type(self) -> TypeEngine[Any]:
        return Amount

    def annotation(self) -> Any:
        return Annotated[Decimal, Constraint(max_digits=16, decimal_places=2)]

    def from_stored(self, value: Any) -> Any:
        return Decimal(value) if isinstance(value, str) else value


class YesNo(Field):
    """True or false."""

    type_name = "yes/no"
    widget = "checkbox"
    graphql_type = "Boolean"

    def column_type(self) -> TypeEngine[Any]:
        return Boolean()

    def annotation(self) -> Any:
        return bool

    def from_form(self, values: list[str]) -> Any:
        return bool(values) and values[-1].lower() not in ("", "false", "no", "0")

    def to_form(self, value: Any) -> str:
        return "true" if value else ""

    def to_text(self, value: Any) -> str:
        return "" if value is None else ("Yes" if value else "No")
