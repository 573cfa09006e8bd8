"""Where nodes stand: forms to move, rename, copy and order them, and the button that puts them into the trash."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.arrangement import copy_node, move_node, order_children
from ..actions.content import edit_node
from ..actions.trash import trash_node
from ..errors import Conflict, Invalid, Missing, NotAllowed
from ..permissions import Permission
from ..queries.children import children_of
from ..queries.nodes import NodeRow, node_by_path, permitted, visible_by_path
from ..resources import NodeResource
from .editing import UNPROCESSABLE, sent_version
from .frame import breadcrumbs, kind_icon
from .inputs import text_of
from .places import choices
from .toasts import see

ORDERED_LIMIT = 500


@view_config(
    context=NodeResource, name="@move", request_method="GET", permission=Permission.TRASH, renderer="move.jinja2"
)
def move_form(request: Request) -> dict[str, Any]:
    """Where to move the node, and under which address."""
    node = request.context.node
    return _target_page(request, "Move or rename", {"to": _parent_path(node), "title": node.title, "slug": node.slug})


@view_config(
    context=NodeResource, name="@move", request_method="POST", permission=Permission.TRASH, renderer="move.jinja2"
)
def move(request: Request) -> dict[str, Any] | Response:
    """Move the node, and give it the title and address typed."""
    node, sent = request.context.node, _sent(request)
    try:
        with request.db.begin_nested():
            moved = _moved(request, node, sent)
    except (Invalid, Conflict, Missing, NotAllowed) as error:
        request.response.status_int = UNPROCESSABLE
        return _target_page(request, "Move or rename", sent, error)
    return see(request, moved.path, changed_node=node.id)


@view_config(
    context=NodeResource, name="@copy", request_method="GET", permission=Permission.VIEW, renderer="copy.jinja2"
)
def copy_form(request: Request) -> dict[str, Any]:
    """Where to copy the node."""
    node = request.context.node
    sent = {"to": _parent_path(node), "title": f"Copy of {node.title}", "slug": ""}
    return _target_page(request, "Copy", sent)


@view_config(
    context=NodeResource, name="@copy", request_method="POST", permission=Permission.VIEW, renderer="copy.jinja2"
)
def copy(request: Request) -> dict[str, Any] | Response:
    """Copy the node with what is in it, and go to the copy."""
    node, sent = request.context.node, _sent(request)
    try:
        with request.db.begin_nested():
            to = _target(request, sent["to"])
            title = sent["title"] or None
            made = copy_node(request.db, node, by=request.identity, to=to, slug=sent["slug"] or None, title=title).node
    except (Invalid, Conflict, Missing, NotAllowed) as error:
        request.response.status_int = UNPROCESSABLE
        return _target_page(request, "Copy", sent, error)
    return see(request, made.path, changed_node=made.id)


@view_config(
    context=NodeResource, name="@order", request_method="GET", permission=Permission.EDIT, renderer="order.jinja2"
)
def order_form(request: Request) -> dict[str, Any]:
    """The children in their order, each with a number to change."""
    rows = children_of(request.db, request.identity, request.context.node.id, limit=ORDERED_LIMIT)
    lines = [{"node": row, "icon": kind_icon(row.kind)} for row in rows]
    return {"node": request.context.node, "lines": lines, "breadcrumbs": breadcrumbs(request, "Order")}


@view_config(context=NodeResource, name="@order", request_method="POST", permission=Permission.EDIT)
def order(request: Request) -> Response:
    """Put the children into the order of the numbers sent, or move one a step up or down."""
    node = request.context.node
    rows = children_of(request.db, request.identity, node.id, limit=ORDERED_LIMIT)
    order_children(request.db, node, _sent_order(request, [row.id for row in rows]), by=request.identity)
    return see(request, node.path, changed_node=node.id)


@view_config(context=NodeResource, name="@trash", request_method="POST", permission=Permission.TRASH)
def trash(request: Request) -> Response:
    """Put the node with all it holds into the trash and go to where it was."""
    node = request.context.node
    version = sent_version(request) if "version" in request.POST else None
    _, change = trash_node(request.db, node, by=request.identity, expected_version=version)
    return see(request, _parent_path(node), change=change)


def _moved(request: Request, node: NodeRow, sent: dict[str, str]) -> NodeRow:
    """Move first, then rename: each is a change of its own, the move being the one that undo takes back."""
    title = sent["title"]
    if title != node.title:
        values = {"title": title}
        if not title:
            raise Invalid.one("title", "cannot be empty")
        node = edit_node(request.db, node, values, by=request.identity, expected_version=None).node
    to = _target(request, sent["to"])
    return move_node(request.db, node, by=request.identity, to=to, slug=sent["slug"] or node.slug)


def _target(request: Request, path: str) -> NodeRow:
    """The place at a typed path, to which the asker may add. Raises `Invalid`."""
    path = "/" + path.strip().strip("/")
    if path not in visible_by_path(request.db, request.identity, [path]):
        raise Invalid.one("to", f"there is nothing at {path}, or nothing you may see")
    node = node_by_path(request.db, path)
    if not permitted(request.db, request.identity, node.id, Permission.ADD):
        raise Invalid.one("to", f"you may not add anything to {node.title!r}")
    return node


def _sent(request: Request) -> dict[str, str]:
    return {name: text_of(request, name).strip() for name in ("to", "title", "slug")}


def _sent_order(request: Request, ids: list[int]) -> list[int]:
    """The ids by the numbers typed beside them; what has none keeps its place behind the others."""
    places: dict[int, float] = {}
    for place, node_id in enumerate(ids, start=1):
        text = text_of(request, f"place-{node_id}").strip()
        try:
            places[node_id] = float(text) if text else place
        except ValueError:
            raise Invalid.one("order", f"{text!r} is not a number") from None
    return sorted(ids, key=lambda node_id: places[node_id])


def _target_page(
    request: Request,
    heading: str,
    sent: dict[str, str],
    error: Invalid | Conflict | Missing | NotAllowed | None = None,
) -> dict[str, Any]:
    return {
        "node": request.context.node,
        "sent": sent,
        "places": choices(request),
        "errors": _messages(error),
        "breadcrumbs": breadcrumbs(request, heading),
    }


def _messages(error: Invalid | Conflict | Missing | NotAllowed | None) -> dict[str, list[str]]:
    if isinstance(error, Invalid):
        return error.by_field()
    if isinstance(error, Conflict):
        return {error.field: [error.message]}
    return {"": [error.message]} if error is not None else {}


def _parent_path(node: NodeRow) -> str:
    return node.path.rpartition("/")[0] or "/"
