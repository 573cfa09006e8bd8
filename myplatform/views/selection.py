"""Several things chosen in a table or list: moved, copied, trashed, restored or deleted for good together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.bulk import (
    Done,
    Hindered,
    chosen,
    copy_many,
    move_many,
    purge_many,
    restore_many,
    trash_many,
)
from ..actions.selections import ask_if_many
from ..errors import Conflict, Invalid, Missing, NotAllowed, Problem
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.effects import Effect, effects_of_copying, effects_of_moving
from ..queries.nodes import NodeRow, visible_nodes
from ..resources import is_number
from .frame import breadcrumbs, kind_icon
from .inputs import choices_of, messages_of, text_of
from .places import choices, target

NAMED = 8
"""Titles listed before the others are only counted."""
ROUTES = ("move", "copy", "trash", "restore", "purge", "drop")


@view_config(route_name="selection_trash", request_method="POST", permission=Permission.SIGNED_IN)
def trash(request: Request) -> Response:
    """Put the chosen things into the trash."""
    return _done(request, "trash", lambda ids: trash_many(request.db, ids, by=request.identity))


@view_config(route_name="selection_restore", request_method="POST", permission=Permission.SIGNED_IN)
def restore(request: Request) -> Response:
    """Bring the chosen things back from the trash."""
    return _done(request, "restore", lambda ids: restore_many(request.db, ids, by=request.identity))


@view_config(
    route_name="selection_purge", request_method="POST", permission=Permission.SIGNED_IN,
    renderer="selection_purge.jinja2",
)
def purge(request: Request) -> dict[str, Any] | Response:
    """Ask, and once that is answered delete the chosen things for good."""
    if not text_of(request, "sure"):
        return _page(request, Permission.PURGE, in_trash=True)

    def work(ids: list[int]) -> Done:
        purge_many(request.db, ids, by=request.identity)
        return Done([], None)

    return _done(request, "purge", work)


@view_config(
    route_name="selection_move", request_method="POST", permission=Permission.SIGNED_IN,
    renderer="selection_target.jinja2",
)
def move(request: Request) -> dict[str, Any] | Response:
    """Ask where to, and once that is said move the chosen things there."""
    return _to_a_place(request, "move", Permission.TRASH, move_many)


@view_config(
    route_name="selection_copy", request_method="POST", permission=Permission.SIGNED_IN,
    renderer="selection_target.jinja2",
)
def copy(request: Request) -> dict[str, Any] | Response:
    """Ask where to, and once that is said copy the chosen things there."""
    return _to_a_place(request, "copy", Permission.VIEW, copy_many)


@view_config(route_name="selection_drop", request_method="POST", permission=Permission.SIGNED_IN, renderer="json")
def drop(request: Request) -> dict[str, Any] | Response:
    """What a script asks when rows were dropped: {"go": URL} once moved, {"ask": HTML}, or {"message": why not}."""
    by_script = bool(text_of(request, "script"))
    try:
        with request.db.begin_nested():
            answer = _dropped(request)
    except Problem as problem:
        if not by_script:
            raise
        request.response.status_int = 409
        return {"message": problem.message}
    if isinstance(answer, Done | int):
        done = {"job": answer} if isinstance(answer, int) else {"change": answer.change}
        gone = back_to(request, **done)
        return {"go": gone.location} if by_script else gone
    return {"ask": render_to_response("drop_question.jinja2", answer, request=request).text}


def _dropped(request: Request) -> Done | int | dict[str, Any]:
    """What was moved, the id of the job that moves it, or the question to ask before, as the values of its page."""
    db, by, ids = request.db, request.identity, chosen_ids(request)
    place = _one(request, "to")
    if place is None:
        raise Missing(_("The place is gone, or you may not see it."))
    nodes = chosen(db, ids, Permission.TRASH, by=by)
    if not text_of(request, "sure") and (effects := noticed(request, nodes, place)):
        return {"effects": effects, "sent": list(request.POST.items()), "place": place, "nodes": nodes}
    before = _one(request, "before")
    versions = {
        node.id: int(version) for node in nodes if is_number(version := text_of(request, f"version-{node.id}"))
    }
    how = {"before": before.id if before else None, "is_placed": bool(text_of(request, "placed"))}
    options = how | {"expected_versions": {str(node_id): version for node_id, version in versions.items()}}
    job_id = ask_if_many(db, "move", ids, by=by, to=place.id, most=most_inline(request), options=options)
    return job_id if job_id is not None else move_many(db, ids, by=by, to=place, expected_versions=versions, **how)


def noticed(request: Request, nodes: list[NodeRow], place: NodeRow) -> list[Effect]:
    """What somebody would notice of who can reach the nodes if they were moved into the place."""
    going = [node for node in nodes if node.parent_id != place.id]
    effects = effects_of_moving(request.db, going, place, by=request.identity)
    return [effect for effect in effects if not effect.is_nothing or effect.loses_own]


def reached_by_more(request: Request, nodes: list[NodeRow], place: NodeRow) -> list[Effect]:
    """Who could reach copies of the nodes in the place that cannot reach the nodes."""
    return effects_of_copying(request.db, nodes, place, by=request.identity)


def _one(request: Request, name: str) -> NodeRow | None:
    """The visible node whose id was sent under a name."""
    text = text_of(request, name)
    found = visible_nodes(request.db, request.identity, [int(text)]) if is_number(text) else {}
    return next(iter(found.values()), None)


def _to_a_place(
    request: Request, what: str, permission: Permission, work: Callable[..., Done]
) -> dict[str, Any] | Response:
    errors: dict[str, list[str]] = {}
    effects: list[Effect] = []
    typed = text_of(request, "to").strip()
    if typed:
        try:
            to = target(request, typed)
            nodes = chosen(request.db, chosen_ids(request), permission, by=request.identity)
            look = noticed if what == "move" else reached_by_more
            effects = [] if text_of(request, "sure") == typed else look(request, nodes, to)
            if not effects:
                return _done(request, what, lambda ids: work(request.db, ids, by=request.identity, to=to), to=to)
        except Hindered as hindered:
            return refused(request, hindered)
        except (Invalid, NotAllowed, Conflict) as problem:
            errors = messages_of(request, problem)
    page = _page(request, permission)
    if isinstance(page, Response):
        return page
    return {**page, "what": what, "to": typed, "errors": errors, "effects": effects, "places": choices(request)}


def _page(request: Request, permission: Permission, *, in_trash: bool = False) -> dict[str, Any] | Response:
    """What a page that asks about the chosen things needs."""
    ids = chosen_ids(request)
    try:
        nodes = chosen(request.db, ids, permission, by=request.identity, in_trash=in_trash)
    except Hindered as hindered:
        return refused(request, hindered)
    return asked_about(request, nodes)


def asked_about(request: Request, nodes: list[NodeRow]) -> dict[str, Any]:
    """What a page says of the chosen nodes, and how it leads back."""
    return {
        "nodes": [{"node": node, "icon": kind_icon(node.kind)} for node in nodes[:NAMED]],
        "count": len(nodes),
        "ids": [node.id for node in nodes],
        "back": text_of(request, "back"),
        "back_url": back_to(request).location,
        "breadcrumbs": breadcrumbs(request, _("Selection")),
    }


def _done(request: Request, what: str, work: Callable[[list[int]], Done], *, to: NodeRow | None = None) -> Response:
    """Do it, or let a job do it where it concerns more things than a request should."""
    ids = chosen_ids(request)
    try:
        place = None if to is None else to.id
        job_id = ask_if_many(request.db, what, ids, by=request.identity, to=place, most=most_inline(request))
        if job_id is not None:
            return back_to(request, job=job_id)
        with request.db.begin_nested():
            done = work(ids)
    except Hindered as hindered:
        return refused(request, hindered)
    return back_to(request, change=done.change)


def most_inline(request: Request) -> int:
    """How many things a request does something with by itself; more become a job."""
    return request.registry["settings"]["jobs.inline_things"]


def refused(request: Request, hindered: Hindered) -> Response:
    """The page that says why nothing was done: what stood in the way, thing by thing."""
    values = {
        "hindrances": hindered.hindrances,
        "back_url": back_to(request).location,
        "breadcrumbs": breadcrumbs(request, _("Selection")),
    }
    response = render_to_response("selection_refused.jinja2", values, request=request)
    response.status_int = 409
    return response


def chosen_ids(request: Request) -> list[int]:
    """The ids whose boxes were checked. Raises `Invalid` where there is none."""
    ids = [int(text) for text in choices_of(request, "node") if is_number(text)]
    if not ids:
        raise Invalid.one("node", _("nothing was chosen; go back and check the boxes of what you mean"))
    return ids


def back_to(request: Request, change: int | None = None, job: int | None = None) -> HTTPSeeOther:
    """Back to the list that the form was on: the path and query it sent as "back", never another site's."""
    path, _mark, query = text_of(request, "back").partition("?")
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        path = "/"
    given = [(name, value) for name, value in parse_qsl(query) if name not in ("changed", "job")]
    given += [(name, str(value)) for name, value in (("changed", change), ("job", job)) if value is not None]
    return HTTPSeeOther(request.node_url(path) + (f"?{urlencode(given)}" if given else ""))


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    for name in ROUTES:
        config.add_route(f"selection_{name}", f"/-/selection/{name}")
    config.scan(__name__)
