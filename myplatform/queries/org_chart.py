"""Who reports to whom in one directory, as a forest in which everybody whom the asker may see stands once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..content.people import Employee
from ..identity import Identity
from ..models.node import NODES
from .nodes import NodeRow
from .prepared import Prepared
from .visibility import may_view_prepared, viewer_values

EMPLOYEES = Employee.table
FOUND_LIMIT = 20

ChartRow = Row[Any]
"""A person: id, path, title (the name), manager, job_title, photo."""


@dataclass(frozen=True)
class Chart:
    """The people by id, whoever is above each, and those below each (below None: the tops) in the order to show.

    `sizes` says how many people there are below each, at any depth.
    """

    people: dict[int, ChartRow]
    above: dict[int, int | None]
    below: dict[int | None, list[int]]
    sizes: dict[int, int]

    @property
    def tops(self) -> list[int]:
        """Those who report to nobody here."""
        return self.below.get(None, [])

    def way_to(self, person_id: int) -> list[int]:
        """The ids from the top down to the person, the person included; empty for somebody who is not here."""
        way: list[int] = []
        current: int | None = person_id if person_id in self.people else None
        while current is not None:
            way.append(current)
            current = self.above[current]
        return way[::-1]

    def branch(self, person_id: int) -> Iterator[int]:
        """The ids of the person and everybody below."""
        waiting = [person_id]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(reversed(self.below.get(current, ())))

    def called(self, words: str) -> list[ChartRow]:
        """The people in whose name or job each of the words is, those whose name begins with them first."""
        wanted = sort_key(words).split()
        key = sort_key(words).strip()
        found = [row for row in self.people.values() if all(word in _said(row) for word in wanted)] if wanted else []
        found.sort(key=lambda row: (not sort_key(row.title).startswith(key), sort_key(row.title), row.id))
        return found[:FOUND_LIMIT]


def chart_of(db: Session, asker: Identity, directory: NodeRow) -> Chart:
    """The chart of a directory, read in one statement."""
    return arranged(_ROWS.run(db, {**viewer_values(asker), "directory": directory.id}))


def arranged(rows: Iterable[ChartRow]) -> Chart:
    """The chart of people who are given by name.

    Whose manager is not among them is a top. Of people who are above each other in a circle the first one is.
    Tops with most people below come first, everybody else by name.
    """
    people = {row.id: row for row in rows}
    above = {row.id: row.manager if row.manager in people else None for row in people.values()}
    for top in _first_of_circles(above):
        above[top] = None
    below: dict[int | None, list[int]] = {}
    for person, manager in above.items():
        below.setdefault(manager, []).append(person)
    sizes = _sizes(below)
    below.get(None, []).sort(key=lambda person: -sizes[person])
    return Chart(people, above, below, sizes)


def _first_of_circles(above: dict[int, int | None]) -> list[int]:
    """Of each circle the person who comes first in the given order."""
    place = {person: number for number, person in enumerate(above)}
    found: list[int] = []
    done: set[int] = set()
    for start in above:
        trail: dict[int, None] = {}
        current: int | None = start
        while current is not None and current not in done and current not in trail:
            trail[current] = None
            current = above[current]
        if current in trail:
            circle = list(trail)[list(trail).index(current) :]
            found.append(min(circle, key=place.__getitem__))
        done.update(trail)
    return found


def _sizes(below: dict[int | None, list[int]]) -> dict[int, int]:
    order: list[int] = list(below.get(None, ()))
    for person in order:  # grows while it is walked: everybody stands behind whoever is above them
        order.extend(below.get(person, ()))
    sizes: dict[int, int] = {}
    for person in reversed(order):
        sizes[person] = sum(1 + sizes[each] for each in below.get(person, ()))
    return sizes


def _said(row: ChartRow) -> str:
    return sort_key(f"{row.title} {row.job_title or ''}")


def _rows(dialect: str) -> Select[Any]:
    assert EMPLOYEES is not None
    columns = (NODES.c.id, NODES.c.path, NODES.c.title, EMPLOYEES.c.manager, EMPLOYEES.c.job_title, EMPLOYEES.c.photo)
    inside = NODES.c.parent_id == bindparam("directory", type_=NODES.c.id.type)
    return (
        select(*columns)
        .join(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id)
        .where(inside, NODES.c.trash_id.is_(None), may_view_prepared(dialect))
        .order_by(NODES.c.sort_title, NODES.c.id)
    )


_ROWS = Prepared(_rows)
