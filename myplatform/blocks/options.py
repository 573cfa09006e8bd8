"""Reads the source of a block: one `name: value` a line, checked against the block's options."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from ..errors import FieldError, Invalid
from ..languages import gettext as _
from ..values import field_errors
from .block import Block

LONGEST_SOURCE = 4_000
"""Characters of a block's source."""


def read_options(block: type[Block], source: str) -> dict[str, Any]:
    """The options that a source sets, and the defaults of the others. Raises `Invalid` naming all that is wrong."""
    if len(source) > LONGEST_SOURCE:
        raise Invalid.one("", _("is longer than %(count)s characters", count=LONGEST_SOURCE))
    given, errors = _lines(block, source)
    if errors:
        raise Invalid(errors)
    try:
        checked = _model(block).model_validate_json(orjson.dumps(given), strict=False)
    except ValidationError as error:
        raise Invalid(field_errors(error, known=block.options)) from error
    return {name: getattr(checked, f"option_{name}") for name in block.options}


def _lines(block: type[Block], source: str) -> tuple[dict[str, Any], list[FieldError]]:
    given: dict[str, Any] = {}
    errors: list[FieldError] = []
    for line in filter(None, (line.strip() for line in source.splitlines())):
        name, colon, text = (part.strip() for part in line.partition(":"))
        if not colon:
            errors.append(FieldError(line[:60], _("is not written as name: value")))
        elif name not in block.options:
            errors.append(FieldError(name[:60], _unknown(block, name)))
        elif name in given:
            errors.append(FieldError(name, _("is given twice")))
        elif text:
            given[name] = block.options[name].from_form([_unquoted(text)])
    return given, errors


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def _unknown(block: type[Block], name: str) -> str:
    near = difflib.get_close_matches(name, block.options, n=1)
    if near:
        return _("is not known; did you mean %(name)s?", name=near[0])
    if not block.options:
        return _("is not known; this block has no options")
    return _("is not known; there are %(names)s", names=", ".join(block.options))


@cache
def _model(block: type[Block]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, field in block.options.items():
        annotation = field.annotation()
        default = ... if field.required else block.defaults.get(name)
        fields[f"option_{name}"] = (annotation if field.required else annotation | None, default)
    config = ConfigDict(alias_generator=lambda name: name.removeprefix("option_"), extra="forbid")
    return create_model(f"{block.__name__}Options", __config__=config, **fields)
