"""The search page: hits with the found words marked, narrowed by kind and place."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from ..errors import BadQuery
from ..kinds import all_kinds, kind_of
from ..permissions import Permission
from ..queries.nodes import NodeRow, visible_by_path
from ..queries.search import Hit, Hits, search
from .frame import breadcrumbs, kind_icon

PAGE = 20


@view_config(route_name="search", request_method="GET", permission=Permission.SIGNED_IN, renderer="search.jinja2")
def search_page(request: Request) -> dict[str, Any]:
    """What was found for `?q=`, perhaps of one `?kind=` or `?under=` one place."""
    words = request.GET.get("q", "").strip()
    kind, under = _asked_kind(request), asked_place(request)
    hits = _hits(request, words, kind, under)
    given = {"q": words, "kind": kind, "under": under.path if under else None}
    return {
        "words": words,
        "chosen_kind": kind or "",
        "under": under,
        "kinds": [("", "Everything"), *((each.name, each.plural) for each in all_kinds())],
        "total": hits.total,
        "hits": [_line(each) for each in hits.hits],
        "next": request.node_url("/-/search", **given, cursor=hits.next_cursor) if hits.next_cursor else None,
        "without_place": request.node_url("/-/search", **{**given, "under": None}),
        "breadcrumbs": breadcrumbs(request, "Search"),
    }


def _hits(request: Request, words: str, kind: str | None, under: NodeRow | None) -> Hits:
    if not words:
        return Hits([], None, 0)
    cursor = request.GET.get("cursor") or None
    given = {"kind": kind, "under": under, "limit": PAGE, "cursor": cursor, "count": True}
    return search(request.db, request.identity, words, **given)


def _line(hit: Hit) -> dict[str, Any]:
    return {"hit": hit, "icon": kind_icon(hit.node.kind), "kind": kind_of(hit.node.kind)}


def _asked_kind(request: Request) -> str | None:
    name = request.GET.get("kind") or None
    if name is not None and name not in {each.name for each in all_kinds()}:
        raise BadQuery(f"There is no kind {name!r}.", field="kind")
    return name


def asked_place(request: Request) -> NodeRow | None:
    """The place that `?under=` names, None for the whole site. Raises `BadQuery` for one that cannot be seen."""
    path = request.GET.get("under") or None
    if path is None or path == "/":
        return None
    found = visible_by_path(request.db, request.identity, [path]).get(path)
    if found is None:
        raise BadQuery(f"There is nothing at {path}, or nothing you may see.", field="under")
    return found


def includeme(config: Configurator) -> None:
    """The route and views of this module."""
    config.add_route("search", "/-/search")
    config.scan(__name__)
