"""The table of contents of the text itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..fields import Field, Integer
from ..languages import mark
from .block import Block, Place


class Contents(Block):
    """The headings of the text, as links."""

    name = "contents"
    label = mark("Table of contents")
    description = mark("The headings of this text, as links.")
    icon = "list"
    options: ClassVar[dict[str, Field]] = {"depth": Integer("Depth", min=1, max=5)}
    defaults: ClassVar[dict[str, Any]] = {"depth": 2}

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """Headings down to so many levels below the topmost."""
        top = min((heading.level for heading in place.headings), default=2)
        return {"headings": [each for each in place.headings if each.level < top + options["depth"]], "top": top}
