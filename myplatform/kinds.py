"""Content kinds: one class gives a kind its table, form, page, REST, OpenAPI, search, history and permissions.

class Laptop(Kind):
    name = "laptop"
    label = "Laptop"
    serial = Text("Serial number", required=True, unique=True)

def includeme(config):
    config.add_kind(Laptop)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar

from pyramid.config import Configurator
from sqlalchemy import Table
from sqlalchemy.orm import Session

from .errors import FieldError, Invalid
from .fields import Field, RichText, Text
from .languages import gettext as _
from .models.base import Base, node_key

TITLE_LENGTH = 200
ANYTHING = "*"

NODE_KEYS = frozenset(
    {"id", "kind", "path", "slug", "title", "version", "created", "created_by", "modified", "modified_by", "position"}
)
LIST_WORDS = frozenset({"sort", "fields", "limit", "cursor", "q", "count", "depth"})
TAKEN_NAMES = NODE_KEYS | LIST_WORDS | {"node_id", "csrf_token"}
"""What a field cannot be called: keys that every node answers with, and words of lists and forms."""


class Kind:
    """What a node can be. Subclass it, set the names below, list fields as attributes, add it with `add_kind`.

    `contains` names the kinds that can be made inside one, "*" for every kind that is `placed_anywhere`.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    plural: ClassVar[str] = ""
    description: ClassVar[str] = ""
    icon: ClassVar[str] = "file"
    contains: ClassVar[tuple[str, ...]] = ()
    placed_anywhere: ClassVar[bool] = True
    title_label: ClassVar[str] = "Title"
    title_key: ClassVar[str] = "title"
    title_length: ClassVar[int] = TITLE_LENGTH
    table_name: ClassVar[str] = ""
    is_upload: ClassVar[bool] = False
    found_by: ClassVar[tuple[str, ...]] = ()
    """Fields of words by which a node is found as one types, besides its title."""

    fields: ClassVar[dict[str, Field]] = {}
    table: ClassVar[Table | None] = None

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        _check_field_names(cls, own)
        cls.fields = {**cls.fields, **own}
        cls.label = cls.label or cls.name.capitalize()
        cls.plural = cls.plural or f"{cls.label}s"
        if cls.fields:
            cls.table = Table(
                cls.table_name or f"{cls.name}s",
                Base.metadata,
                node_key(),
                *(field.column() for field in cls.fields.values()),
            )

    @classmethod
    def title_field(cls) -> Text:
        """The title as a field, by the kind's own key, label and length."""
        field = Text(cls.title_label, max_length=cls.title_length, required=True)
        field.name = cls.title_key
        return field

    @classmethod
    def written_fields(cls) -> list[Field]:
        """The fields that people and programs may set."""
        return [field for field in cls.fields.values() if not field.read_only]

    @classmethod
    def may_contain(cls, other: type[Kind]) -> bool:
        """Whether a node of kind `other` can be made inside one of this kind."""
        return other.name in cls.contains or (ANYTHING in cls.contains and other.placed_anywhere)

    @classmethod
    def check(cls, db: Session, node_id: int | None, values: Mapping[str, Any]) -> Iterable[FieldError]:  # noqa: ARG003
        """What is wrong with values that fit one by one but not together, or not with what is stored."""
        return ()

    @classmethod
    def search_text(cls, values: Mapping[str, Any]) -> str:
        """The words, besides the title, by which search finds a node."""
        texts = [
            values.get(name) for name, field in cls.fields.items() if field.is_text and not field.read_only
        ]
        return "\n".join(text for text in texts if text)

    @classmethod
    def summary(cls, values: Mapping[str, Any]) -> str:  # noqa: ARG003
        """One line under the title where things are listed."""
        return ""


def _check_field_names(kind: type[Kind], names: Iterable[str]) -> None:
    """Refuse names that would be something else in a URL, a form, an answer or the kind itself."""
    for name in names:
        if name in TAKEN_NAMES or hasattr(Kind, name) or "__" in name or name.startswith("_"):
            raise ValueError(f"{kind.__qualname__}.{name}: a field cannot be called so: it means something else")

_kinds: dict[str, type[Kind]] = {}


def add_kind(kind: type[Kind]) -> None:
    """Make a kind known; adding the same class again does nothing."""
    if not kind.name or not kind.name.isidentifier():
        raise ValueError(f'{kind.__qualname__}.name must be a word such as "laptop", not {kind.name!r}')
    known = _kinds.setdefault(kind.name, kind)
    if known is not kind:
        raise ValueError(
            f"there are two kinds called {kind.name!r}: {known.__qualname__} and {kind.__qualname__}"
        )


def kind_named(name: str) -> type[Kind]:
    """The kind of that name; raises `Invalid` on the field "kind" where there is none."""
    try:
        return _kinds[name]
    except KeyError:
        raise Invalid.one(
            "kind", _("there is no kind %(name)r; there are %(kinds)s", name=name, kinds=', '.join(sorted(_kinds)))
        ) from None


def kind_of(name: str) -> type[Kind]:
    """The kind of a node that is stored: where its plug-in is no longer enabled, one without fields in its place."""
    return _kinds.get(name) or _without_plug_in(name)


@cache
def _without_plug_in(name: str) -> type[Kind]:
    about = "The plug-in that this came from is not enabled; what it kept is still there."
    return type("Forgotten", (Kind,), {"name": name, "description": about, "placed_anywhere": False})


def all_kinds() -> list[type[Kind]]:
    """Every kind, in the order of being added."""
    return list(_kinds.values())


def kinds_inside(kind: type[Kind]) -> list[type[Kind]]:
    """The kinds that can be made inside one of `kind`."""
    return [other for other in _kinds.values() if kind.may_contain(other)]


def rich_text_field(kind: type[Kind]) -> RichText | None:
    """The kind's Markdown text, where it has one."""
    return next((field for field in kind.fields.values() if isinstance(field, RichText)), None)


def includeme(config: Configurator) -> None:
    """`config.add_kind(Class)`, for the built-in kinds and for plug-ins alike."""
    config.add_directive("add_kind", lambda _config, kind: add_kind(kind), action_wrap=False)
