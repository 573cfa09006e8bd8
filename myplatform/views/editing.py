"""Making and editing nodes of any kind through a form built from the kind's fields; nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.content import create_node, edit_node
from ..actions.drafts import forget_draft
from ..errors import Conflict, Invalid
from ..kinds import Kind, kind_named, kind_of
from ..languages import gettext as _
from ..languages import noun
from ..permissions import Permission
from ..queries.drafts import draft_of
from ..queries.nodes import entry_of
from ..resources import NodeResource, is_number
from ..values import from_form
from .beginnings import beginning, choice_of_templates, with_title
from .conflicts import conflict_page, settled
from .drafts import ShownDraft, form_with
from .forms import Form, form_of, sent_values
from .frame import breadcrumbs
from .inputs import text_of
from .toasts import see

UNPROCESSABLE = 422
LONGEST_NOTE = 300


@view_config(
    context=NodeResource, name="@new", request_method="GET", permission=Permission.ADD, renderer="new.jinja2"
)
def new(request: Request) -> dict[str, Any] | Response:
    """The form for a node of the kind in `?kind=`: with what was typed before, from a template, or empty."""
    kind = asked_kind(request)
    draft = draft_of(request.db, request.identity, request.context.node.id, kind.name)
    if draft is not None:
        form, shown = form_with(request, kind, draft, None)
        return _new_page(request, form, shown)
    chooser = choice_of_templates(request, kind)
    return chooser or _new_page(request, form_of(request, kind, sent=beginning(request, kind)))


@view_config(
    context=NodeResource, name="@new", request_method="POST", permission=Permission.ADD, renderer="new.jinja2"
)
def create(request: Request) -> dict[str, Any] | Response:
    """Make the node and go to it, or show the form again with what is wrong."""
    kind, parent = asked_kind(request), request.context.node
    sent = sent_values(request, kind)
    slug = text_of(request, "slug").strip() or None
    try:
        values = with_title(kind, from_form(kind, sent.resolved(request), partial=False), sent)
        with request.db.begin_nested():
            entry = create_node(request.db, parent, kind, values, by=request.identity, slug=slug)
    except (Invalid, Conflict) as error:
        request.response.status_int = UNPROCESSABLE
        return _new_page(request, form_of(request, kind, sent=sent, error=error))
    forget_draft(request.db, by=request.identity, place_id=parent.id, kind=kind.name)
    return see(request, entry.node.path, changed_node=entry.node.id)


@view_config(
    context=NodeResource, name="@edit", request_method="GET", permission=Permission.EDIT, renderer="edit.jinja2"
)
def edit(request: Request) -> dict[str, Any]:
    """The form with the node's values, or with what the asker typed before and has not saved."""
    entry = entry_of(request.db, request.context.node)
    draft = draft_of(request.db, request.identity, entry.node.id)
    if draft is not None:
        form, shown = form_with(request, entry.kind, draft, entry)
        return _edit_page(request, form, draft.version, shown)
    return _edit_page(request, form_of(request, entry.kind, entry=entry), entry.node.version)


@view_config(
    context=NodeResource, name="@edit", request_method="POST", permission=Permission.EDIT, renderer="edit.jinja2"
)
def save(request: Request) -> dict[str, Any] | Response:
    """Save and go to the node; show the form again with what is wrong, or merge where somebody was quicker."""
    node = request.context.node
    kind = kind_of(node.kind)
    version = sent_version(request)
    sent = settled(request, sent_values(request, kind), version)
    try:
        values, note = from_form(kind, sent.resolved(request), partial=True), sent_note(request)
        given = {"expected_version": version, "note": note, "unsaid_is_no": True}
        with request.db.begin_nested():
            saved = edit_node(request.db, node, values, by=request.identity, **given).node
    except Invalid as error:
        request.response.status_int = UNPROCESSABLE
        return _edit_page(request, form_of(request, kind, sent=sent, error=error), version)
    except Conflict:
        if (page := conflict_page(request, sent, version)) is not None:
            return page
        saved = node
    forget_draft(request.db, by=request.identity, place_id=node.id)
    return see(request, saved.path, changed_node=saved.id if saved.version != node.version else None)


def asked_kind(request: Request) -> type[Kind]:
    """The kind of `?kind=` (by default a page), which must be one that can stand here. Raises `Invalid`."""
    kind = kind_named(request.GET.get("kind") or text_of(request, "kind") or "page")
    parent = kind_of(request.context.node.kind)
    if not parent.may_contain(kind):
        given = {"kind": noun(kind.label), "place": noun(parent.label)}
        raise Invalid.one("kind", _("a %(kind)s cannot be made inside a %(place)s", **given))
    return kind


def sent_version(request: Request) -> int:
    """The version that an edit was made from. Raises `Invalid` where the form did not send one."""
    text = text_of(request, "version")
    if not is_number(text):
        raise Invalid.one("version", _("is missing from the form; open the page again and repeat your edit"))
    return int(text)


def sent_note(request: Request) -> str | None:
    """What the author says about the change. Raises `Invalid`."""
    note = " ".join(text_of(request, "note").split())
    if len(note) > LONGEST_NOTE:
        raise Invalid.one("note", _("can have at most %(n)s characters", n=LONGEST_NOTE))
    return note or None


def _new_page(request: Request, form: Form, draft: ShownDraft | None = None) -> dict[str, Any]:
    trail = breadcrumbs(request, _("New %(kind)s", kind=noun(form.kind.label)))
    return {"form": form, "node": request.context.node, "draft": draft, "breadcrumbs": trail}


def _edit_page(request: Request, form: Form, version: int, draft: ShownDraft | None = None) -> dict[str, Any]:
    trail = breadcrumbs(request, _("Edit"))
    return {"form": form, "node": request.context.node, "version": version, "draft": draft, "breadcrumbs": trail}
