"""Downloading a place, or what was chosen of one, as a zip."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.bulk import Hindered, chosen
from ..actions.selections import count_inside
from ..actions.transferring import ask_for_export
from ..delivery import LOCKED_IN, disposition
from ..permissions import Permission
from ..resources import NodeResource
from ..transfer.zipping import Zip, zip_of
from .selection import back_to, chosen_ids, most_inline, refused


@view_config(context=NodeResource, name="@zip", request_method="GET", permission=Permission.VIEW)
def zip_place(request: Request) -> Response:
    """The place with all in it that the asker may see."""
    node = request.context.node
    made = zip_of(request.db, request.files, [node], by=request.identity, whole=node.kind != "file", **_most(request))
    return _sent(made, node.slug or request.appearance.title)


@view_config(route_name="selection_zip", request_method="POST", permission=Permission.SIGNED_IN)
def zip_selection(request: Request) -> Response:
    """What was chosen, each with all in it that the asker may see; much is packed by a job."""
    try:
        nodes = chosen(request.db, chosen_ids(request), Permission.VIEW, by=request.identity)
    except Hindered as hindered:
        return refused(request, hindered)
    if count_inside(request.db, nodes) > most_inline(request):
        title = request.registry["settings"]["site.title"]
        return back_to(request, job=ask_for_export(request.db, nodes, by=request.identity, site_title=title))
    made = zip_of(request.db, request.files, nodes, by=request.identity, whole=False, **_most(request))
    return _sent(made, nodes[0].slug if len(nodes) == 1 else request.appearance.title)


def _most(request: Request) -> dict[str, int]:
    settings = request.registry["settings"]
    return {"most_bytes": settings["files.zip_max_size"], "most_nodes": settings["files.zip_max_count"]}


def _sent(made: Zip, name: str) -> Response:
    response = Response(app_iter=made, content_type="application/zip")
    response.charset = None
    response.headers["Content-Disposition"] = disposition(f"{name}.zip", inline=False)
    response.headers["Content-Security-Policy"] = LOCKED_IN
    response.cache_control = "private, no-store"
    return response


def includeme(config: Configurator) -> None:
    """The route and views of this module."""
    config.add_route("selection_zip", "/-/selection/zip")
    config.scan(__name__)
