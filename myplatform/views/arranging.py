"""Where nodes stand: forms to move, rename, copy and order them, and the button that puts them into the trash."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.arrangement import copy_node
from ..actions.bulk import Done, rename
from ..actions.ordering import order_children
from ..actions.selections import ask_if_many, ensure_place
from ..actions.trash import trash_node
from ..errors import Conflict, Invalid, Missing, NotAllowed
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.children import children_of
from ..queries.nodes import NodeRow, node_by_id, parent_path
from ..resources import NodeResource
from .editing import UNPROCESSABLE, sent_version
from .frame import breadcrumbs, kind_icon
from .inputs import text_of
from .places import choices, target
from .selection import most_inline, noticed, reached_by_more
from .toasts import see

ORDERED_LIMIT = 500


@view_config(
    context=NodeResource, name="@move", request_method="GET", permission=Permission.TRASH, renderer="move.jinja2"
)
def move_form(request: Request) -> dict[str, Any]:
    """Where to move the node, and under which address."""
    return _target_page(request, _("Move"), _as_it_is(request))


@view_config(
    context=NodeResource, name="@move", request_method="POST", permission=Permission.TRASH, renderer="move.jinja2"
)
def move(request: Request) -> dict[str, Any] | Response:
    """Move the node, and give it the title and address typed; first ask where others would notice."""
    node, sent = request.context.node, _sent(request)
    try:
        to = target(request, sent["to"])
        if text_of(request, "sure") != sent["to"] and (effects := noticed(request, [node], to)):
            return {**_target_page(request, _("Move"), sent), "effects": effects}
        if (job_id := _moved_by_job(request, sent, to)) is not None:
            return see(request, parent_path(node.path), job=job_id)
        with request.db.begin_nested():
            done = _renamed(request, sent, to)
    except (Invalid, Conflict, Missing, NotAllowed) as error:
        request.response.status_int = UNPROCESSABLE
        return _target_page(request, _("Move"), sent, error)
    return see(request, done.nodes[0].path, change=done.change)


@view_config(
    context=NodeResource, name="@rename", request_method="GET", permission=Permission.TRASH, renderer="rename.jinja2"
)
def rename_form(request: Request) -> dict[str, Any]:
    """The title and the address to change."""
    return _target_page(request, _("Rename"), _as_it_is(request))


@view_config(
    context=NodeResource, name="@rename", request_method="POST", permission=Permission.TRASH, renderer="rename.jinja2"
)
def rename_node(request: Request) -> dict[str, Any] | Response:
    """Give the node the title and the address typed, where it stands."""
    sent = _as_it_is(request) | {name: text for name, text in _sent(request).items() if name != "to"}
    try:
        if (job_id := _moved_by_job(request, sent, None)) is not None:
            return see(request, parent_path(request.context.node.path), job=job_id)
        with request.db.begin_nested():
            done = _renamed(request, sent, None)
    except (Invalid, Conflict, Missing, NotAllowed) as error:
        request.response.status_int = UNPROCESSABLE
        return _target_page(request, _("Rename"), sent, error)
    return see(request, done.nodes[0].path, change=done.change)


@view_config(
    context=NodeResource, name="@copy", request_method="GET", permission=Permission.VIEW, renderer="copy.jinja2"
)
def copy_form(request: Request) -> dict[str, Any]:
    """Where to copy the node."""
    node = request.context.node
    sent = {"to": parent_path(node.path), "title": _("Copy of %(title)s", title=node.title), "slug": ""}
    return _target_page(request, _("Copy"), sent)


@view_config(
    context=NodeResource, name="@copy", request_method="POST", permission=Permission.VIEW, renderer="copy.jinja2"
)
def copy(request: Request) -> dict[str, Any] | Response:
    """Copy the node with what is in it, and go to the copy; first ask where more people could reach that."""
    node, sent = request.context.node, _sent(request)
    try:
        to = target(request, sent["to"])
        if text_of(request, "sure") != sent["to"] and (effects := reached_by_more(request, [node], to)):
            return {**_target_page(request, _("Copy"), sent), "effects": effects}
        if (job_id := _copied_by_job(request, sent, to)) is not None:
            return see(request, to.path, job=job_id)
        with request.db.begin_nested():
            made = copy_node(request.db, node, by=request.identity, to=to, **_names_of(sent)).node
    except (Invalid, Conflict, Missing, NotAllowed) as error:
        request.response.status_int = UNPROCESSABLE
        return _target_page(request, _("Copy"), sent, error)
    return see(request, made.path, changed_node=made.id)


@view_config(
    context=NodeResource, name="@order", request_method="GET", permission=Permission.EDIT, renderer="order.jinja2"
)
def order_form(request: Request) -> dict[str, Any]:
    """The children in their order, each with a number to change."""
    rows = children_of(request.db, request.identity, request.context.node.id, limit=ORDERED_LIMIT)
    lines = [{"node": row, "icon": kind_icon(row.kind)} for row in rows]
    return {"node": request.context.node, "lines": lines, "breadcrumbs": breadcrumbs(request, _("Order"))}


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
    change = trash_node(request.db, node, by=request.identity, expected_version=version)[1]
    return see(request, parent_path(node.path), change=change)


def _moved_by_job(request: Request, sent: dict[str, str], to: NodeRow | None) -> int | None:
    """The id of the job that moves the node, where there is much in it that goes along to another address."""
    node, given = request.context.node, _given(request, sent)
    slug = given["slug"] or node.slug
    if node.parent_id is None or ((to is None or to.id == node.parent_id) and slug == node.slug):
        return None
    to = to or node_by_id(request.db, node.parent_id)
    ensure_place(request.db, node, to, slug, expected_version=given["expected_version"])
    asked = {"by": request.identity, "to": to.id, "most": most_inline(request), "options": given}
    return ask_if_many(request.db, "rename", [node.id], **asked)


def _copied_by_job(request: Request, sent: dict[str, str], to: NodeRow) -> int | None:
    """The id of the job that copies the node, where there is much in it."""
    node, names = request.context.node, _names_of(sent)
    if names["slug"]:
        ensure_place(request.db, node, to, names["slug"], is_new=True)
    asked = {"by": request.identity, "to": to.id, "most": most_inline(request), "options": names}
    return ask_if_many(request.db, "copy", [node.id], **asked)


def _names_of(sent: dict[str, str]) -> dict[str, str | None]:
    return {"title": sent["title"] or None, "slug": sent["slug"] or None}


def _renamed(request: Request, sent: dict[str, str], to: NodeRow | None) -> Done:
    """Title, place and address as sent: one change takes all of it back."""
    return rename(request.db, request.context.node, by=request.identity, to=to, **_given(request, sent))


def _given(request: Request, sent: dict[str, str]) -> dict[str, Any]:
    if not sent["title"]:
        raise Invalid.one("title", _("cannot be empty"))
    version = sent_version(request) if "version" in request.POST else None
    return {"title": sent["title"], "slug": sent["slug"] or None, "expected_version": version}


def _as_it_is(request: Request) -> dict[str, str]:
    node = request.context.node
    return {"to": parent_path(node.path), "title": node.title, "slug": node.slug}


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
            raise Invalid.one("order", _("“%(text)s” is not a number", text=text)) from None
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
        "effects": [],
        "breadcrumbs": breadcrumbs(request, heading),
    }


def _messages(error: Invalid | Conflict | Missing | NotAllowed | None) -> dict[str, list[str]]:
    if isinstance(error, Invalid):
        return error.by_field()
    if isinstance(error, Conflict):
        return {error.field: [error.message]}
    return {"": [error.message]} if error is not None else {}
