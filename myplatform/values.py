"""Values given for a node, from JSON or a form, checked against its kind's fields, all errors at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic import Field as Constraint

from .errors import BadQuery, FieldError, Invalid
from .fields import Field
from .kinds import Kind
from .languages import gettext as _
from .languages import mark


@cache
def creation_model(kind: type[Kind]) -> type[BaseModel]:
    """The pydantic model of what may be given to make a node of this kind; the title goes by the kind's own key."""
    given: dict[str, Any] = {kind.title_key: (kind.title_field().annotation(), Constraint(title=kind.title_label))}
    for field in kind.written_fields():
        given[field.name] = (
            _optional(field) if not field.required else (field.annotation(), _described(field))
        )
    return _model(f"New{kind.__name__}", given, kind)


@cache
def edit_model(kind: type[Kind]) -> type[BaseModel]:
    """The pydantic model of what may be changed: every field can be left out, a required one cannot be emptied."""
    given: dict[str, Any] = {
        kind.title_key: (kind.title_field().annotation(), Constraint(default=None, title=kind.title_label))
    }
    for field in kind.written_fields():
        given[field.name] = (
            _optional(field) if not field.required else (field.annotation(), _described(field, default=None))
        )
    return _model(f"{kind.__name__}Changes", given, kind)


def _optional(field: Field) -> tuple[Any, Any]:
    return (field.annotation() | None, _described(field, default=None))


def _described(field: Field, **options: Any) -> Any:
    return Constraint(title=field.label, description=field.help or None, **options)


def _model(name: str, given: dict[str, Any], kind: type[Kind]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", json_schema_extra={"x-kind": kind.name})
    return create_model(name, __config__=config, **given)


def from_json(kind: type[Kind], body: bytes | Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """The checked values of a JSON object; only those given if `partial`.

    `title` is taken as the kind's own key for it (an employee's `name`), also beside that. Raises `Invalid`.
    """
    given = dict(parse_object(body) if isinstance(body, bytes) else body)
    if kind.title_key != "title" and "title" in given:
        title = given.pop("title")
        if given.setdefault(kind.title_key, title) != title:
            raise Invalid.one("title", _("must be the same as %(name)s, or be left out", name=kind.title_key))
    given.pop("kind", None)
    try:
        body = orjson.dumps(given)
    except orjson.JSONEncodeError as error:  # reading allows more levels than writing
        raise BadQuery("The body is nested too deep.") from error
    return _checked(kind, body, partial=partial, strict=True)


def from_form(kind: type[Kind], given: Mapping[str, list[str]], *, partial: bool) -> dict[str, Any]:
    """The checked values of a form or CSV row, where each input sent a list of texts. Raises `Invalid`."""
    values: dict[str, Any] = {}
    if kind.title_key in given:
        values[kind.title_key] = kind.title_field().from_form(given[kind.title_key]) or ""
    for field in kind.written_fields():
        if field.name in given or (not partial and field.widget in ("checkbox", "checkboxes")):
            values[field.name] = field.from_form(list(given.get(field.name, ())))
    required = {kind.title_key, *(field.name for field in kind.written_fields() if field.required)}
    values = {
        name: value for name, value in values.items() if value is not None or name not in required or partial
    }
    return _checked(kind, orjson.dumps(values), partial=partial, strict=False)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body; raises `BadQuery` for anything else."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadQuery(f"The body is not JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise BadQuery('The body must be a JSON object, such as {"title": "…"}.')
    return parsed


def _checked(kind: type[Kind], body: bytes, *, partial: bool, strict: bool) -> dict[str, Any]:
    model = edit_model(kind) if partial else creation_model(kind)
    try:
        checked = model.model_validate_json(body, strict=strict)
    except ValidationError as error:
        raise Invalid(field_errors(error, known=model.model_fields)) from error
    names = checked.model_fields_set if partial else model.model_fields
    values = {name: _or_none(getattr(checked, name)) for name in names}
    if kind.title_key in values:
        values["title"] = values.pop(kind.title_key)
    return values


def _or_none(value: Any) -> Any:
    """An empty text or list is no value, as in forms, so that "is empty" finds it however it came in."""
    return None if value in ("", []) else value


MESSAGES = {
    "missing": mark("is required"),
    "int_parsing": mark("must be a whole number"),
    "int_type": mark("must be a whole number"),
    "int_from_float": mark("must be a whole number"),
    "int_parsing_size": mark("is too large a number"),
    "float_parsing": mark("must be a number"),
    "float_type": mark("must be a number"),
    "finite_number": mark("must be a number"),
    "decimal_parsing": mark("must be a number such as 12.50"),
    "decimal_type": mark("must be a number such as 12.50"),
    "decimal_max_places": mark("can have at most {decimal_places} decimals"),
    "decimal_max_digits": mark("can have at most {max_digits} digits"),
    "decimal_whole_digits": mark("can have at most {whole_digits} digits before the point"),
    "string_type": mark("must be text"),
    "string_unicode": mark("is not valid Unicode text"),
    "string_too_short": mark("cannot be empty"),
    "too_short": mark("cannot be empty"),
    "string_too_long": mark("can have at most {max_length} characters"),
    "string_pattern_mismatch": mark("does not have the right form"),
    "bool_type": mark("must be true or false"),
    "bool_parsing": mark("must be true or false"),
    "greater_than_equal": mark("must be {ge} or more"),
    "less_than_equal": mark("must be {le} or less"),
    "literal_error": mark("must be one of {expected}"),
    "list_type": mark("must be a list"),
    "date_type": mark("must be a date such as 2026-03-31"),
    "date_parsing": mark("must be a date such as 2026-03-31"),
    "date_from_datetime_parsing": mark("must be a date such as 2026-03-31"),
    "date_from_datetime_inexact": mark("must be a date without a time, such as 2026-03-31"),
    "datetime_type": mark("must be a moment such as 2026-03-31T14:30:00Z"),
    "datetime_parsing": mark("must be a moment such as 2026-03-31T14:30:00Z"),
    "datetime_from_date_parsing": mark("must be a moment such as 2026-03-31T14:30:00Z"),
}


def field_errors(error: ValidationError, known: Mapping[str, Any]) -> list[FieldError]:
    """A pydantic error as our own: one line for each wrong field, in words that say how to mend it."""
    found: dict[str, FieldError] = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        found.setdefault(name, FieldError(name, _message(dict(each), name, known)))
    return list(found.values())


def _message(each: dict[str, Any], name: str, known: Mapping[str, Any]) -> str:
    if each["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known, n=1)
        return (
            f"is not a field that can be set; did you mean {near[0]!r}?"
            if near
            else "is not a field that can be set"
        )
    if each["type"] != "missing" and each["input"] is None:
        return _("cannot be empty")
    if each["type"] == "value_error":
        return str(each["ctx"]["error"])
    template = MESSAGES.get(each["type"])
    return _(template).format(**each.get("ctx", {})) if template else each["msg"]
