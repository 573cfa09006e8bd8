"""Finding as one types, for the command palette, for links and for sharing: answers for scripts."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from ..errors import BadQuery, Missing
from ..kinds import all_kinds
from ..permissions import Permission
from ..queries.finding import Found, find
from ..queries.principals import may_search_principals, principals_called
from .frame import kind_icon
from .searching import asked_place

SHOWN = 8
MOST_SHOWN = 50
LONGEST = 200


@view_config(route_name="find", request_method="GET", permission=Permission.SIGNED_IN, renderer="json")
def found(request: Request) -> dict[str, Any]:
    """Places and people for `?q=`, best first; `kinds` and `under` narrow, `limit` says how many."""
    hits = find(
        request.db,
        request.identity,
        _typed(request),
        kinds=_asked_kinds(request),
        under=asked_place(request),
        limit=_limit(request),
    )
    return {"items": [_item(request, each) for each in hits]}


@view_config(route_name="find_principals", request_method="GET", permission=Permission.SIGNED_IN, renderer="json")
def principals(request: Request) -> dict[str, Any]:
    """Users and groups for `?q=`; nothing is found for those who may share nowhere."""
    if not may_search_principals(request.db, request.identity):
        raise Missing
    hits = principals_called(request.db, _typed(request), limit=_limit(request))
    return {"items": [each._asdict() for each in hits]}


def _item(request: Request, hit: Found) -> dict[str, Any]:
    return {
        "id": hit.id,
        "kind": hit.kind,
        "title": hit.title,
        "path": hit.path,
        "url": request.node_url(hit.path),
        "icon": kind_icon(hit.kind),
        "summary": hit.summary,
        "photo": request.node_url(f"/-/thumbnail/{hit.photo_id}") if hit.photo_id is not None else None,
    }


def _typed(request: Request) -> str:
    return request.GET.get("q", "").replace("\0", "")[:LONGEST]


def _asked_kinds(request: Request) -> list[str]:
    names = [name for name in request.GET.get("kinds", "").split(",") if name]
    known = {kind.name for kind in all_kinds()}
    for name in names:
        if name not in known:
            raise BadQuery(f"There is no kind {name!r}.", field="kinds")
    return names


def _limit(request: Request) -> int:
    text = request.GET.get("limit", str(SHOWN))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_SHOWN):
        raise BadQuery(f"limit must be a number from 1 to {MOST_SHOWN}.", field="limit")
    return int(text)


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("find", "/-/find")
    config.add_route("find_principals", "/-/find/principals")
    config.scan(__name__)
