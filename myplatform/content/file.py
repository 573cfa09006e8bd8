"""A file of any type; its bytes are kept in the file store under their SHA-256."""

from collections.abc import Mapping
from typing import Any

from ..fields import Integer, Text
from ..kinds import Kind


class File(Kind):
    """A file; uploading again makes a new version of it."""

    name = "file"
    label = "File"
    icon = "file"
    description = "A document, image or anything else, kept with its versions."
    is_upload = True

    about = Text("Description", max_length=1000, in_lists=False)
    file_name = Text("File name", read_only=True)
    media_type = Text("Type", read_only=True, indexed=True)
    size = Integer("Size", read_only=True)
    sha256 = Text("SHA-256", read_only=True, indexed=True)
    width = Integer("Width", read_only=True, in_lists=False)
    height = Integer("Height", read_only=True, in_lists=False)

    @classmethod
    def search_text(cls, values: Mapping[str, Any]) -> str:
        """Description and file name."""
        return "\n".join(filter(None, (values.get("about"), values.get("file_name"))))

    @classmethod
    def summary(cls, values: Mapping[str, Any]) -> str:
        """The media type."""
        return values.get("media_type") or ""
