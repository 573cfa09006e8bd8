"""Following places: the button on each, and the list of all."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from ..actions.following import follow, unfollow
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.following import followed_places
from ..resources import NodeResource, id_in_url
from .frame import breadcrumbs, kind_icon
from .inputs import text_of

URL = "/-/following"


@view_config(context=NodeResource, name="@follow", request_method="POST", permission=Permission.VIEW)
def follow_node(request: Request) -> HTTPSeeOther:
    """From now on changes here stand on the asker's home page; with `stop` not any more."""
    node = request.context.node
    if text_of(request, "stop"):
        unfollow(request.db, node.id, by=request.identity)
    else:
        follow(request.db, node, by=request.identity)
    return HTTPSeeOther(request.node_url(node.path))


@view_config(
    route_name="following", request_method="GET", permission=Permission.SIGNED_IN, renderer="following.jinja2"
)
def following(request: Request) -> dict[str, Any]:
    """All that the asker follows."""
    rows = followed_places(request.db, request.identity)
    lines = [{"node": row, "icon": kind_icon(row.kind)} for row in rows]
    return {"lines": lines, "breadcrumbs": breadcrumbs(request, _("What you follow"))}


@view_config(route_name="unfollow", request_method="POST", permission=Permission.SIGNED_IN)
def stop_following(request: Request) -> HTTPSeeOther:
    """Stop following one of the list."""
    unfollow(request.db, id_in_url(request), by=request.identity)
    return HTTPSeeOther(request.node_url(URL))


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("following", URL)
    config.add_route("unfollow", f"{URL}/{{id}}/stop")
    config.scan(__name__)
