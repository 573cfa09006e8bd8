"""Seeing the site as somebody else: the buttons that start and stop it."""

from __future__ import annotations

from dataclasses import replace

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from ..actions.seeing import start_seeing, stop_seeing
from ..errors import Invalid
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.nodes import permitted, visible_nodes
from ..queries.principals import find_principal
from ..resources import NodeResource
from .inputs import text_of


@view_config(context=NodeResource, name="@see-as", request_method="POST", permission=Permission.SHARE)
def start(request: Request) -> HTTPSeeOther:
    """Go to the place as the person sent sees it."""
    node = request.context.node
    principal = find_principal(request.db, text_of(request, "person"), field="person")
    kind, _colon, name = principal.partition(":")
    if kind != "user":
        raise Invalid.one("person", _("must be a person, not a group"))
    start_seeing(request.db, node, name, by=request.identity, session_id=request.credential.session_id)
    return HTTPSeeOther(request.node_url(node.path))


@view_config(route_name="stop_seeing", request_method="POST", permission=Permission.SIGNED_IN)
def stop(request: Request) -> HTTPSeeOther:
    """Be oneself again, back on the sharing page where this began."""
    started_at = stop_seeing(request.db, by=request.identity, session_id=request.credential.session_id)
    oneself = replace(request.identity, seen_as=None)
    node = visible_nodes(request.db, oneself, [started_at or 0]).get(started_at)
    if node is None or not permitted(request.db, oneself, node.id, Permission.SHARE):
        return HTTPSeeOther(request.node_url("/"))
    return HTTPSeeOther(request.node_url(node.path, "@sharing"))


def includeme(config: Configurator) -> None:
    """The route of this module."""
    config.add_route("stop_seeing", "/-/stop-seeing")
    config.scan(__name__)
