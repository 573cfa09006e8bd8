"""Finding one's way: permanent links, old addresses, the branches of the sidebar's tree, places to move things to."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMovedPermanently, HTTPPermanentRedirect, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy import Row

from ..actions.bulk import undo_selection
from ..actions.history import SELECTION, undo_change
from ..database import SAFE_METHODS
from ..errors import Invalid, Missing
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.changes import change_by_id
from ..queries.navigation import places_inside
from ..queries.nodes import NodeRow, parent_path, permitted, redirect_target, visible_by_path
from ..queries.places import places_to_add
from ..resources import is_number, node_by_id_factory
from .frame import level
from .inputs import text_of
from .toasts import see


@view_config(route_name="permalink", request_method="GET", permission=Permission.VIEW)
def permalink(request: Request) -> HTTPSeeOther:
    """Lead to where a node stands now; the address of a node in the trash is not found."""
    node = request.context.node
    if node.trash_id is not None:
        raise Missing
    return HTTPSeeOther(request.node_url(node.path))


@view_config(route_name="branches", request_method="GET", permission=Permission.VIEW, renderer="branches_page.jinja2")
def branches(request: Request) -> dict[str, Any]:
    """The places inside one place, or those behind the cursor in `?after=`, for opening a branch where it stands."""
    node = request.context.node
    found = level(places_inside(request.db, request.identity, node.id, request.GET.get("after") or None))
    return {"branches": found.places, "more": found.more, "parent": node}


@view_config(route_name="undo", request_method="POST", permission=Permission.SIGNED_IN)
def undo(request: Request) -> HTTPSeeOther:
    """Take one change back and go to the node; or all changes of a selection, and go to where it was taken back."""
    number = text_of(request, "change")
    if not is_number(number):
        raise Invalid.one("change", _("is missing; go back, load the page again and repeat"))
    change = change_by_id(request.db, int(number))
    if change.subject == SELECTION:
        return _undo_selection(request, change)
    node = undo_change(request.db, change, by=request.identity)
    path = node.path if node.trash_id is None else parent_path(node.path)
    return see(request, path, changed_node=node.id)


def _undo_selection(request: Request, change: Row[Any]) -> HTTPSeeOther:
    if change.actor != request.identity.name:
        raise Missing
    done = undo_selection(request.db, change, by=request.identity)
    first = done.nodes[0] if done.nodes else None
    return see(request, parent_path(first.path) if first is not None else "/", change=done.change)


def old_address(request: Request, tree: str = "") -> HTTPMovedPermanently | HTTPPermanentRedirect | None:
    """The answer for an address that a visible node once had: where it stands now, the same view of it.

    `tree` is the path below which the addresses of nodes are. A browser sends a form that was opened before the move
    to the new address as it was filled in.
    """
    names = request.path_info.removeprefix(tree).strip("/").split("/")
    split = next((number for number, name in enumerate(names) if name.startswith("@")), len(names))
    found = redirect_target(request.db, request.identity, "/" + "/".join(names[:split]))
    if found is None:
        return None
    node, below = found
    path = f"{node.path.rstrip('/')}/{below}" if below else node.path
    url = request.node_url(tree + path, "/".join(names[split:]))
    moved = HTTPMovedPermanently if request.method in SAFE_METHODS else HTTPPermanentRedirect
    return moved(f"{url}?{request.query_string}" if request.query_string else url)


def choices(request: Request) -> list[Any]:
    """The places to which the asker may add something, to suggest when a target is asked for."""
    return places_to_add(request.db, request.identity)


def target(request: Request, path: str) -> NodeRow:
    """The place at a typed path, to which the asker may add. Raises `Invalid`."""
    path = "/" + path.strip().strip("/")
    node = visible_by_path(request.db, request.identity, [path]).get(path) if "\0" not in path else None
    if node is None:
        raise Invalid.one("to", _("there is nothing at %(path)s, or nothing you may see", path=path))
    if not permitted(request.db, request.identity, node.id, Permission.ADD):
        raise Invalid.one("to", _("you may not add anything to “%(title)s”", title=node.title))
    return node


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("permalink", "/-/id/{id}", factory=node_by_id_factory)
    config.add_route("branches", "/-/branches/{id}", factory=node_by_id_factory)
    config.add_route("undo", "/-/undo")
    config.scan(__name__)
