"""What one-time links open: the set-up of the first administrator, and choosing a password."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ..actions.links import ensure_setup_link, use_password_link, use_setup_link, user_of_password_link
from ..errors import Invalid
from .inputs import messages_of, text_of, texts_of
from .sign_in import signed_in

WITH_SECRET = {"permission": NO_PERMISSION_REQUIRED}


@view_config(route_name="setup", request_method="GET", renderer="setup.jinja2", **WITH_SECRET)
def show_setup(request: Request) -> dict[str, Any]:
    """The form for the first administrator."""
    ensure_setup_link(request.db, request.matchdict["secret"])
    return _setup_page(request, texts_of(request, "name", "display_name", "email"))


@view_config(route_name="setup", request_method="POST", renderer="setup.jinja2", **WITH_SECRET)
def set_up(request: Request) -> dict[str, Any] | Response:
    """Make the first administrator and sign in."""
    given = texts_of(request, "name", "display_name", "email", "password")
    try:
        user = use_setup_link(request.db, request.matchdict["secret"], min_length=_min_length(request), **given)
    except Invalid as problem:
        return _setup_page(request, given, messages_of(request, problem))
    return signed_in(request, user.id, request.node_url("/"))


@view_config(route_name="password_link", request_method="GET", renderer="password.jinja2", **WITH_SECRET)
def show_password(request: Request) -> dict[str, Any]:
    """The form for another password."""
    return _password_page(request)


@view_config(route_name="password_link", request_method="POST", renderer="password.jinja2", **WITH_SECRET)
def choose_password(request: Request) -> dict[str, Any] | Response:
    """Set the password and sign in."""
    secret = request.matchdict["secret"]
    page = _password_page(request)
    try:
        user = use_password_link(request.db, secret, text_of(request, "password"), min_length=_min_length(request))
    except Invalid as problem:
        return {**page, "errors": messages_of(request, problem)}
    return signed_in(request, user.id, request.node_url("/"))


def _min_length(request: Request) -> int:
    return request.registry["settings"]["password.min_length"]


def _setup_page(request: Request, given: dict[str, str], errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    _keep_secret(request)
    return {"given": given, "errors": errors or {}, "min_length": _min_length(request)}


def _password_page(request: Request) -> dict[str, Any]:
    _keep_secret(request)
    user = user_of_password_link(request.db, request.matchdict["secret"])
    return {"user": user, "errors": {}, "min_length": _min_length(request)}


def _keep_secret(request: Request) -> None:
    """The address has the secret in it, which no other page is to hear of."""
    request.response.headers["Referrer-Policy"] = "no-referrer"
    request.response.cache_control = "no-store"


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("setup", "/-/setup/{secret}")
    config.add_route("password_link", "/-/password/{secret}")
    config.scan(__name__)
