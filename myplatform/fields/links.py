"""Fields that name another node."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Constraint
from sqlalchemy import ForeignKey
from sqlalchemy.types import TypeEngine

from ..models.base import LARGEST_ID, Identifier
from .field import Field
from .texts import on_one_line

"""The largest id that a database can hold."""


class Link(Field):
    """Another node, by its id; callers may also give its path. `kinds` limits what it may name."""

    type_name = "link"
    widget = "link"
    graphql_type = "Node"

    def __init__(self, label: str = "", *, kinds: tuple[str, ...] = (), **options: Any):
        super().__init__(label, **options)
        self.kinds = kinds

    def column_type(self) -> TypeEngine[Any]:
        return Identifier

    def _constraints(self) -> tuple[Any, ...]:
        return (ForeignKey("nodes.id", ondelete="SET NULL"),)

    def annotation(self) -> Any:
        identifier = Annotated[int, Constraint(ge=1, le=LARGEST_ID)]
        path = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(on_one_line)]
        return identifier | path

    def filter_annotation(self) -> Any:
        return Annotated[int, Constraint(ge=0, le=LARGEST_ID)]


class Person(Link):
    """An employee in a people directory."""

    type_name = "person"
    widget = "person"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, kinds=("employee",), **options)
