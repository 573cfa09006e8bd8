"""Kinds that use every kind of field, as a plug-in would make them, known only to the tests that ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from myplatform import kinds
from myplatform.fields import (
    Choice,
    Choices,
    Date,
    DateTime,
    Email,
    Integer,
    Link,
    Money,
    Number,
    Person,
    RichText,
    Text,
    Url,
    YesNo,
)
from myplatform.kinds import Kind
from myplatform.models import Base

TAGS = ("new", "old", "rare")


class Specimen(Kind):
    """One of everything."""

    name = "specimen"

    text = Text("Text", indexed=True)
    body = RichText("Body")
    number = Integer("Number")
    share = Number("Share")
    price = Money("Price")
    agreed = YesNo("Agreed")
    day = Date("Day")
    moment = DateTime("Moment")
    colour = Choice("Colour", options=("red", "green", "blue"))
    tags = Choices("Tags", options=TAGS)
    link = Link("Link")
    lent_to = Person("Lent to")
    site = Url("Site")
    mail = Email("Mail")


class StrictSpecimen(Kind):
    """Fields that cannot be empty, and one that no two may share."""

    name = "strictspecimen"

    text = Text("Text", required=True)
    body = RichText("Body", required=True)
    tags = Choices("Tags", options=TAGS, required=True)
    serial = Text("Serial number", unique=True)


KINDS = (Specimen, StrictSpecimen)
for kind in KINDS:  # other tests must not meet tables that their databases do not have
    Base.metadata.remove(kind.table)


@contextmanager
def known(*kinds_: type[Kind]) -> Iterator[None]:
    """Make kinds known for the time of a test."""
    for each in kinds_:
        kinds.add_kind(each)
    try:
        yield
    finally:
        for each in kinds_:
            kinds._kinds.pop(each.name)
