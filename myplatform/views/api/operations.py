"""What a service's view declares about itself beside its code: OpenAPI is made of it, and it is held to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pyramid.config import Configurator
from pyramid.request import Request

from ...errors import Missing

Schema = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A successful answer: its schema's name in `schemas.py`, its media type, and headers with their meaning."""

    description: str
    schema: str | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    example: Any = None


@dataclass(frozen=True)
class Operation:
    """One call of the API.

    `parameters` makes the query parameters, as the kinds are known only when the description is asked for. `body` is
    the pydantic model of a JSON body, the name of a schema, or "bytes". `problems` are the statuses of refusals
    beside those that follow from the rest. `steps` is how many path segments may follow the view's name. With
    `precondition` the call reads If-Match, "required" or "optional". `in_trash` lets it answer for trashed nodes.
    """

    id: str
    summary: str
    tag: str
    answers: dict[int, Answer]
    description: str = ""
    parameters: Callable[[], list[Schema]] | None = None
    body: type[BaseModel] | str | None = None
    example: Any = None
    problems: tuple[int, ...] = ()
    precondition: str = ""
    steps: tuple[str, ...] = ()
    in_trash: bool = False


def held_to_operation(view: Any, info: Any) -> Any:
    """View deriver: an address with more segments than declared, or of a trashed node, is no address here."""
    operation: Operation | None = info.options.get("operation")
    if operation is None:
        return view
    steps = len(operation.steps)

    def operation_view(context: Any, request: Request) -> Any:
        node = getattr(context, "node", None)
        if len(request.subpath) != steps or (node is not None and node.trash_id is not None and not operation.in_trash):
            raise Missing
        return view(context, request)

    return operation_view


held_to_operation.options = ("operation",)  # type: ignore[attr-defined]


class TrashedPredicate:
    """`trashed=True` on a view: it answers for nodes in the trash only; `False`: for live ones only."""

    def __init__(self, value: bool, config: Configurator):  # noqa: ARG002 - Pyramid calls it so
        self.value = value

    def text(self) -> str:
        """How the predicate shows in introspection."""
        return f"trashed = {self.value}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:  # noqa: ARG002
        node = getattr(context, "node", None)
        return node is not None and (node.trash_id is not None) == self.value


class StepsPredicate:
    """`steps=1` on a view: it answers where one more segment follows its name."""

    def __init__(self, value: int, config: Configurator):  # noqa: ARG002 - Pyramid calls it so
        self.value = value

    def text(self) -> str:
        """How the predicate shows in introspection."""
        return f"steps = {self.value}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:  # noqa: ARG002
        return len(request.subpath) == self.value


def includeme(config: Configurator) -> None:
    """The view option and the predicates."""
    config.add_view_deriver(held_to_operation, "operation", under="secured_view", over="readable_body")
    config.add_view_predicate("trashed", TrashedPredicate)
    config.add_view_predicate("steps", StepsPredicate)
