"""What a new page begins with: nothing, or the text of a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.dates import format_date
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from ..fields import RichText
from ..kinds import Kind
from ..languages import gettext as _
from ..languages import noun, reader
from ..markup import plain_text
from ..models import utc_now
from ..placeholders import filled
from ..queries.page_templates import page_templates, template_by_id
from ..resources import is_number
from .forms import Sent
from .frame import breadcrumbs

BLANK = "none"
PLACEHOLDERS = ("date", "me", "title")
WORDS_SHOWN = 140


def choice_of_templates(request: Request, kind: type[Kind]) -> Response | None:
    """A page to choose a template from, where there are any and none is chosen yet."""
    if "is_template" not in kind.fields or "template" in request.GET:
        return None
    rows = page_templates(request.db, request.identity, request.context.node)
    if not rows:
        return None
    values = {
        "node": request.context.node,
        "kind": kind,
        "blank": BLANK,
        "templates": [{"row": row, "words": _first_words(row.beginning)} for row in rows],
        "breadcrumbs": breadcrumbs(request, _("New %(kind)s", kind=noun(kind.label))),
    }
    return render_to_response("templates.jinja2", values, request=request)


def beginning(request: Request, kind: type[Kind]) -> Sent | None:
    """What the form of a new page holds at first: the text of `?template=ID`. Raises `Missing`."""
    asked = request.GET.get("template", "")
    if "is_template" not in kind.fields or not is_number(asked):
        return None
    template = template_by_id(request.db, request.identity, int(asked))
    today = utc_now().astimezone(reader().time_zone).date()
    known = {"date": format_date(today, "long", locale=reader().locale), "me": request.identity.display_name}
    body = filled(template.body or "", known)
    return Sent(kind, {"body": [body], "keywords": [template.keywords or ""], "template": [str(template.id)]})


def with_title(kind: type[Kind], values: Mapping[str, Any], sent: Sent) -> dict[str, Any]:
    """The values of a page made from a template, with its title where the template's text asks for it."""
    if not sent.text("template"):
        return dict(values)
    known = {"title": values["title"]}
    texts = {name for name, field in kind.fields.items() if isinstance(field, RichText)}
    return {
        name: filled(value, known) if name in texts and isinstance(value, str) else value
        for name, value in values.items()
    }


def _first_words(text: str) -> str:
    words = " ".join(plain_text(filled(text, dict.fromkeys(PLACEHOLDERS, "…"))).split())
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN].rsplit(' ', 1)[0]} …"


