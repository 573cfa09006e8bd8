"""Blocks that list what a place holds, and what changed in it lately."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..fields import Choice, Field, Integer, Text
from ..kinds import kind_of
from ..languages import mark
from ..queries.accounts import principal_titles
from ..queries.changes import recent_changes
from ..queries.children import items_of, parse_items
from .block import Block, Place

MOST = 50
SORTS = {"order": "", "title": "title", "newest": "-created", "changed": "-modified"}


class Recent(Block):
    """What changed lately in a place."""

    name = "recent"
    label = mark("Recent changes")
    description = mark("What changed lately in a place.")
    icon = "recent"
    options: ClassVar[dict[str, Field]] = {
        "in": Text("In", max_length=2000),
        "limit": Integer("At most", min=1, max=MOST),
    }
    defaults: ClassVar[dict[str, Any]] = {"limit": 8}
    sample = "in: /\nlimit: 8"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The changes, newest first, with the names of who made them."""
        under = place.find(options["in"])
        changes = recent_changes(place.db, place.asker, limit=options["limit"], under=under)
        return {"changes": changes, "names": principal_titles(place.db, {each.actor for each in changes})}


class Children(Block):
    """What a place holds."""

    name = "children"
    label = mark("What a place holds")
    description = mark("Pages, folders and files of a place, as a list or as cards.")
    icon = "list"
    options: ClassVar[dict[str, Field]] = {
        "in": Text("In", max_length=2000),
        "kind": Text("Kind", max_length=100),
        "sort": Choice("Sort", options=tuple(SORTS)),
        "limit": Integer("At most", min=1, max=MOST),
        "as": Choice("As", options=("list", "cards")),
    }
    defaults: ClassVar[dict[str, Any]] = {"sort": "order", "limit": 20, "as": "list"}
    sample = "in: /\nsort: order\nas: cards"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The nodes in the order asked for."""
        inside = place.find(options["in"])
        asked = {
            "kind": options["kind"],
            "sort": SORTS[options["sort"]],
            "limit": str(options["limit"]),
            "fields": "title,modified",
        }
        query = parse_items(kind_of(inside.kind), [(name, text) for name, text in asked.items() if text])
        items = items_of(place.db, place.asker, inside, query).rows
        return {"items": items, "as_cards": options["as"] == "cards"}
