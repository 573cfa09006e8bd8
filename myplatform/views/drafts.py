"""What somebody has typed and not saved yet: kept by the form's script or button, shown again, dropped."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from babel.dates import format_time
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.drafts import drop_draft, keep_draft
from ..kinds import Kind, kind_named, kind_of
from ..languages import gettext as _
from ..languages import reader
from ..models import utc_now
from ..permissions import Permission
from ..queries.drafts import DraftRow, draft_values, drafts_of
from ..queries.nodes import Entry, visible_nodes
from ..resources import NodeResource, id_in_url
from .differing import differing
from .forms import Form, Sent, form_of, sent_values
from .frame import breadcrumbs, kind_icon
from .inputs import text_of

MOST = 200
LIST = "/-/drafts"


@dataclass(frozen=True)
class ShownDraft:
    """The draft that a form was opened with: which, when it was kept, and how it differs from what is stored."""

    id: int
    saved_at: dt.datetime
    version: int
    sides: list[dict[str, Any]]


def form_with(request: Request, kind: type[Kind], draft: DraftRow, entry: Entry | None) -> tuple[Form, ShownDraft]:
    """The form of a kind with a draft's text in it; `entry` is the stored node that the draft is an edit of."""
    form = form_of(request, kind, entry=entry, sent=Sent(kind, draft.values))
    stored = form_of(request, kind, entry=entry)
    return form, ShownDraft(draft.id, draft.saved_at, draft.version, differing(stored.inputs, form.inputs))


@view_config(context=NodeResource, name="@draft", request_method="POST", permission=Permission.EDIT)
def keep(request: Request) -> Response:
    """Keep what the form of an edit holds."""
    node = request.context.node
    version = text_of(request, "version")
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    return _kept(request, kind_of(node.kind), "", int(version) if is_number else node.version)


@view_config(context=NodeResource, name="@new-draft", request_method="POST", permission=Permission.ADD)
def keep_new(request: Request) -> Response:
    """Keep what the form of a new node holds."""
    kind = kind_named(request.GET.get("kind", "page"))
    return _kept(request, kind, kind.name, 0)


def _kept(request: Request, kind: type[Kind], kind_name: str, version: int) -> Response:
    node, sent = request.context.node, sent_values(request, kind)
    values = {"title": sent.text(kind.title_key), "values": sent.given}
    at = keep_draft(request.db, by=request.identity, place_id=node.id, kind=kind_name, version=version, **values)
    if "application/json" not in request.headers.get("Accept", ""):
        return HTTPSeeOther(form_url(request, node.path, kind_name))
    zone, locale = reader().time_zone, reader().locale
    words = _("Draft saved %(time)s", time=format_time(at.astimezone(zone), "short", locale=locale))
    return Response(json_body={"saved_at": at.isoformat(), "words": words})


def form_url(request: Request, path: str, kind_name: str) -> str:
    """Where a draft is written on: the form of the edit, or of a new node of that kind."""
    return request.node_url(path, "@new", kind=kind_name) if kind_name else request.node_url(path, "@edit")


@view_config(
    route_name="drafts", request_method="GET", permission=Permission.SIGNED_IN, renderer="drafts.jinja2"
)
def drafts(request: Request) -> dict[str, Any]:
    """The asker's drafts; the text of those whose place is out of reach is shown here."""
    rows = drafts_of(request.db, request.identity, MOST)
    texts = draft_values(request.db, request.identity, (row.id for row in rows if not row.may_continue))
    lines = [
        {
            "draft": row,
            "icon": kind_icon(row.kind or row.place_kind or "page"),
            "what": _(kind_of(row.kind).label) if row.kind else "",
            "url": form_url(request, row.place_path, row.kind) if row.may_continue else None,
            "texts": _texts(row.kind or row.place_kind or "page", texts.get(row.id, {})),
        }
        for row in rows
    ]
    return {"lines": lines, "now": utc_now(), "breadcrumbs": breadcrumbs(request, _("My drafts"))}


@view_config(route_name="drop_draft", request_method="POST", permission=Permission.SIGNED_IN)
def drop(request: Request) -> Response:
    """Throw a draft away, and go back to its form or to the list."""
    place_id, kind_name = drop_draft(request.db, id_in_url(request), by=request.identity)
    place = visible_nodes(request.db, request.identity, [place_id]).get(place_id)
    if text_of(request, "back") == "form" and place is not None:
        return HTTPSeeOther(form_url(request, place.path, kind_name))
    return HTTPSeeOther(request.node_url(LIST))


def _texts(kind_name: str, values: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Label and text of what a draft holds."""
    kind = kind_of(kind_name)
    labels = {kind.title_key: kind.title_label, **{name: field.label for name, field in kind.fields.items()}}
    given = ((label, "\n".join(values.get(name, ()))) for name, label in labels.items())
    return [(_(label), text) for label, text in given if text.strip()]


def includeme(config: Configurator) -> None:
    """Drafts have pages of their own beside the forms."""
    config.add_route("drafts", LIST)
    config.add_route("drop_draft", f"{LIST}/{{id}}/drop")
    config.scan(__name__)


