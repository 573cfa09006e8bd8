"""Laptops of the company: who has which, and what became of it.

Enable it in the INI file with `pyramid.includes = laptop`, with this folder on Python's path.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.config import Configurator
from sqlalchemy.orm import Session

from myplatform.errors import FieldError
from myplatform.fields import Choice, Date, Money, Person, Text
from myplatform.kinds import Kind


class Laptop(Kind):
    """A laptop that the company bought."""

    name = "laptop"
    label = "Laptop"
    icon = "laptop"
    description = "A laptop, who has it, and what it cost."
    contains = ("file",)  # the invoice, photos of damage

    serial = Text("Serial number", required=True, unique=True, max_length=40, help="On the underside.")
    model = Text("Model", indexed=True)
    bought = Date("Bought on")
    price = Money("Price in euros")
    lent_to = Person("Lent to", indexed=True)
    status = Choice("Status", options=("in use", "spare", "in repair", "retired"), indexed=True)

    @classmethod
    def check(cls, _db: Session, _node_id: int | None, values: Mapping[str, Any]) -> Iterable[FieldError]:
        """Somebody has every laptop that is in use."""
        if values.get("status") == "in use" and values.get("lent_to") is None:
            yield FieldError("lent_to", "is needed while the laptop is in use; who has it?")

    @classmethod
    def summary(cls, values: Mapping[str, Any]) -> str:
        """Model and status, as lists show them under the title."""
        return " · ".join(filter(None, (values.get("model"), values.get("status"))))


def includeme(config: Configurator) -> None:
    """Add the kind."""
    config.add_kind(Laptop)
