"""A place that holds other things; it may carry a text of its own."""

from ..fields import RichText, Text
from ..kinds import ANYTHING, Kind


class Folder(Kind):
    """A folder; the root of the tree is one."""

    name = "folder"
    label = "Folder"
    icon = "folder"
    description = "Holds pages, files and further folders."
    contains = (ANYTHING,)
    found_by = ("keywords",)

    body = RichText("Text", help="Shown above what the folder holds.")
    keywords = Text("Keywords", max_length=1000, in_lists=False, help="Further words to find the folder by.")
