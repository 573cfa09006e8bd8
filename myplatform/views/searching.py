"""The search page: hits with the found words marked, what they can be narrowed by, and help where there are none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from ..errors import BadQuery
from ..kinds import kind_of
from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.listing import Listing
from ..queries.nodes import NodeRow, visible_by_path
from ..queries.search import Hit, Hits, search
from ..queries.search_facets import Facets, facets_of, parse_search
from ..queries.spelling import better_words
from .frame import breadcrumbs, kind_icon
from .moments import AGES, day_of, since

PAGE = 20
OWN_NAMES = ("q", "kind", "author", "since", "from", "to", "sort", "under", "here")
"""What the address of a search says, besides where a page of it begins."""
SORTS = (("", mark("Relevance")), ("-changed", mark("Newest")), ("title", mark("Title")))
LABELS = {"kind": mark("Kind"), "place": mark("Place"), "author": mark("Author"), "changed": mark("Changed")}


@dataclass
class Question:
    """A search as the address asks it; makes the addresses of others beside it."""

    request: Request
    given: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        got = self.request.GET
        self.given = {name: got[name].strip() for name in OWN_NAMES if got.get(name, "").strip()}
        self.words = self.given.get("q", "")
        self.under = asked_place(self.request)
        self.here = self.under or _place_at(self.request, self.given.get("here"))
        self.listing: Listing = parse_search(self._grammar())

    def _grammar(self) -> list[tuple[str, str]]:
        """The same in the list grammar."""
        zone = self.request.reader.time_zone
        params = [(name, self.given[name]) for name in ("q", "kind", "author", "sort") if name in self.given]
        if "since" in self.given:
            params.append(("changed__gte", since(self.given["since"], zone).isoformat()))
        if "from" in self.given:
            params.append(("changed__gte", day_of(self.given, "from", zone).isoformat()))
        if "to" in self.given:
            params.append(("changed__lt", (day_of(self.given, "to", zone) + dt.timedelta(days=1)).isoformat()))
        return params

    def link(self, **changes: str | None) -> str:
        """The address of this search with some of it set to other values, or left out where they are None."""
        return self.request.node_url("/-/search", **{**self.given, **changes})

    @cached_property
    def is_narrowed(self) -> bool:
        """Whether something narrows the hits."""
        return bool(self.listing.filters) or self.under is not None


@view_config(route_name="search", request_method="GET", permission=Permission.SIGNED_IN, renderer="search.jinja2")
@view_config(
    route_name="search_results", request_method="GET", permission=Permission.SIGNED_IN, renderer="search_found.jinja2"
)
def search_page(request: Request) -> dict[str, Any]:
    """What was found, as a whole page or only the part of it that changes as one types."""
    question = Question(request)
    ages = {name: since(name, request.reader.time_zone) for name in AGES}
    hits, facets = Hits([], None, 0), Facets(0, {})
    if question.words:
        facets = facets_of(request.db, request.identity, question.listing, under=question.under, since=ages)
        hits = _hits(request, question)
    authors = {choice.value for choice in facets.choices.get("author", ())} | {question.given.get("author", "system")}
    names = principal_titles(request.db, authors)
    return {
        "question": question,
        "typed": question.words,
        "total": facets.total,
        "hits": [_line(each) for each in hits.hits],
        "next": question.link(cursor=hits.next_cursor) if hits.next_cursor else None,
        "sorts": _sorts(question),
        "facets": _choices(question, facets, names),
        "chips": _chips(question, names),
        "better": _better(request, question, facets),
        "breadcrumbs": breadcrumbs(request, _("Search")),
    }


def _sorts(question: Question) -> list[tuple[str, str, bool]]:
    now = question.given.get("sort", "")
    return [(_(label), question.link(sort=name or None), now == name) for name, label in SORTS]


def _better(request: Request, question: Question, facets: Facets) -> str | None:
    if facets.total or not question.words:
        return None
    return better_words(request.db, request.identity, question.words)


def _hits(request: Request, question: Question) -> Hits:
    given = {"under": question.under, "listing": question.listing, "limit": PAGE}
    cursor = request.GET.get("cursor") or None
    return search(request.db, request.identity, question.words, cursor=cursor, **given)


def _line(hit: Hit) -> dict[str, Any]:
    return {"hit": hit, "icon": kind_icon(hit.node.kind), "kind": kind_of(hit.node.kind)}


def _choices(question: Question, facets: Facets, names: dict[str, str]) -> list[dict[str, Any]]:
    """The facets that leave something to choose, each choice with its hits and its address."""
    shown = []
    for name, choices in facets.choices.items():
        chosen = question.given.get({"changed": "since"}.get(name, name))
        lines = [_choice(question, name, each, names, is_chosen=each.value == chosen) for each in choices]
        if len(lines) > 1 or any(line["is_chosen"] for line in lines) or (name == "place" and lines):
            shown.append({"name": name, "label": _(LABELS[name]), "choices": lines})
    return shown


def _choice(question: Question, name: str, choice: Any, names: dict[str, str], *, is_chosen: bool) -> dict[str, Any]:
    if name == "place":
        href = question.link(under=choice.value)
    elif name == "changed":
        dates = {"from": None, "to": None}
        href = question.link(since=None if is_chosen else choice.value, **dates)
    else:
        href = question.link(**{name: None if is_chosen else choice.value})
    title = choice.title or _title(name, choice.value, names)
    return {"title": title, "count": choice.count, "href": href, "is_chosen": is_chosen}


def _title(name: str, value: str, names: dict[str, str]) -> str:
    if name == "kind":
        return _(kind_of(value).plural)
    return names.get(value, value) if name == "author" else _(AGES[value].short)


def _chips(question: Question, names: dict[str, str]) -> list[tuple[str, str]]:
    """What narrows the hits, in words, each with the address of the search without it."""
    given, chips = question.given, []
    if question.under is not None:
        chips.append((_("In “%(place)s”", place=question.under.title), question.link(under=None)))
    if "kind" in given:
        chips.append((_(kind_of(given["kind"]).plural), question.link(kind=None)))
    if "author" in given:
        chips.append((_("By %(name)s", name=names.get(given["author"], given["author"])), question.link(author=None)))
    if "since" in given:
        chips.append((_(AGES[given["since"]].label), question.link(since=None)))
    if "from" in given:
        chips.append((_("Changed from %(day)s", day=given["from"]), question.link(**{"from": None})))
    if "to" in given:
        chips.append((_("Changed until %(day)s", day=given["to"]), question.link(to=None)))
    return chips


def asked_place(request: Request) -> NodeRow | None:
    """The place that `?under=` names, None for the whole site. Raises `BadQuery` for one that cannot be seen."""
    path = request.GET.get("under") or None
    if path is None or path == "/":
        return None
    found = _place_at(request, path)
    if found is None:
        raise BadQuery(_("There is nothing at %(address)s, or you may not see it.", address=path), field="under")
    return found


def _place_at(request: Request, path: str | None) -> NodeRow | None:
    if not path or "\0" in path:
        return None
    return visible_by_path(request.db, request.identity, [path]).get(path)


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("search", "/-/search")
    config.add_route("search_results", "/-/search/results")
    config.scan(__name__)
