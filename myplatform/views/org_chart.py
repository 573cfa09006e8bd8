"""The org chart of a directory: opened around a person or at its top, its branches loaded when they are opened."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from ..errors import Missing
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.org_chart import Chart, ChartRow, chart_of
from ..resources import NodeResource
from .frame import breadcrumbs

LEVEL_LIMIT = 100
"""People of one level that are drawn at once; a link brings the others."""
WHOLE_LIMIT = 2000
"""People of a branch that is drawn whole, for printing."""
OPEN_TOPS = 5
"""Tops with people below that are opened at first."""


@dataclass
class Branch:
    """A person in the chart with those reporting to them, as far as they are drawn."""

    person: ChartRow
    reports: int
    size: int
    is_open: bool = False
    is_wanted: bool = False
    level: Level | None = None


@dataclass
class Level:
    """People with the same manager, as far as they are drawn; `next_start` is where the others begin.

    `ahead` are those of the others who are drawn already.
    """

    manager: int | None
    branches: list[Branch] = field(default_factory=list)
    next_start: int | None = None
    left_over: int = 0
    ahead: list[int] = field(default_factory=list)


@view_config(
    context=NodeResource,
    kind="people",
    name="@chart",
    request_method="GET",
    permission=Permission.VIEW,
    renderer="chart.jinja2",
)
def chart(request: Request) -> dict[str, Any]:
    """The chart, open at `?person=` or at its top; with `?whole=1` all of the person's branch, for printing."""
    found = chart_of(request.db, request.identity, request.context.node)
    words = request.GET.get("q", "").strip()
    hits = found.called(words) if words else []
    wanted = person_in(found, request, "person") or (hits[0].id if len(hits) == 1 else None)
    is_whole = "whole" in request.GET
    return {
        "node": request.context.node,
        "level": whole_branch(found, wanted) if is_whole else opened_at(found, wanted),
        "wanted": found.people[wanted] if wanted is not None else None,
        "sought": words,
        "hits": hits if len(hits) != 1 else [],
        "is_whole": is_whole,
        "count": len(found.people),
        "breadcrumbs": breadcrumbs(request, _("Org chart")),
    }


@view_config(
    context=NodeResource,
    kind="people",
    name="@chart-branch",
    request_method="GET",
    permission=Permission.VIEW,
    renderer="chart_branch.jinja2",
)
def branch(request: Request) -> dict[str, Any]:
    """Those who report to `?of=` (or the tops), from `?start=` on, for opening a branch where it stands."""
    found = chart_of(request.db, request.identity, request.context.node)
    manager, start = person_in(found, request, "of"), number_in(request, "start") or 0
    drawn = {number for number in map(_number, request.GET.getall("but")) if number is not None}
    return {"level": Drawing(found).level(manager, start, drawn), "node": request.context.node}


def opened_at(found: Chart, wanted: int | None) -> Level:
    """The chart from its top, opened along the way to a person, else as far as two levels."""
    opened = found.way_to(wanted) if wanted is not None else _first_open(found)
    drawing = Drawing(found, frozenset(opened), wanted)
    return drawing.filled(drawing.level(None))


def whole_branch(found: Chart, head: int | None) -> Level:
    """A person with everybody below, or everybody, as far as a page can hold them."""
    ids = found.branch(head) if head is not None else (each for top in found.tops for each in found.branch(top))
    drawing = Drawing(found, frozenset(islice(ids, WHOLE_LIMIT)), head, limit=WHOLE_LIMIT)
    if head is None:
        return drawing.filled(drawing.level(None))
    return drawing.filled(Level(found.above[head], [drawing.branch(head)]))


@dataclass(frozen=True)
class Drawing:
    """What of a chart is drawn: who is opened, who is sought, and how many of one level."""

    chart: Chart
    opened: frozenset[int] = frozenset()
    wanted: int | None = None
    limit: int = LEVEL_LIMIT

    def level(self, manager: int | None, start: int = 0, drawn: Container[int] = ()) -> Level:
        """The people below a manager from a place on, without those drawn already.

        Who is on the way to the person sought is drawn in any case.
        """
        everybody = self.chart.below.get(manager, [])
        stop = start + self.limit
        ahead = [person for person in everybody[stop:] if person in self.opened]
        there = [person for person in everybody[start:stop] if person not in drawn]
        level = Level(manager, [self.branch(person) for person in [*there, *ahead]], ahead=ahead)
        if stop + len(ahead) < len(everybody):
            level.next_start, level.left_over = stop, len(everybody) - stop - len(ahead)
        return level

    def filled(self, level: Level) -> Level:
        """The level with all levels that are open below it."""
        waiting = [each for each in level.branches if each.is_open]
        while waiting:
            each = waiting.pop()
            each.level = self.level(each.person.id)
            waiting.extend(below for below in each.level.branches if below.is_open)
        return level

    def branch(self, person: int) -> Branch:
        """A person with what the chart says of them."""
        reports = len(self.chart.below.get(person, ()))
        is_open = bool(reports) and person in self.opened
        return Branch(self.chart.people[person], reports, self.chart.sizes[person], is_open, person == self.wanted)


def _first_open(found: Chart) -> list[int]:
    """The tops that are open at first: those with people below, as far as that does not flood the page."""
    return [person for person in found.tops[:OPEN_TOPS] if found.below.get(person)]


def person_in(found: Chart, request: Request, name: str) -> int | None:
    """The person whom a parameter names by id, None without it. Raises `Missing` for somebody who is not here."""
    number = number_in(request, name)
    if number is not None and number not in found.people:
        raise Missing(_("This person is not in this directory, or you may not see them."))
    return number


def number_in(request: Request, name: str) -> int | None:
    """A whole number of the URL; None without it, and for anything else."""
    return _number(request.GET.get(name, ""))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
