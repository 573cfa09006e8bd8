"""Who is at a page now, reading or editing it: known only while they are, told to the others there.

Services tell each other through the bus; what one has not repeated for a while is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from .sockets import Socket

MOST_SHOWN = 30
"""People that are named for one page: those who edit it first."""
REPEATED_EVERY, FORGOTTEN_AFTER = 20.0, 50.0
"""Seconds between saying again who is here, and after which another service's word counts no more."""

Person = dict[str, Any]
"""`user`, `name` (as it is shown) and `editing`."""


class Presence:
    """The people at each node, of this service and of others.

    `dirty` are the nodes whose people have changed since their watchers were told, `untold` those of which other
    services were not told.
    """

    def __init__(self) -> None:
        self.service = uuid4().hex
        self.dirty: set[int] = set()
        self.untold: set[int] = set()
        self._here: dict[int, set[Socket]] = {}
        self._elsewhere: dict[int, dict[str, tuple[float, list[Person]]]] = {}

    def enter(self, node_id: int, socket: Socket) -> None:
        """Somebody opened the page, or began or ended editing."""
        self._here.setdefault(node_id, set()).add(socket)
        self._changed(node_id)

    def leave(self, node_id: int, socket: Socket) -> None:
        """Somebody left it."""
        sockets = self._here.get(node_id, set())
        sockets.discard(socket)
        if not sockets:
            self._here.pop(node_id, None)
        self._changed(node_id)

    def _changed(self, node_id: int) -> None:
        self.dirty.add(node_id)
        self.untold.add(node_id)

    def nodes_here(self) -> list[int]:
        """The nodes at which somebody is by this service."""
        return list(self._here)

    def people_here(self, node_id: int) -> list[Person]:
        """Who is there by this service."""
        return _merged(
            {"user": each.identity.name, "name": each.identity.display_name, "editing": each.is_editing}
            for each in self._here.get(node_id, ())
        )

    def people(self, node_id: int) -> list[Person]:
        """Who is there by any service."""
        now = time.monotonic()
        others = self._elsewhere.get(node_id, {})
        told = (person for until, people in others.values() if until > now for person in people)
        return _merged([*self.people_here(node_id), *told])

    def hear(self, payload: dict[str, Any]) -> None:
        """Another service says who is at a node; what makes no sense is not heard."""
        service, node_id, people = (payload.get(key) for key in ("service", "node", "people"))
        if service == self.service or not isinstance(node_id, int) or not isinstance(people, list):
            return
        known = self._elsewhere.setdefault(node_id, {})
        people = [_person(each) for each in people if _is_person(each)]
        if people:
            known[str(service)] = (time.monotonic() + FORGOTTEN_AFTER, people)
        else:
            known.pop(str(service), None)
        self.dirty.add(node_id)

    def forget_old(self) -> None:
        """Let go of what other services have not repeated."""
        now = time.monotonic()
        for node_id, known in list(self._elsewhere.items()):
            old = [service for service, (until, _) in known.items() if until <= now]
            for service in old:
                del known[service]
                self.dirty.add(node_id)
            if not known:
                del self._elsewhere[node_id]

    def word_about(self, node_id: int) -> dict[str, Any]:
        """What to tell other services about a node."""
        return {"service": self.service, "node": node_id, "people": self.people_here(node_id)}


def _is_person(said: Any) -> bool:
    return isinstance(said, dict) and all(isinstance(said.get(name), str) for name in ("user", "name"))


def _person(said: dict[str, Any]) -> Person:
    return {"user": said["user"], "name": said["name"], "editing": said.get("editing") is True}


def _merged(people: Iterable[Person]) -> list[Person]:
    """Each person once, editing if anywhere; those first, then by name."""
    found: dict[str, Person] = {}
    for person in people:
        known = found.setdefault(person["user"], dict(person))
        known["editing"] = known["editing"] or person["editing"]
    return sorted(found.values(), key=lambda each: (not each["editing"], each["name"]))[:MOST_SHOWN]
