"""Bodies of requests: JSON objects, checked against pydantic models or the fields of a kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, BinaryIO, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pyramid.httpexceptions import HTTPUnsupportedMediaType
from pyramid.request import Request

from ...errors import FieldError, Invalid, TooLarge
from ...kinds import Kind, kind_named, kind_of, kinds_inside
from ...queries.nodes import NodeRow
from ...values import field_errors, from_json, parse_object

JSON_TYPES = frozenset({"application/json", "application/merge-patch+json", ""})
PathText = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern="^/")]

Model = TypeVar("Model", bound="Body")


class Body(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid", strict=True)
    can_be_missing: ClassVar[bool] = False
    """Whether a request without any body means one without members."""


def body_stream(request: Request) -> BinaryIO:
    """The body from its beginning, also where the request is tried once more."""
    if request.is_body_seekable:
        request.body_file_raw.seek(0)
    return request.body_file


def json_object(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises `BadQuery`, `TooLarge` and HTTPUnsupportedMediaType."""
    if request.content_type not in JSON_TYPES:
        raise HTTPUnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    limit = request.registry["settings"]["request.max_size"]
    body = body_stream(request).read(limit + 1)
    if len(body) > limit:  # sent in pieces, so that its length was not known before
        raise TooLarge(f"This is larger than the {limit:,} bytes that are allowed here.", limit)
    return parse_object(body)


def body_of(request: Request, model: type[Model]) -> Model:
    """The JSON object that was sent, checked. Raises `Invalid` with every wrong member."""
    given = {} if model.can_be_missing and not request.is_body_readable else json_object(request)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(field_errors(error, known=model.model_fields)) from error


def new_node(request: Request, parent: NodeRow) -> tuple[type[Kind], dict[str, Any], str | None]:
    """Kind, checked values and slug of a node to be made inside `parent`. Raises `Invalid` with all that is wrong."""
    given = json_object(request)
    if "kind" not in given:
        raise Invalid.one("kind", f"is required; here it can be {_names(kinds_inside(kind_of(parent.kind)))}")
    name = given.pop("kind")
    kind = kind_named(name) if isinstance(name, str) else kind_named(repr(name))
    if kind.is_upload:
        raise Invalid.one("kind", f"a {kind.name} is made by its bytes: PUT them to this address/NAME/@content")
    errors = []
    slug = given.pop("slug", None)
    if slug is not None and not isinstance(slug, str):
        errors.append(FieldError("slug", "must be text"))
    try:
        values = from_json(kind, given, partial=False)
    except Invalid as error:
        errors += error.errors
    if errors:
        raise Invalid(errors)
    return kind, values, slug


def node_changes(request: Request, node: NodeRow) -> dict[str, Any]:
    """The checked values that are to change. Raises `Invalid` with all that is wrong."""
    given = json_object(request)
    if given.pop("kind", node.kind) != node.kind:
        raise Invalid.one("kind", f"stays what it is: this is a {node.kind}")
    for name in ("slug", "path"):
        if name in given:
            raise Invalid.one(name, "is changed by POST to this address/@move")
    return from_json(kind_of(node.kind), given, partial=True)


def _names(kinds: Iterable[type[Kind]]) -> str:
    return ", ".join(sorted(kind.name for kind in kinds if not kind.is_upload)) or "nothing"
