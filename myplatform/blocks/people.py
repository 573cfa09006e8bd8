"""People of a department or location as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..fields import Choice, Field, Integer, Text
from ..kinds import kind_of
from ..languages import mark
from ..queries.children import items_of, parse_items
from .block import Block, Place

SORTS = {"name": "title", "newest": "-hire_date", "job title": "job_title"}


class People(Block):
    """Employees with photo and job title."""

    name = "people"
    label = mark("People")
    description = mark("The people of a department or location, as cards with photo.")
    icon = "people"
    options: ClassVar[dict[str, Field]] = {
        "department": Text("Department", max_length=100),
        "location": Text("Location", max_length=200),
        "in": Text("In", max_length=2000),
        "sort": Choice("Sort", options=tuple(SORTS)),
        "limit": Integer("At most", min=1, max=60),
    }
    defaults: ClassVar[dict[str, Any]] = {"sort": "name", "limit": 24}
    sample = "department: Finance"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The people, by name unless asked for otherwise."""
        inside = place.find(options["in"]) if options["in"] else place.home
        asked = {
            "kind": "employee",
            "depth": "all",
            "department": options["department"],
            "location": options["location"],
            "sort": SORTS[options["sort"]],
            "limit": str(options["limit"]),
            "fields": "title,job_title,department,location,photo",
        }
        query = parse_items(kind_of(inside.kind), [(name, text) for name, text in asked.items() if text])
        return {"people": items_of(place.db, place.asker, inside, query).rows}
