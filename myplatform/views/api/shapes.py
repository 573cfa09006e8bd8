"""What schemas of OpenAPI are made of: texts, numbers, moments, lists and records."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
WORDS: Schema = {"type": "array", "items": TEXT}


def reference(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": REF.format(model=name)}


def record(properties: dict[str, Schema], *optional: str, description: str = "") -> Schema:
    """An object that has all these members, but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required} | (
        {"description": description} if description else {}
    )


def array(items: Schema) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": items}


def one_of(*words: str) -> Schema:
    """One of a few words."""
    return {"enum": list(words)}
