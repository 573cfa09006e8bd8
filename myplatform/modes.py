"""What maintenance and reading only mean for requests.

Maintenance stops everybody but administrators; whoever signs in, signs out or watches the process is let through.
Reading only stops whatever could write, signing in and out excepted, after it was judged as ever: what is hidden stays
hidden, a forged form stays forged. The modes stand in the site's values, whose stamp comes with the identity, so that
a request of somebody signed in costs no statement more.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.events import ContextFound
from pyramid.request import Request
from pyramid.response import Response

from .database import only_reads
from .errors import Closed
from .languages import gettext as _
from .models import utc_now
from .queries.modes import Mode, Modes, modes_in
from .queries.site_values import site_values

ALWAYS_OPEN = frozenset(
    {"sign_in", "sign_out", "password_link", "setup", "theme_css", "logo_png", "__-/static/"}
    | {"metrics", "health", "ready"}
)
"""Routes that answer whatever the mode: signing in and what its page is made of, and the watch over the process."""
ADMINISTERS = frozenset({"admin_modes", "admin_mode", "api.modes", "api.mode"})
"""Routes by which a mode is ended."""


def site_values_now(request: Request) -> tuple[str, dict[str, Any]]:
    """The stamp and values of the site. No statement where this process knows them and somebody is signed in."""
    known: tuple[str, dict[str, Any]] | None = request.registry.get("site_values")
    if known is not None and request.credential.site_stamp == known[0]:
        return known
    known = request.registry["site_values"] = site_values(request.db)
    return known


def modes_now(request: Request) -> Modes:
    """The modes that are on now."""
    return modes_in(request.site_values[1])


def close_for_maintenance(event: ContextFound) -> None:
    """Nobody but administrators comes in. Raises `Closed`."""
    request = event.request
    if _route(request) in ALWAYS_OPEN or request.identity.is_admin:
        return
    mode = request.modes.maintenance
    if mode is not None:
        raise _closed(mode, _("The site is closed for maintenance: %(reason)s", reason=mode.reason))


def writes_only_when_open(view: Any, info: Any) -> Any:
    """View deriver, behind permission and CSRF: while the site can only be read, nothing else is done."""
    if info.exception_only:
        return view

    def open_view(context: Any, request: Request) -> Response:
        if not only_reads(request) and _route(request) not in ALWAYS_OPEN | ADMINISTERS:
            mode = request.modes.read_only
            if mode is not None:
                why = _("The site can only be read for now: %(reason)s", reason=mode.reason)
                raise _closed(mode, why)
        return view(context, request)

    return open_view


def _route(request: Request) -> str:
    return request.matched_route.name if request.matched_route is not None else ""


def _closed(mode: Mode, message: str) -> Closed:
    return Closed(message, mode.word, mode.until, mode.seconds_left(utc_now()))


def includeme(config: Configurator) -> None:
    """`request.site_values`, `request.modes`, and what they close."""
    config.add_request_method(site_values_now, "site_values", reify=True)
    config.add_request_method(modes_now, "modes", reify=True)
    config.add_subscriber(close_for_maintenance, ContextFound)
    config.add_view_deriver(writes_only_when_open, under="csrf_view", over="rendered_view")
