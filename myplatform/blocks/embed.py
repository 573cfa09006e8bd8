"""A file inside a text: an image, a PDF, a video or a sound; anything else as a link with its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..content.file import File
from ..errors import Invalid
from ..fields import Choice, Field, Text
from ..languages import gettext as _
from ..languages import mark
from ..queries.nodes import values_of
from .block import Block, Place


class Embed(Block):
    """A file, shown where it can be."""

    name = "embed"
    label = mark("File")
    description = mark("Shows an image, PDF, video or sound inside the text.")
    icon = "file"
    options: ClassVar[dict[str, Field]] = {
        "file": Text("File", max_length=2000, required=True),
        "title": Text("Title", max_length=300),
        "height": Choice("Height", options=("small", "medium", "large")),
    }
    defaults: ClassVar[dict[str, Any]] = {"height": "medium"}
    sample = "file: plan.pdf\nheight: medium"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The file's node and values, and how it is shown."""
        node = place.find(options["file"])
        if node.kind != "file":
            raise Invalid.one("file", _("names something that is not a file"))
        values = values_of(place.db, File, node.id)
        return {
            "node": node,
            "file": values,
            "way": _way(values["media_type"] or "", values["width"]),
            "title": options["title"] or values["about"] or node.title,
            "height": options["height"],
        }


def _way(media_type: str, width: int | None) -> str:
    """How a browser shows the type: image, pdf, video, audio, or "" for as a link."""
    if media_type == "application/pdf":
        return "pdf"
    group = media_type.partition("/")[0]
    is_picture = group == "image" and (width is not None or media_type == "image/svg+xml")
    return group if is_picture or group in ("video", "audio") else ""
