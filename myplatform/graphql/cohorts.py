"""Nodes that were answered together: what is asked of one of them is fetched for all of them, by one query.

GraphQL asks field by field, node by node. A cohort remembers which nodes came with a node, so that the first question
about any of them is asked of the database for all; deeper levels are cohorts again. Statements then grow with the
depth of a query and not with the number of nodes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ..errors import Problem
from ..identity import Identity
from ..kinds import kind_of
from ..queries.batches import children_of_many, links_of_many, values_of_many
from ..queries.nodes import NodeRow, visible_nodes


class TookTooLong(Problem):
    """The time that one query may take is over."""


@dataclass(frozen=True)
class Reading:
    """One query being answered: for whom, from which session, until when (`deadline`, by the monotonic clock)."""

    db: Session
    asker: Identity
    url_of: Callable[[str], str]
    deadline: float

    def ensure_time(self) -> None:
        """Raise `TookTooLong` behind the deadline."""
        if time.monotonic() > self.deadline:
            raise TookTooLong("This query takes too long. Ask for less at once.")

    def members(self, rows: Iterable[NodeRow]) -> list[Member]:
        """Visible nodes as values of an answer, which from now on are asked about together."""
        kept = list(rows)
        cohort = Cohort(self, {row.id: row for row in kept})
        return [Member(row, cohort) for row in kept]

    def member(self, row: NodeRow | None) -> Member | None:
        """A single node."""
        return self.members([row])[0] if row is not None else None


@dataclass(frozen=True, eq=False)
class Cohort:
    """Nodes of one answer, and what was fetched for them."""

    reading: Reading
    rows: Mapping[int, NodeRow]
    known: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, fetch: Callable[[], Any]) -> Any:
        """What `fetch` gives, fetched at the first question. Raises `TookTooLong`."""
        if key not in self.known:
            self.reading.ensure_time()
            self.known[key] = fetch()
        return self.known[key]


@dataclass(frozen=True, eq=False)
class Member:
    """A node of an answer with those it came with."""

    row: NodeRow
    cohort: Cohort

    def value(self, name: str) -> Any:
        """The value of a field of its kind; fields of lists come together, a long one by itself."""
        kind = kind_of(self.row.kind)
        in_lists = tuple(each.name for each in kind.fields.values() if each.in_lists)
        names = in_lists if name in in_lists else (name,)

        def fetch() -> dict[int, dict[str, Any]]:
            ids = [row.id for row in self.cohort.rows.values() if row.kind == kind.name]
            return values_of_many(self.cohort.reading.db, kind, ids, names)

        return self.cohort.once(("values", kind.name, names), fetch).get(self.row.id, {}).get(name)

    def linked(self, name: str) -> Member | None:
        """The visible node that a field of its kind names."""

        def ids() -> set[int]:
            alike = (Member(row, self.cohort) for row in self.cohort.rows.values() if row.kind == self.row.kind)
            return {number for each in alike if (number := each.value(name)) is not None}

        return self._among(("linked", self.row.kind, name), ids).get(self.value(name))

    def parent(self) -> Member | None:
        """What it stands in."""

        def ids() -> set[int]:
            return {row.parent_id for row in self.cohort.rows.values() if row.parent_id is not None}

        return self._among("parents", ids).get(self.row.parent_id)

    def lineage(self) -> list[Member]:
        """What it stands in, from the root down, as far as it can be seen."""

        def ids() -> set[int]:
            return {number for row in self.cohort.rows.values() for number in ids_above(row)}

        above = self._among("lineages", ids)
        return [above[number] for number in ids_above(self.row) if number in above]

    def children(self, kind: str | None, limit: int) -> list[Member]:
        """The first of what it holds, in the order of the place."""

        def fetch(ids: list[int]) -> Mapping[int, list[NodeRow]]:
            reading = self.cohort.reading
            return children_of_many(reading.db, reading.asker, ids, kind=kind, limit=limit)

        return self._lists(("children", kind, limit), fetch).get(self.row.id, [])

    def links(self, limit: int) -> list[Member]:
        """The first nodes that its texts link to, by title."""

        def fetch(ids: list[int]) -> Mapping[int, list[NodeRow]]:
            return links_of_many(self.cohort.reading.db, self.cohort.reading.asker, ids)

        return self._lists("links", fetch).get(self.row.id, [])[:limit]

    def _among(self, key: Any, ids: Callable[[], set[int]]) -> dict[int, Member]:
        """The visible nodes among ids that the whole cohort names, as one cohort."""
        reading = self.cohort.reading

        def fetch() -> dict[int, Member]:
            found = visible_nodes(reading.db, reading.asker, ids())
            return {each.row.id: each for each in reading.members(found.values())}

        return self.cohort.once(key, fetch)

    def _lists(self, key: Any, fetch: Callable[[list[int]], Mapping[int, list[NodeRow]]]) -> dict[int, list[Member]]:
        """A list of nodes for each of the cohort; all of them are one cohort."""

        def fetch_all() -> dict[int, list[Member]]:
            found = fetch(list(self.cohort.rows))
            every = {row.id: row for rows in found.values() for row in rows}
            cohort = Cohort(self.cohort.reading, every)
            return {number: [Member(row, cohort) for row in rows] for number, rows in found.items()}

        return self.cohort.once(key, fetch_all)


def ids_above(row: NodeRow) -> list[int]:
    """The ids of what a node stands in, the root first."""
    return [int(part) for part in row.ancestry.split("/") if part and int(part) != row.id]
