"""The places somebody visited last, kept in a cookie of their browser: reading a page writes nothing here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.events import ContextFound
from pyramid.request import Request
from pyramid.response import Response

from ..queries.nodes import NodeRow, visible_nodes
from ..resources import NodeResource
from ..schemes import is_https

COOKIE = "visited"
KEPT = 8
MONTHS = 60 * 24 * 3600
"""Seconds that a browser remembers them."""
WELL_FORMED = re.compile(r"(\d{1,12}):(\d{1,18}(?:\.\d{1,18})*)", re.ASCII)


def visited_ids(request: Request) -> list[int]:
    """The ids of the nodes visited last, the latest first; of the person who is signed in now only."""
    found = WELL_FORMED.fullmatch(request.cookies.get(COOKIE, ""))
    if found is None or found[1] != str(request.identity.user_id):
        return []
    return [int(each) for each in found[2].split(".")][:KEPT]


def visited_nodes(request: Request) -> list[NodeRow]:
    """The nodes visited last that are still there and visible. One statement, none without a visit."""
    ids = visited_ids(request)
    nodes = visible_nodes(request.db, request.identity, ids)
    return [nodes[each] for each in ids if each in nodes]


def note_visit(event: ContextFound) -> None:
    """Remember the node whose page is being shown."""
    request = event.request
    context = request.context
    is_page = isinstance(context, NodeResource) and not request.view_name and request.matched_route is None
    if is_page and request.method == "GET" and context.node.parent_id is not None and not request.is_xhr:
        request.add_response_callback(_remember(context.node.id))


def _remember(node_id: int) -> Callable[[Request, Response], None]:
    def remember(request: Request, response: Response) -> None:
        user_id = request.identity.user_id
        if user_id is None or not request.identity.is_oneself or response.status_int != 200:
            return
        before = visited_ids(request)
        if before[:1] == [node_id]:
            return
        ids = [node_id, *(each for each in before if each != node_id)][:KEPT]
        value = f"{user_id}:{'.'.join(map(str, ids))}"
        response.set_cookie(COOKIE, value, max_age=MONTHS, **_attributes(request))

    return remember


def forget_visits(request: Request, response: Response) -> None:
    """Take the places visited last out of the browser, as when somebody signs out of it."""
    if COOKIE in request.cookies:
        response.set_cookie(COOKIE, "", max_age=0, **_attributes(request))


def _attributes(request: Request) -> dict[str, Any]:
    path = request.script_name or "/"
    return {"path": path, "httponly": True, "samesite": "Lax", "secure": is_https(request)}


def includeme(config: Configurator) -> None:
    """Note each node's page that somebody opens."""
    config.add_subscriber(note_visit, ContextFound)
