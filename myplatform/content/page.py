"""A text to read, written in Markdown."""

from ..fields import RichText, Text
from ..kinds import Kind


class Page(Kind):
    """A page; further pages and files can be kept below it."""

    name = "page"
    label = "Page"
    icon = "file-text"
    description = "A text with headings, tables, links and images."
    contains = ("page", "file")

    body = RichText("Text", help="Markdown.")
    keywords = Text("Keywords", max_length=1000, in_lists=False, help="Further words to find the page by.")
