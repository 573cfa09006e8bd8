"""A text to read, written in Markdown."""

from ..fields import Date, Person, RichText, Text, YesNo
from ..kinds import Kind
from ..languages import mark


class Page(Kind):
    """A page; further pages and files can be kept below it."""

    name = "page"
    label = mark("Page")
    icon = "file-text"
    description = mark("A text with headings, tables, links and images.")
    contains = ("page", "file")
    found_by = ("keywords",)

    body = RichText(mark("Text"))
    keywords = Text(
        mark("Keywords"),
        max_length=1000,
        in_lists=False,
        is_detail=True,
        help=mark("Further words to find the page by."),
    )
    owner = Person(
        mark("Owner"),
        indexed=True,
        in_lists=False,
        is_detail=True,
        help=mark("Who answers for what it says: a name or an e-mail address."),
    )
    review_by = Date(
        mark("Review by"),
        indexed=True,
        in_lists=False,
        is_detail=True,
        help=mark("From this day on readers are told that the page may be out of date."),
    )
    is_template = YesNo(
        mark("Offer as a template for new pages"),
        indexed=True,
        in_lists=False,
        is_detail=True,
        help=mark("{{date}}, {{title}} and {{me}} in its text are filled in when a page is made from it."),
    )
    confirmed_on = Date(mark("Confirmed on"), in_lists=False, read_only=True)
    confirmed_by = Text(mark("Confirmed by"), in_lists=False, read_only=True)
