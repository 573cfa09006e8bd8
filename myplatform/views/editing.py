"""Making and editing nodes of any kind through a form built from the kind's fields; nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.content import create_node, edit_node
from ..errors import Conflict, Invalid
from ..kinds import Kind, kind_named, kind_of
from ..permissions import Permission
from ..queries.nodes import entry_of
from ..resources import NodeResource
from ..values import from_form
from .conflicts import conflict_page
from .forms import Form, form_of, sent_values
from .frame import breadcrumbs
from .inputs import text_of
from .toasts import see

UNPROCESSABLE = 422


@view_config(
    context=NodeResource, name="@new", request_method="GET", permission=Permission.ADD, renderer="new.jinja2"
)
def new(request: Request) -> dict[str, Any]:
    """The empty form for a node of the kind in `?kind=`."""
    return _new_page(request, form_of(request, asked_kind(request)))


@view_config(
    context=NodeResource, name="@new", request_method="POST", permission=Permission.ADD, renderer="new.jinja2"
)
def create(request: Request) -> dict[str, Any] | Response:
    """Make the node and go to it, or show the form again with what is wrong."""
    kind = asked_kind(request)
    sent = sent_values(request, kind)
    slug = text_of(request, "slug").strip() or None
    try:
        values = from_form(kind, sent.resolved(request), partial=False)
        with request.db.begin_nested():
            entry = create_node(request.db, request.context.node, kind, values, by=request.identity, slug=slug)
    except (Invalid, Conflict) as error:
        request.response.status_int = UNPROCESSABLE
        return _new_page(request, form_of(request, kind, sent=sent, error=error))
    return see(request, entry.node.path, changed_node=entry.node.id)


@view_config(
    context=NodeResource, name="@edit", request_method="GET", permission=Permission.EDIT, renderer="edit.jinja2"
)
def edit(request: Request) -> dict[str, Any]:
    """The form with the node's values."""
    entry = entry_of(request.db, request.context.node)
    return _edit_page(request, form_of(request, entry.kind, entry=entry), entry.node.version)


@view_config(
    context=NodeResource, name="@edit", request_method="POST", permission=Permission.EDIT, renderer="edit.jinja2"
)
def save(request: Request) -> dict[str, Any] | Response:
    """Save and go to the node; show the form again with what is wrong, or both texts where somebody was quicker."""
    node = request.context.node
    kind = kind_of(node.kind)
    sent, version = sent_values(request, kind), sent_version(request)
    try:
        values = from_form(kind, sent.resolved(request), partial=True)
        with request.db.begin_nested():
            saved = edit_node(request.db, node, values, by=request.identity, expected_version=version).node
    except Invalid as error:
        request.response.status_int = UNPROCESSABLE
        return _edit_page(request, form_of(request, kind, sent=sent, error=error), version)
    except Conflict:
        return conflict_page(request, entry_of(request.db, node), sent, version)
    return see(request, saved.path, changed_node=saved.id if saved.version != node.version else None)


def asked_kind(request: Request) -> type[Kind]:
    """The kind of `?kind=` (by default a page), which must be one that can stand here. Raises `Invalid`."""
    kind = kind_named(request.GET.get("kind") or text_of(request, "kind") or "page")
    parent = kind_of(request.context.node.kind)
    if not parent.may_contain(kind):
        message = f"a {kind.label.lower()} cannot be made inside a {parent.label.lower()}"
        raise Invalid.one("kind", message)
    return kind


def sent_version(request: Request) -> int:
    """The version that an edit was made from. Raises `Invalid` where the form did not send one."""
    text = text_of(request, "version")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid.one("version", "is missing from the form; open the page again and repeat your edit")
    return int(text)


def _new_page(request: Request, form: Form) -> dict[str, Any]:
    trail = breadcrumbs(request, f"New {form.kind.label.lower()}")
    return {"form": form, "node": request.context.node, "breadcrumbs": trail}


def _edit_page(request: Request, form: Form, version: int) -> dict[str, Any]:
    trail = breadcrumbs(request, "Edit")
    return {"form": form, "node": request.context.node, "version": version, "breadcrumbs": trail}
