"""Sharing several chosen things at once: with whom, what that would do to whom, and doing it."""

from __future__ import annotations

import json
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.bulk import Hindered, chosen, share_many
from ..actions.sharing import Granted, ensure_can_grant, granted_on_each
from ..errors import Invalid
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.effects import Effect, effects_of_granting
from ..queries.nodes import NodeRow
from ..queries.principals import search_principals
from .frame import breadcrumbs
from .inputs import UNPROCESSABLE, messages_of, text_of
from .roles import role_choices
from .selection import asked_about, back_to, chosen_ids, refused
from .sharing import NOTHING_TYPED, SUGGESTED, everybody_choices
from .wishes import Wish, given_of, stamp_of_several, wish_of

TEMPLATE = "selection_share.jinja2"


@view_config(
    route_name="selection_share", request_method="POST", permission=Permission.SIGNED_IN, renderer=TEMPLATE
)
def share(request: Request) -> dict[str, Any] | Response:
    """Ask with whom, show what that would do, and once that was seen share all of the chosen things."""
    ids = chosen_ids(request)
    try:
        nodes = chosen(request.db, ids, Permission.SHARE, by=request.identity)
        return _form(request, nodes, NOTHING_TYPED, {}) if "do" not in request.POST else _shared(request, nodes)
    except Hindered as hindered:
        return refused(request, hindered)
    except Invalid as problem:
        return _form(request, nodes, given_of(request.POST), messages_of(request, problem))


def _shared(request: Request, nodes: list[NodeRow]) -> dict[str, Any] | Response:
    """Share, if that was asked for after what it does now was seen; otherwise show that."""
    db, by = request.db, request.identity
    wish = wish_of(db, request.POST)
    if wish.does != "add":
        raise Invalid.one("", _("The form is not one of this page; load the page again and repeat."))
    grants = [Granted(principal, wish.role) for principal in wish.principals]
    ensure_can_grant(db, nodes[0], grants, by=by)
    seen, stamp = text_of(request, "seen"), _stamp(request, nodes)
    if seen != stamp:
        notice = _("The sharing has changed meanwhile. This is what your change does now.") if seen else ""
        effects = effects_of_granting(db, nodes, [tuple(grant) for grant in grants], by=by)
        return _preview(request, nodes, wish, effects, notice) | {"seen": stamp}
    with db.begin_nested():
        done = share_many(db, [node.id for node in nodes], by=by, grants=grants)
    return back_to(request, change=done.change)


def _stamp(request: Request, nodes: list[NodeRow]) -> str:
    granted = granted_on_each(request.db, [node.id for node in nodes])
    return stamp_of_several((granted[node.id], node.inherits) for node in nodes)


def _form(
    request: Request, nodes: list[NodeRow], given: dict[str, str], errors: dict[str, list[str]]
) -> dict[str, Any]:
    everybody = everybody_choices()
    return {
        **asked_about(request, nodes),
        "given": given,
        "errors": errors,
        "roles": role_choices(),
        "everybody": everybody,
        "everybody_json": json.dumps(everybody),
        "suggestions": search_principals(request.db, "", limit=SUGGESTED),
        "breadcrumbs": breadcrumbs(request, _("Sharing")),
    }


def _preview(
    request: Request, nodes: list[NodeRow], wish: Wish, effects: list[tuple[list[NodeRow], Effect]], notice: str
) -> dict[str, Any]:
    if notice:
        request.response.status_int = UNPROCESSABLE
    titles = principal_titles(request.db, wish.principals)
    return {
        **asked_about(request, nodes),
        "wish": wish,
        "heading": wish.heading(titles),
        "button": wish.button(titles),
        "notice": notice,
        "effects": [{**asked_about(request, alike), "effect": effect} for alike, effect in effects],
        "loses_own": any(effect.loses_own for _nodes, effect in effects),
        "breadcrumbs": breadcrumbs(request, _("Sharing")),
    }


def includeme(config: Configurator) -> None:
    """The route and view of this module."""
    config.add_route("selection_share", "/-/selection/share")
    config.scan(__name__)
