"""The trash: what lies in it, bringing it back, deleting it for good."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.selections import ask_if_many
from ..actions.trash import purge_node, restore_node
from ..errors import Conflict, Missing
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.trash import trashed_below, trashed_nodes
from ..resources import node_by_id_factory
from .frame import breadcrumbs, kind_icon
from .selection import most_inline
from .toasts import see, toast_of

PAGE = 50


@view_config(route_name="trash", request_method="GET", permission=Permission.SIGNED_IN, renderer="trash.jinja2")
def trash(request: Request) -> dict[str, Any]:
    """What the asker may see in the trash, the latest first."""
    page = trashed_nodes(request.db, request.identity, limit=PAGE, cursor=request.GET.get("cursor"))
    names = principal_titles(request.db, {each.node.trashed_by for each in page.rows})
    lines = [
        {"entry": each, "icon": kind_icon(each.node.kind), "who": names[each.node.trashed_by]} for each in page.rows
    ]
    following = request.node_url("/-/trash", cursor=page.next_cursor) if page.next_cursor else None
    return {
        "lines": lines,
        "next": following,
        "keep_days": request.registry["settings"]["trash.keep_days"],
        "toast": toast_of(request),
        "breadcrumbs": breadcrumbs(request, _("Trash")),
    }


@view_config(route_name="restore", request_method="POST", permission=Permission.TRASH)
def restore(request: Request) -> Response:
    """Bring a node back with all that went with it, and go to it."""
    node = restore_node(request.db, request.context.node, by=request.identity)
    return see(request, node.path, changed_node=node.id)


@view_config(route_name="purge", request_method="GET", permission=Permission.PURGE, renderer="purge.jinja2")
def purge_form(request: Request) -> dict[str, Any]:
    """Ask before a node is deleted for good."""
    node = request.context.node
    if node.trash_id != node.id:
        raise Missing
    below = trashed_below(request.db, node)
    return {"node": node, "below": below, "breadcrumbs": breadcrumbs_in_trash(request)}


@view_config(route_name="purge", request_method="POST", permission=Permission.PURGE)
def purge(request: Request) -> Response:
    """Delete a node of the trash for good."""
    node = request.context.node
    if request.POST.get("title") != node.title:
        raise Conflict(_("This is not what the page showed; load the trash again and repeat."))
    given = {"by": request.identity, "to": None, "most": most_inline(request)}
    if (job_id := ask_if_many(request.db, "purge", [node.id], **given)) is not None:
        return see(request, "/-/trash", job=job_id)
    purge_node(request.db, node, by=request.identity)
    return see(request, "/-/trash", changed_node=node.id)


def breadcrumbs_in_trash(request: Request) -> list[tuple[str, str]]:
    """The way to a node in the trash: the trash, then the node."""
    return [
        (_("Home"), request.node_url("/")),
        (_("Trash"), request.node_url("/-/trash")),
        (request.context.node.title, ""),
    ]


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("trash", "/-/trash")
    config.add_route("restore", "/-/trash/{id}/restore", factory=node_by_id_factory)
    config.add_route("purge", "/-/trash/{id}/purge", factory=node_by_id_factory)
    config.scan(__name__)
