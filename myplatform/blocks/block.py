"""What every block has in common: its name, its options, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from ..errors import Missing
from ..fields import Field
from ..identity import Identity
from ..languages import gettext as _
from ..markup import Heading, normalise_target
from ..queries.nodes import NodeRow, find_by_path
from ..queries.references import base_of, named_nodes


@dataclass(frozen=True)
class Place:
    """Where a block stands and who looks: all that it may ask; free of requests and templates."""

    db: Session
    asker: Identity
    node: NodeRow
    headings: tuple[Heading, ...] = ()

    def find(self, address: str | None) -> NodeRow:
        """The node at a path, also a relative one, or at a permanent link; without one the node of the text itself.

        Raises `Missing` for what is not there or not for the asker.
        """
        if not address:
            return self.node
        name = normalise_target(address, base_of(self.node))
        found = named_nodes(self.db, self.asker, [name]) if name is not None else {}
        if name not in found:
            message = _("There is nothing at %(address)s, or you may not see it.", address=address)
            raise Missing(message)
        return found[name]

    @cached_property
    def home(self) -> NodeRow:
        """The root of the tree: where a list looks that is about the whole site. It is asked for no permission."""
        home = find_by_path(self.db, "/")
        assert home is not None
        return home


class Block:
    """A block. Subclass it, set the names below, write `show`, add it with `config.add_block(Class)`.

    `options` are what a line `name: value` may set, with what holds without it in `defaults`. `sample` is a source
    to begin with. `renderer` is a template, by default one named after the block; it is given what `show` answers.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    description: ClassVar[str] = ""
    icon: ClassVar[str] = "item"
    options: ClassVar[dict[str, Field]] = {}
    defaults: ClassVar[dict[str, Any]] = {}
    sample: ClassVar[str] = ""
    renderer: ClassVar[str] = ""
    holds_text: ClassVar[bool] = False
    """Whether what stands in it is Markdown, which is part of the text around it."""

    def __init_subclass__(cls) -> None:
        for name, field in cls.options.items():
            field.name = name
        cls.label = cls.label or cls.name.capitalize()
        cls.renderer = cls.renderer or f"blocks/{cls.name}.jinja2"

    @classmethod
    def source(cls) -> str:
        """The block as it is written into a text."""
        return f"```{cls.name}\n{cls.sample}{chr(10) if cls.sample else ''}```"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """What the template shows, trimmed to what the asker may see and bounded in length.

        Raises any `Problem` for options that fit nothing; whoever may edit the text is told.
        """
        raise NotImplementedError
