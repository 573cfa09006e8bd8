"""Finding nodes by words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.request import Request

from ...errors import BadQuery
from ...kinds import all_kinds
from ...models import utc_now
from ...permissions import Permission
from ...queries.accounts import principal_titles
from ...queries.listing import MAX_LIMIT, Listing, Page
from ...queries.nodes import NodeRow
from ...queries.search import search
from ...queries.search_facets import FACETS, facets_of, parse_search
from ...representations import node_line
from .answers import page
from .describing import search_parameters
from .operations import Operation
from .parameters import number, only, only_fields, page_document, place_named
from .services import service

SEARCH = service("search", "/search")
AGES = {"today": 0, "week": 7, "month": 30, "year": 365}
"""Days before today from which on the choices of the facet "changed" count."""


@SEARCH.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "search",
        "Search",
        "search",
        {200: page("Hit")},
        description=(
            'All words must occur, the last may be the beginning of one; "words in quotes" must follow each other and '
            "-word must not occur. The best hits come first, unless `sort` says otherwise. `facets` adds how many hits "
            "there are of each kind, author, place directly below `under` and age, under the filters of the others."
        ),
        parameters=search_parameters,
        problems=(400,),
    ),
)
def find(request: Request) -> dict[str, Any]:
    """The nodes that have the words, each with an excerpt."""
    given = only(request, *(each["name"] for each in search_parameters()))
    listing = parse_search(given.items(), ignoring=("under", "facets", "limit", "cursor"))
    under = place_named(request, given, "under")
    hits = search(
        request.db,
        request.identity,
        given.get("q", ""),
        under=under,
        listing=listing,
        limit=number(given, "limit", 20, at_most=MAX_LIMIT),
        cursor=given.get("cursor"),
        count=listing.count,
    )
    lines = ({**node_line(hit.node), "excerpt": hit.excerpt, "is_in_file": hit.is_in_file} for hit in hits.hits)
    items = [only_fields(line, listing.fields) for line in lines]
    document = page_document(request, Page(items, hits.next_cursor, hits.total))
    if "facets" in given:
        document["facets"] = _facets(request, listing, under, list(dict.fromkeys(given["facets"].split(","))))
    return document


def _facets(request: Request, listing: Listing, under: NodeRow | None, names: list[str]) -> dict[str, Any]:
    """The choices of the facets, each with the value to filter by. Raises `BadQuery`."""
    for name in names:
        if name not in FACETS:
            raise BadQuery(f"There is no facet {name!r}; there are {', '.join(FACETS)}.", field="facets")
    today = utc_now().astimezone(request.reader.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ages = {name: today - dt.timedelta(days=days) for name, days in AGES.items()}
    found = facets_of(request.db, request.identity, listing, under=under, names=names, since=ages)
    titles = principal_titles(request.db, {each.value for each in found.choices.get("author", ())})
    titles |= {kind.name: kind.plural for kind in all_kinds()}
    return {
        name: [
            {
                "value": ages[each.value].isoformat() if name == "changed" else each.value,
                "title": each.title or titles.get(each.value, each.value),
                "count": each.count,
            }
            for each in choices
        ]
        for name, choices in found.choices.items()
    }


def kind_named_in(given: dict[str, str]) -> str | None:
    """The kind that the parameters name. Raises `BadQuery` for one that there is not."""
    name = given.get("kind")
    known = sorted(kind.name for kind in all_kinds())
    if name is not None and name not in known:
        raise BadQuery(f"There is no kind {name!r}; there are {', '.join(known)}.", field="kind")
    return name
