"""Finding nodes by words."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ...errors import BadQuery
from ...kinds import all_kinds
from ...permissions import Permission
from ...queries.listing import Page
from ...queries.search import search
from ...representations import node_line
from .answers import page
from .describing import search_parameters
from .operations import Operation
from .parameters import number, only, page_document, place_named, yes_or_no
from .services import service

SEARCH = service("search", "/search")


@SEARCH.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "search",
        "Search",
        "search",
        {200: page("Hit")},
        description=(
            'All words must occur, the last may be the beginning of one; "words in quotes" must follow each other and '
            "-word must not occur. The best hits come first."
        ),
        parameters=search_parameters,
        problems=(400,),
    ),
)
def find(request: Request) -> dict[str, Any]:
    """The nodes that have the words, each with an excerpt."""
    given = only(request, "q", "kind", "under", "limit", "cursor", "count")
    hits = search(
        request.db,
        request.identity,
        given.get("q", ""),
        kind=kind_named_in(given),
        under=place_named(request, given, "under"),
        limit=number(given, "limit", 20, at_most=100),
        cursor=given.get("cursor"),
        count=yes_or_no(given, "count"),
    )
    items = [{**node_line(hit.node), "excerpt": hit.excerpt} for hit in hits.hits]
    return page_document(request, Page(items, hits.next_cursor, hits.total))


def kind_named_in(given: dict[str, str]) -> str | None:
    """The kind that the parameters name. Raises `BadQuery` for one that there is not."""
    name = given.get("kind")
    known = sorted(kind.name for kind in all_kinds())
    if name is not None and name not in known:
        raise BadQuery(f"There is no kind {name!r}; there are {', '.join(known)}.", field="kind")
    return name
