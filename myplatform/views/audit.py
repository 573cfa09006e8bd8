"""Administration: everybody's tokens, and everything that ever changed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.tokens import revoke_token
from ..errors import BadQuery
from ..languages import gettext as _
from ..languages import mark
from ..models import utc_now
from ..permissions import Permission
from ..queries.accounts import list_tokens
from ..queries.changes import AUDIT, audit
from ..queries.listing import Page, parse
from ..queries.nodes import visible_nodes
from ..resources import id_in_url, is_number
from .audit_words import ACTIONS, action_words, brief, names_of
from .users import frame

TOKENS_URL = "/-/admin/tokens"
AUDIT_URL = "/-/admin/audit"
PAGE = 100
MESSAGES = {"revoked": mark("The token is revoked")}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FILTERS = ("actor", "action", "subject", "path__startswith", "at__gte", "at__lt")


@view_config(
    route_name="admin_tokens", request_method="GET", permission=Permission.ADMINISTER, renderer="admin_tokens.jinja2"
)
def tokens(request: Request) -> dict[str, Any]:
    """Everybody's tokens, the newest first."""
    after = request.GET.get("after", "")
    place = int(after) if is_number(after) else None
    lines = list_tokens(request.db, after=place, limit=PAGE + 1)
    more = request.node_url(TOKENS_URL, after=lines[PAGE - 1][0].id) if len(lines) > PAGE else None
    return {
        "lines": lines[:PAGE],
        "next": more,
        "now": utc_now(),
        **frame(request, MESSAGES, (_("Tokens"), TOKENS_URL), ""),
    }


@view_config(route_name="admin_token_revoke", request_method="POST", permission=Permission.ADMINISTER)
def revoke(request: Request) -> Response:
    """End a token of anybody."""
    revoke_token(request.db, id_in_url(request), by=request.identity)
    return HTTPSeeOther(request.node_url(TOKENS_URL, done="revoked"))


@view_config(
    route_name="admin_audit", request_method="GET", permission=Permission.ADMINISTER, renderer="admin_audit.jinja2"
)
def show_audit(request: Request) -> dict[str, Any]:
    """All changes, newest first, with filters in the list grammar."""
    given = {name: request.GET.get(name, "").strip() for name in ("q", *FILTERS)}
    page = Page([], None)
    errors: dict[str, list[str]] = {}
    try:
        page = audit(request.db, parse(AUDIT, _query(request, given)))
    except BadQuery as problem:
        request.response.status_int = 400
        errors = {problem.field: [problem.message]}
    return {"given": given, "errors": errors, **_lines(request, given, page)}


def _lines(request: Request, given: dict[str, str], page: Page) -> dict[str, Any]:
    filters = {name: value for name, value in given.items() if value}
    following = page.next_cursor
    return {
        "rows": page.rows,
        "names": names_of(request.db, page.rows),
        "there": visible_nodes(request.db, request.identity, {row.node_id for row in page.rows}),
        "action_words": action_words,
        "brief": brief,
        "known_actions": sorted(((action, action_words(action)) for action in ACTIONS), key=lambda pair: pair[1]),
        "next": request.node_url(AUDIT_URL, **filters, cursor=following) if following else None,
        **frame(request, {}, (_("Audit"), AUDIT_URL), ""),
    }


def _query(request: Request, given: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in the list grammar; days begin when they do where the site is."""
    query = [(name, value) for name, value in given.items() if value]
    zone = ZoneInfo(request.registry["settings"]["site.time_zone"])
    for index, (name, value) in enumerate(query):
        if name.startswith("at__") and DAY.fullmatch(value):
            query[index] = (name, _midnight(name, value, zone))
    cursor = request.GET.get("cursor")
    return [*query, ("cursor", cursor)] if cursor else query


def _midnight(name: str, day: str, zone: dt.tzinfo) -> str:
    try:
        return dt.datetime.fromisoformat(day).replace(tzinfo=zone).isoformat()
    except ValueError:
        raise BadQuery(_("There is no such day."), field=name) from None


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("admin_tokens", TOKENS_URL)
    config.add_route("admin_token_revoke", f"{TOKENS_URL}/{{id}}/revoke")
    config.add_route("admin_audit", AUDIT_URL)
    config.scan(__name__)
