"""What a form of the sharing page asks for, and what it makes of the grants that stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sqlalchemy.orm import Session
from webob.multidict import MultiDict

from ..actions.sharing import Granted
from ..errors import Invalid
from ..languages import gettext as _
from ..queries.principals import find_principal
from .roles import role_can

KINDS = ("add", "change", "remove", "stop", "inherit")


@dataclass(frozen=True)
class Wish:
    """What is asked for: to give, change or take a role, to stop inheriting or to inherit again."""

    does: str
    principals: tuple[str, ...]
    role: str

    def grants(self, own: Iterable[Granted], above: Iterable[Granted]) -> set[Granted]:
        """The grants that shall stand: `own` stand now, `above` are inherited now."""
        if self.does == "stop":
            return {*own, *above}
        if self.does == "inherit":
            return set(own)
        kept = {grant for grant in own if grant.principal not in self.principals}
        given = {Granted(principal, self.role) for principal in self.principals}
        return kept if self.does == "remove" else kept | given

    def inherits(self, now: bool) -> bool:
        """Whether the place shall inherit."""
        return now if self.does not in ("stop", "inherit") else self.does == "inherit"

    def heading(self, titles: dict[str, str]) -> str:
        """The question that the preview asks, and in other words the button that says yes."""
        names = ", ".join(titles[each] for each in self.principals)
        if self.does in ("add", "change"):
            return _("%(name)s %(can)s", name=names, can=role_can(self.role))
        if self.does == "remove":
            return _("Remove %(name)s", name=names)
        return _("Stop inheriting") if self.does == "stop" else _("Inherit again")

    def button(self, titles: dict[str, str]) -> str:
        """What the button does that saves it."""
        names = ", ".join(titles[each] for each in self.principals[:2])
        if self.does == "add":
            return _("Share with %(name)s", name=names) if len(self.principals) < 3 else _("Share")
        return _("Change the role") if self.does == "change" else self.heading(titles)

    def fields(self) -> list[tuple[str, str]]:
        """The hidden inputs of a form that asks for the same."""
        return [("do", self.does), ("role", self.role), *(("principal", each) for each in self.principals)]


def wish_of(db: Session, sent: MultiDict[str, Any]) -> Wish:
    """What the parameters of an address or the inputs of a form ask for. Raises `Invalid`."""
    does, role = (_last(sent, name) for name in ("do", "role"))
    if does not in KINDS:
        raise Invalid.one("", _("The form is not one of this page; load the page again and repeat."))
    if does in ("stop", "inherit"):
        return Wish(does, (), "")
    typed = [each for each in _texts(sent, "principal") if each.strip()] or [""]
    if does == "add":
        typed = [find_principal(db, each, field="principal", everybody=True) for each in typed]
    return Wish(does, tuple(dict.fromkeys(typed)), role)


def given_of(sent: MultiDict[str, Any]) -> dict[str, str]:
    """What was typed, for showing it again."""
    return {"principal": ", ".join(filter(None, _texts(sent, "principal"))), "role": _last(sent, "role")}


def stamp_of(own: Iterable[Granted], *, inherits: bool) -> str:
    """A short word for how a place is shared now: what was previewed is saved only where it is still the same."""
    return f"{crc32(repr((sorted(own), inherits)).encode()):08x}"


def stamp_of_several(shared: Iterable[tuple[Iterable[Granted], bool]]) -> str:
    """The same of several places, each as what is granted on it and whether it inherits."""
    return f"{crc32(''.join(stamp_of(own, inherits=inherits) for own, inherits in shared).encode()):08x}"


def _texts(sent: MultiDict[str, Any], name: str) -> list[str]:
    return [value for value in sent.getall(name) if isinstance(value, str)]


def _last(sent: MultiDict[str, Any], name: str) -> str:
    return (_texts(sent, name) or [""])[-1]
