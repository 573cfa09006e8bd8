"""The values of a node from its Markdown file: title, text, and the fields that its front matter sets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..fields import Field, Text
from ..kinds import kind_named, rich_text_field
from ..values import from_json
from .planning import Planned

_FOR_THE_IMPORT = frozenset(
    {"title", "slug", "kind", "permalink", "redirect_from", "redirect_to", "format", "files", "order"}
)


def front_values(node: Planned, body: str) -> dict[str, Any]:
    """Checked values for making or editing `node`, all of its kind's fields; raises `Invalid`."""
    kind = kind_named(node.kind)
    front = node.document.values if node.document else {}
    rich = rich_text_field(kind)
    given: dict[str, Any] = {kind.title_key: node.title}
    for field in kind.written_fields():
        if field is rich:
            given[field.name] = body or None
        elif front.get(field.name) is not None:
            given[field.name] = _given(field, front[field.name])
    return from_json(kind, given, partial=False)


def left_out(node: Planned) -> list[str]:
    """Names in the front matter that mean nothing here."""
    known = _FOR_THE_IMPORT | set(kind_named(node.kind).fields)
    return [name for name in (node.document.values if node.document else {}) if name not in known]


def _given(field: Field, value: Any) -> Any:
    """A YAML value as the field takes it: YAML reads 2024 as a number, and lists may stand for one text."""
    if isinstance(field, Text):
        return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return value.isoformat() if isinstance(value, dt.date) else value
