"""Two people edited the same thing: the second sees both texts side by side and loses nothing."""

from __future__ import annotations

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from ..difference import difference
from ..queries.accounts import principal_titles
from ..queries.nodes import Entry, node_by_id
from .forms import Form, Sent, form_of
from .frame import breadcrumbs

CONFLICT = 409


def conflict_page(request: Request, current: Entry, sent: Sent, version: int) -> Response:
    """Both texts, what differs, and a form that saves the asker's text, as mended by them, as the next version."""
    node = node_by_id(request.db, current.node.id)
    form = form_of(request, current.kind, sent=sent)
    values = {
        "form": form,
        "node": node,
        "who": principal_titles(request.db, {node.modified_by})[node.modified_by],
        "sides": _sides(request, form, current),
        "started_from": version,
        "breadcrumbs": breadcrumbs(request, "Two edits"),
    }
    response = render_to_response("conflict.jinja2", values, request=request)
    response.status_int = CONFLICT
    return response


def _sides(request: Request, form: Form, current: Entry) -> list[dict[str, Any]]:
    """For each input that differs: its label, the text that stands, and how the asker's text differs from it."""
    standing = {each.name: each.value for each in form_of(request, current.kind, entry=current).inputs}
    sides = []
    for each in form.inputs:
        mine, theirs = _text(each.value), _text(standing[each.name])
        if mine.replace("\r\n", "\n") != theirs:
            sides.append({"label": each.label, "theirs": theirs, "rows": difference(theirs, mine).rows})
    return sides


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
