"""Signing in and out."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyramid.config import Configurator
from pyramid.csrf import new_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember
from pyramid.view import view_config

from .. import database, metrics
from ..actions.sign_in import Limits
from ..actions.sign_in import sign_in as prove
from ..errors import Invalid, Problem, Throttled
from .inputs import messages_of, text_of, texts_of
from .visits import forget_visits

LONGEST_CAME_FROM = 2000


@view_config(route_name="sign_in", request_method="GET", permission=NO_PERMISSION_REQUIRED, renderer="sign_in.jinja2")
def show_sign_in(request: Request) -> dict[str, Any] | Response:
    """The form, or on to the site for somebody who is signed in already."""
    came_from = safe_path(request, request.GET.get("came_from", ""))
    if request.identity.is_signed_in:
        return HTTPSeeOther(came_from)
    return _page(came_from)


@view_config(route_name="sign_in", request_method="POST", permission=NO_PERMISSION_REQUIRED, renderer="sign_in.jinja2")
def sign_in(request: Request) -> dict[str, Any] | Response:
    """Begin a session and go where the visitor wanted to go."""
    given = texts_of(request, "name", "password")
    came_from = safe_path(request, text_of(request, "came_from"))
    try:
        user_id = prove(
            partial(database.open_session, request.registry["session_factory"]),
            given["name"],
            given["password"],
            address=request.remote_addr or "",
            limits=limits_of(request),
        )
    except (Invalid, Throttled) as problem:
        metrics.SIGN_INS.increase(outcome="throttled" if isinstance(problem, Throttled) else "wrong")
        return _again(request, came_from, given["name"], problem)
    metrics.SIGN_INS.increase(outcome="fine")
    return signed_in(request, user_id, came_from)


@view_config(route_name="sign_out", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def sign_out(request: Request) -> Response:
    """End the session and leave nothing of it in the browser."""
    response = HTTPSeeOther(request.node_url("/-/sign-in"))
    response.headerlist.extend(forget(request))
    forget_visits(request, response)
    new_csrf_token(request)
    return response


def signed_in(request: Request, user_id: int, path: str) -> Response:
    """Begin a session of a user who has just proved to be that, and go to a path."""
    response = HTTPSeeOther(path)
    response.headerlist.extend(remember(request, user_id))
    new_csrf_token(request)
    return response


def safe_path(request: Request, given: str) -> str:
    """A URL path of this site to go on to; the home page for anything that could lead elsewhere."""
    home = request.node_url("/")
    is_path = given.startswith("/") and not given.startswith("//") and "\\" not in given
    if not is_path or len(given) > LONGEST_CAME_FROM or not given.isascii() or not given.isprintable():
        return home
    return home if given.startswith(request.node_url("/-/sign-")) else given


def limits_of(request: Request) -> Limits:
    """How many wrong passwords the site bears."""
    settings = request.registry["settings"]
    return Limits(
        per_account=settings["sign_in.attempts_per_account"],
        per_address=settings["sign_in.attempts_per_address"],
        window=settings["sign_in.window"],
    )


def _page(came_from: str, name: str = "", errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {"came_from": came_from, "name": name, "errors": errors or {}}


def _again(request: Request, came_from: str, name: str, problem: Problem) -> dict[str, Any]:
    return _page(came_from, name, messages_of(request, problem))


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("sign_in", "/-/sign-in")
    config.add_route("sign_out", "/-/sign-out")
    config.scan(__name__)
