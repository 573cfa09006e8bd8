"""The one place where an exception becomes an answer: a page for people, problem+json below /api."""

from __future__ import annotations

import errno
import logging
from typing import Any

import orjson
from pyramid.config import Configurator
from pyramid.csrf import check_csrf_token
from pyramid.httpexceptions import HTTPError, HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid_retry import is_error_retryable, mark_error_retryable
from sqlalchemy.exc import IntegrityError

from .. import csrf
from ..actions.requests import ASKED_FOR
from ..appearance import last_known
from ..database import SAFE_METHODS, is_busy, is_unstorable
from ..errors import Missing, Problem, Unavailable
from ..identity import anonymous
from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission
from ..queries.modes import Modes
from ..replicas import try_on_primary
from ..resources import NewName, NodeResource
from ..security import Credential, Denied
from . import problems
from .places import old_address
from .problems import Refusal
from .requests import asked_path, can_be_asked_for, sharers

API = "/api/"
TREE_OF_PROGRAMS = "/api/v1/content/"
UPLOADS = "/-/uploads"
PROBES = ("/healthz", "/readyz")
PAGES_ABOUT_API = ("/api/docs", "/api/graphql")
FORM = "application/x-www-form-urlencoded"
NEVER_SIGNED_IN_FOR = ("/metrics", "/-/static/", "/favicon.ico", "/robots.txt", "/.well-known/")
PROBLEM_TYPE = "urn:myplatform:problem:"
UNEXPECTED = mark(
    "It was not your fault, and nothing of it was kept. Try again; if it stays, tell whoever looks after the site."
)
RACE = mark("Others changed the same thing at the same moment, and nothing of this was kept. Try again.")
FULL = mark(
    "There is no room for this now, and nothing was kept. Tell whoever looks after the site, and try again later."
)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
BUSY = mark("The database could not answer in time, and nothing was kept. Try again in a moment.")

log = logging.getLogger(__name__)


def is_api(request: Request) -> bool:
    """Whether a program or a script of a page asks, which wants problem+json."""
    path, accepted = request.environ.get("PATH_INFO", ""), request.environ.get("HTTP_ACCEPT", "")
    if path in PAGES_ABOUT_API and "text/html" in accepted:
        return False
    return path in PROBES or path.startswith((API, UPLOADS)) or accepted == "application/json"


def refused(problem: Problem, request: Request) -> Response:
    """What actions and queries raise."""
    if isinstance(problem, Missing):
        return not_found(problem, request)
    if isinstance(problem, Unavailable):
        log.error("%s %s (request %s): %s", request.method, request.path_info, request.request_id, problem)
        _ask_nobody(request)
    return answer(request, problems.of_problem(problem, has_precondition="If-Match" in request.headers))


def http_error(error: HTTPError, request: Request) -> Response:
    """What Pyramid, Cornice and views raise as HTTP errors."""
    return answer(request, problems.of_http(error))


def not_found(error: Any, request: Request) -> Response:
    """Nothing there: its new address if it moved; a visitor hears the same as of what is hidden."""
    if (moved := _moved(request)) is not None:
        return moved
    if request.path_info.startswith(NEVER_SIGNED_IN_FOR):
        return answer(request, Refusal(404, _(problems.NOTHING_HERE)))
    if request.credential.has_bad_token:
        return answer(request, problems.of_denial(Denied(Permission.VIEW, has_bad_token=True)))
    if not request.identity.is_signed_in and not request.path_info.startswith("/-/"):
        return _to_sign_in(request)
    detail = error.message if isinstance(error, Missing) else problems.NOTHING_HERE
    return answer(request, Refusal(404, _(detail)))


def _moved(request: Request) -> Response | None:
    """The new address; programs are led to it where they read, as what they write may be meant for what is gone."""
    if not is_api(request):
        return old_address(request)
    if request.method in SAFE_METHODS and request.path_info.startswith(TREE_OF_PROGRAMS):
        return old_address(request, TREE_OF_PROGRAMS.removesuffix("/"))
    return None


def forbidden(error: HTTPForbidden, request: Request) -> Response:
    """A permission is missing: to sign in, nothing there, or what is missing by name."""
    denied = error.result if isinstance(error.result, Denied) else Denied(Permission.VIEW)
    if not denied.has_bad_token:
        if not request.identity.is_signed_in:
            return _to_sign_in(request)
        if isinstance(request.context, NodeResource | NewName) and not _sees(request):
            return not_found(HTTPNotFound(), request)
    return answer(request, problems.of_denial(denied))


def unexpected(error: Exception, request: Request) -> Response:
    """A mistake of ours, or a database that does not answer: nothing is asked of the database for this page."""
    try_on_primary(vars(request).get("db"), error)
    if request.method in SAFE_METHODS and getattr(error, "connection_invalidated", False):
        mark_error_retryable(error)  # a connection that was lost while nobody used it; the next one is new
    if is_error_retryable(request, error):
        raise error
    _ask_nobody(request)
    if isinstance(error, IntegrityError):
        return answer(request, Refusal(409, _(RACE)))
    if is_unstorable(error):
        log.warning("The database refused a value.", exc_info=error)
        return answer(request, Refusal(400, _("A value is of a form that cannot be stored.")))
    log.error("%s %s failed (request %s)", request.method, request.path_info, request.request_id, exc_info=error)
    if is_busy(error):
        return answer(request, Refusal(503, _(BUSY), headers={"Retry-After": "5"}))
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return answer(request, Refusal(503, _(FULL), headers={"Retry-After": "60"}))
    return answer(request, Refusal(500, _(UNEXPECTED)))


def _ask_nobody(request: Request) -> None:
    """Let the page be made of what is at hand: what keeps the rest may be what is away."""
    request.credential = Credential(anonymous(public=False))
    request.appearance = last_known(request)
    request.modes = Modes()


def answer(request: Request, refusal: Refusal) -> Response:
    """The refusal as problem+json or as a page."""
    response = _problem_json(request, refusal) if is_api(request) else _page(request, refusal)
    response.status_int = refusal.status
    response.headers.update(refusal.headers)
    return response


def _problem_json(request: Request, refusal: Refusal) -> Response:
    kind = refusal.name.lower().replace(" ", "-")
    body = {
        "type": PROBLEM_TYPE + kind,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "request_id": request.request_id,
        **refusal.members,
    }
    response = Response(body=orjson.dumps(body), content_type="application/problem+json")
    response.charset = None
    return response


def _page(request: Request, refusal: Refusal) -> Response:
    values: dict[str, Any] = {"refusal": refusal, "request_id": request.request_id, "ask_for": None}
    values["typed"] = _typed(request) if refusal.status == 503 else None
    if refusal.missing in ASKED_FOR and can_be_asked_for(request):
        values |= {"ask_for": refusal.missing, "asked_path": asked_path(request), "sharers": sharers(request, refusal)}
    return render_to_response("myplatform:templates/error.jinja2", values, request=request)


def _typed(request: Request) -> list[tuple[str, str]] | None:
    """What a form of ours sent, to be sent again from the page that says to wait; None where that cannot be."""
    if request.method != "POST" or request.content_type != FORM or not check_csrf_token(request, raises=False):
        return None  # a form of another site is not ours to offer
    typed = [(name, value) for name, value in request.POST.items() if name != csrf.FIELD]
    return None if any("password" in name for name, _value in typed) else typed


def _to_sign_in(request: Request) -> Response:
    """The sign-in page, which leads back here; what was sent by a form must not get lost on the way."""
    refusal = problems.unauthorised()
    if is_api(request) or request.method not in SAFE_METHODS:
        return answer(request, refusal)
    return HTTPSeeOther(request.node_url("/-/sign-in", came_from=request.path_qs))


def _sees(request: Request) -> bool:
    """Whether the user, whatever the scopes of the token in use, may see the node."""
    return Permission.VIEW in request.context.decision_for(request.credential.user_identity).permissions


def includeme(config: Configurator) -> None:
    """One exception view for each sort of refusal."""
    config.add_exception_view(refused, context=Problem)
    config.add_exception_view(http_error, context=HTTPError)
    config.add_notfound_view(not_found)
    config.add_forbidden_view(forbidden)
    config.add_exception_view(unexpected, context=Exception)
