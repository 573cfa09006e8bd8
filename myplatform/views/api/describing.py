"""Query parameters as OpenAPI describes them: the list grammar of each collection, filter by filter."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from ...fields import Field
from ...kinds import all_kinds
from ...models.base import LARGEST_ID
from ...queries.children import NODE_LIST_COLUMNS
from ...queries.listing import DEFAULT_LIMIT, MAX_CHOICES, MAX_LIMIT, Collection, Column
from ...queries.search_facets import FACETS, HIT_FIELDS, SEARCHED

Parameter = dict[str, Any]

WITHOUT_NUL = "^[^\\u0000]*$"
MEANINGS = {
    "": "is this",
    "ne": "is not this",
    "gt": "is greater",
    "gte": "is this or greater",
    "lt": "is less",
    "lte": "is this or less",
    "in": "is one of these",
    "contains": "contains this",
    "startswith": "begins with this",
    "isnull": "is empty, or with false is not",
}


def parameter(name: str, description: str, schema: dict[str, Any], **more: Any) -> Parameter:
    """A query parameter that can be left out."""
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def text_parameter(name: str, description: str, **schema: Any) -> Parameter:
    """A parameter of words."""
    return parameter(name, description, {"type": "string", "pattern": WITHOUT_NUL, **schema})


def limit_parameter(default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> Parameter:
    """How many things one page has."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return parameter("limit", "How many things one page has at most.", schema)


def list_parameter(name: str, description: str, choices: list[str], most: int) -> Parameter:
    """Several words of a few, separated by commas."""
    schema = {"type": "array", "items": {"enum": choices}, "minItems": 1, "maxItems": most, "uniqueItems": True}
    return parameter(name, description, schema, style="form", explode=False)


def yes_or_no_parameter(name: str, description: str) -> Parameter:
    """A parameter that is true or false."""
    return parameter(name, description, {"type": "boolean", "default": False})


def cursor_parameter() -> Parameter:
    """Where the page begins."""
    return text_parameter("cursor", "Where the page begins: as `next` of the page before has it.")


def paging_parameters() -> list[Parameter]:
    """Of lists that have one order and no filters."""
    cursor = text_parameter("cursor", "As `next` of the page before has it.", pattern="^[1-9][0-9]{0,17}$")
    return [limit_parameter(), cursor]


def collection_parameters(collection: Collection) -> list[Parameter]:
    """The whole list grammar of a collection."""
    return _grammar(dict(collection.columns))


@cache
def item_parameters() -> list[Parameter]:
    """The list grammar of what nodes hold, with the fields of every kind."""
    columns = dict(NODE_LIST_COLUMNS)
    for kind in all_kinds():
        title = NODE_LIST_COLUMNS["title"]
        columns.setdefault(kind.title_key, title)
        for name, field in kind.fields.items():
            columns.setdefault(name, Column(name, title.value, field))
    depth = {"enum": ["1", "all"], "default": "1"}
    return [*_grammar(columns), parameter("depth", "`all` lists everything below, not only children.", depth)]


def _grammar(columns: dict[str, Column]) -> list[Parameter]:
    names = sorted(columns)
    both = [*names, *(f"-{name}" for name in names)]
    return [
        text_parameter("q", "Only what has these words."),
        list_parameter("sort", "What to sort by; a minus sign turns the direction around.", both, 5),
        list_parameter("fields", "Only these fields of each thing.", names, len(names)),
        limit_parameter(),
        cursor_parameter(),
        yes_or_no_parameter("count", "Whether to say how many there are on all pages together."),
        *(each for name, column in columns.items() for each in filter_parameters(name, column.field)),
    ]


def filter_parameters(name: str, field: Field) -> list[Parameter]:
    """A parameter for each operator that the field takes."""
    found = []
    for operator, meaning in MEANINGS.items():
        if operator in field.operators:
            full = f"{name}__{operator}" if operator else name
            description = f"{field.label or name} {meaning}."
            found.append(parameter(full, description, **_filter_schema(field, operator)))
    return found


def _filter_schema(field: Field, operator: str) -> dict[str, Any]:
    if operator == "isnull":
        return {"schema": {"type": "boolean"}}
    if operator in ("contains", "startswith"):
        return {"schema": {"type": "string", "pattern": WITHOUT_NUL}}
    value = value_schema(field)
    if operator == "in":
        schema = {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_CHOICES}
        return {"schema": schema, "style": "form", "explode": False}
    return {"schema": value}


def value_schema(field: Field) -> dict[str, Any]:
    """The schema of a value to compare with."""
    if field.is_text:
        return {"type": "string", "pattern": WITHOUT_NUL}
    return TypeAdapter(field.filter_annotation()).json_schema()


def kind_parameter() -> Parameter:
    """The kind that things must be of."""
    return parameter("kind", "Only nodes of this kind.", {"enum": [kind.name for kind in all_kinds()]})


def under_parameter() -> Parameter:
    """The place below which things must be."""
    return text_parameter("under", "Only what is below the node at this path.", pattern="^/")


@cache
def search_parameters() -> list[Parameter]:
    """What a search takes."""
    columns = SEARCHED.columns
    filters = [each for name, column in columns.items() for each in filter_parameters(name, column.field)]
    sorts = sorted([*columns, *(f"-{name}" for name in columns)])
    kinds = [kind.name for kind in all_kinds()]
    return [
        text_parameter("q", "The words."),
        kind_parameter(),
        under_parameter(),
        limit_parameter(20),
        cursor_parameter(),
        yes_or_no_parameter("count", "Whether to say how many hits there are in all."),
        list_parameter("sort", "What to sort by instead of by how well a hit matches.", sorts, 5),
        list_parameter("fields", "Only these of each hit.", sorted(HIT_FIELDS), len(HIT_FIELDS)),
        list_parameter("facets", "What to count the hits by.", list(FACETS), len(FACETS)),
        list_parameter("kind__in", "Kind is one of these.", kinds, len(kinds)),
        *(each for each in filters if each["name"] not in ("kind", "kind__in")),
    ]


def feed_parameters() -> list[Parameter]:
    """What the feed of changes takes."""
    after = text_parameter("after", "The cursor of the answer before; without it, from the beginning.")
    return [after, limit_parameter(), under_parameter(), kind_parameter()]


def notification_parameters() -> list[Parameter]:
    """What the list of notifications takes."""
    before = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return [parameter("before", "The id behind which to continue.", before), limit_parameter(50)]


def content_parameters() -> list[Parameter]:
    """What a download takes."""
    version = {"type": "integer", "minimum": 1, "maximum": 1 << 31}
    return [
        yes_or_no_parameter("download", "Whether browsers shall save it rather than show it."),
        parameter("version", "The bytes as they were at this version of the node.", version),
    ]
