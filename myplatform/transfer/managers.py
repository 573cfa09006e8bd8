"""Who reports to whom after an import: managers found by name or e-mail, and nobody above themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..collation import sort_key

_EMAIL = "\0"  # no sort key has it: tells e-mail addresses from names


@dataclass(frozen=True)
class Person:
    """Somebody who can be named as a manager: their node's id (or the one reserved for it), name and e-mail."""

    id: int
    name: str
    email: str | None


class Directory:
    """Everybody who can be named, by e-mail and by name, whatever the case and accents.

    Of several groups of people an earlier one is asked before a later one.
    """

    def __init__(self, *groups: Iterable[Person]) -> None:
        self.by_id: dict[int, Person] = {}
        self._groups: list[dict[str, list[Person]]] = []
        for group in groups:
            called: dict[str, list[Person]] = {}
            for person in group:
                self.by_id[person.id] = person
                called.setdefault(sort_key(person.name), []).append(person)
                if person.email:
                    called.setdefault(_EMAIL + person.email.casefold(), []).append(person)
            self._groups.append(called)

    def called(self, words: str) -> list[Person]:
        """The people of that e-mail address, else of that name, in the first group that has any."""
        for group in self._groups:
            if found := group.get(_EMAIL + words.casefold()) or group.get(sort_key(words)):
                return found
        return []

    def problem(self, words: str) -> str | None:
        """Why `words` do not name one person; None where they do."""
        found = self.called(words)
        if not found:
            return f"nobody is called “{words}”, neither in this file nor in the directory"
        return f"{len(found)} people are called “{words}”; give the e-mail address" if len(found) > 1 else None


def cycles(managers: Mapping[int, int | None]) -> list[list[int]]:
    """Each circle of people who would be above themselves; `managers` maps everybody to their manager."""
    found: list[list[int]] = []
    done: set[int] = set()
    for start in managers:
        trail: dict[int, int] = {}
        person: int | None = start
        while person is not None and person not in done and person not in trail:
            trail[person] = len(trail)
            person = managers.get(person)
        if person in trail:
            found.append(list(trail)[trail[person] :])
        done.update(trail)
    return found


def managers_first(people: Iterable[int], managers: Mapping[int, int | None]) -> list[int]:
    """`people`, each after everybody above them; `managers` has no circle."""
    ordered: dict[int, None] = {}
    wanted = list(people)
    for start in wanted:
        chain: list[int] = []
        person: int | None = start
        while person is not None and person not in ordered:
            chain.append(person)
            person = managers.get(person)
        ordered.update(dict.fromkeys(reversed(chain)))
    chosen = set(wanted)
    return [person for person in ordered if person in chosen]
