"""pyramid_debugtoolbar while the site is worked on: what a request asked, ran and took, below `/_debug_toolbar/`.

Nothing is put into pages of ours, so they keep their strict policy: in the place of the toolbar's button, the sidebar
has a link and each answer a header with the address of what is known of it. The toolbar's own pages have scripts and
styles inside their HTML; they get the policy that allows it, and lose their secrets on the way out. Errors are
answered and logged as ever: the toolbar's pages of errors run what is typed beside a stack. Who sits at another
machine, or comes by a name that is not this machine's, finds nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape, unescape
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from .scrubbing import HIDDEN, SCRUBBER, is_secret_name
from .settings import Settings, SettingsError
from .settings.extras import absent_module, not_installed

PATH = "/_debug_toolbar/"
HEADER = "X-Debug-Toolbar"
LARGEST = 1 << 20
"""Bytes of a body that is kept; a request with more of them, such as an upload, is left alone."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
DEFAULTS = {
    "debugtoolbar.hosts": "127.0.0.0/8 ::1",
    "debugtoolbar.global_panels": "routes settings tweens versions",  # `introspection` is a megabyte in each page
}
ENABLED = "debugtoolbar.enabled"
LEFT_OUT = {"debugtoolbar.show_on_exc_only": "true", "debugtoolbar.intercept_exc": "false", ENABLED: "false"}
"""No button in pages, no errors answered by the toolbar, no tween of its own."""
_MARKUP = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->|<[^>]+>)", re.DOTALL | re.IGNORECASE)
_DATA = re.compile(r"^data:(.*)$", re.MULTILINE)


def toolbar_tween_factory(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """Tween with the toolbar in it, for those who may see it; each answer names where it is told of."""
    from pyramid_debugtoolbar import toolbar_tween_factory as make_toolbar  # noqa: PLC0415 - there, or this were not

    registry.settings[ENABLED] = True  # the toolbar's own tween, which sees everybody, was made before
    toolbar = make_toolbar(handler, registry)

    def toolbar_tween(request: Request) -> Response:
        if not may_see(request):
            return handler(request)
        response = toolbar(request)
        if address := toolbar_address(request):
            response.headers[HEADER] = address
        return response

    return toolbar_tween


def pages_tween_factory(handler: Callable[[Request], Response], _registry: Any) -> Callable[[Request], Response]:
    """Tween of the toolbar's own application: its pages lose their secrets and get the policy that they need."""

    def pages_tween(request: Request) -> Response:
        response = handler(request)
        if clean := CLEANERS.get(response.content_type):
            response.text = clean(response.text)
            response.headers["Content-Security-Policy"] = POLICY
            response.cache_control = "no-store"
        return response

    return pages_tween


def toolbar_address(request: Request) -> str:
    """Where the toolbar tells of a request, as a path; "" where it is not told of."""
    name = request.__dict__.get("pdtb_id")
    return f"{request.script_name}{PATH}{name}" if name else ""


def may_see(request: Request) -> bool:
    """Whether a request is told of, and may ask for what is told: it makes sense and comes by a name of this machine's.

    From which addresses it may come, `debugtoolbar.hosts` says.
    """
    name = request.domain.strip("[]")
    try:
        ip_address(request.remote_addr or "")
        _ = request.path_info, request.GET
        if "HTTP_TRANSFER_ENCODING" in request.environ or (request.content_length or 0) > LARGEST:
            return False
    except ValueError:
        return False
    return name in ("localhost", urlsplit(request.registry["settings"]["site.url"] or "").hostname) or _is_number(name)


def _is_number(name: str) -> bool:
    """Whether a host is an address itself, which nobody can lead elsewhere."""
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def without_secrets(page: str) -> str:
    """HTML whose words have no secrets; nothing is left in a cell that follows one with the name of a secret."""
    pieces = _MARKUP.split(page)
    label, is_next_cell = "", False
    for place, piece in enumerate(pieces):
        if place % 2:
            is_next_cell = is_next_cell or piece.lower().startswith("<td")
            if piece.startswith("<!--"):
                pieces[place] = ""
            continue
        text = unescape(piece).strip()
        if not text:
            continue
        clean = HIDDEN if is_next_cell and is_secret_name(label) else SCRUBBER.text(text)
        if clean != text:
            pieces[place] = escape(clean)
        label, is_next_cell = text.strip("'\""), False
    return "".join(pieces)


def events_without_secrets(events: str) -> str:
    """Events, whose data are JSON, without secrets."""

    def clean(match: re.Match[str]) -> str:
        return "data:" + json.dumps(SCRUBBER.value(json.loads(match[1])))

    return _DATA.sub(clean, events)


CLEANERS = {"text/html": without_secrets, "text/event-stream": events_without_secrets}


def toolbar_pages(config: Configurator) -> None:
    """What is included in the toolbar's own application."""
    config.add_tween(f"{__name__}.pages_tween_factory")


def includeme(config: Configurator) -> None:
    """The toolbar, where `app.debug_toolbar` wants it. Raises `SettingsError` where it must be there and is not."""
    settings: Settings = config.registry["settings"]
    wanted = settings["app.debug_toolbar"]
    if wanted == "false":
        return
    if absent := absent_module("pyramid_debugtoolbar"):
        if wanted == "installed":
            return
        raise SettingsError([not_installed(settings, "app.debug_toolbar", absent)])
    options = config.registry.settings
    options.update({**DEFAULTS, **options, **LEFT_OUT})
    options["debugtoolbar.includes"] = f"{options.get('debugtoolbar.includes', '')}\n{__name__}.toolbar_pages"
    config.include("pyramid_debugtoolbar")
    config.add_request_method(toolbar_address, property=True)
    config.add_tween(
        f"{__name__}.toolbar_tween_factory",
        under="myplatform.headers.headers_tween_factory",
        over="pyramid_debugtoolbar.toolbar_tween_factory",
    )
