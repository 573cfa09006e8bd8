"""Headers that every response carries, errors and static files included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

from .live.pages import live_origin
from .schemes import is_https

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)

ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), browsing-topics=()",
    ),
)
"""Set where a response has none of its own: the bytes of people's files come with a stricter policy."""

PRIVATE = "private, no-cache"
"""What one person may see is kept by that person's browser only, which asks again before showing it."""


def headers_tween_factory(
    handler: Callable[[Request], Response], registry: Any
) -> Callable[[Request], Response]:
    """Outermost tween: adds to whatever comes out."""
    max_age = int(registry["settings"]["https.hsts_max_age"].total_seconds())
    plain = _by_lower_name(ALWAYS)
    secure = _by_lower_name((*ALWAYS, ("Strict-Transport-Security", f"max-age={max_age}"))) if max_age else plain

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        if response.content_type == "text/html":
            _let_sockets_open(request, response)
        headers = response.headerlist
        present = {name.lower(): value for name, value in headers}
        wanted = secure if max_age and is_https(request) else plain
        headers.extend([pair for name, pair in wanted if name not in present])
        _keep_private(response, present)
        return response

    return headers_tween


def _by_lower_name(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, tuple[str, str]]]:
    return [(name.lower(), (name, value)) for name, value in pairs]


def _let_sockets_open(request: Request, response: Response) -> None:
    """Pages may open a socket to the live service, where that has another origin than the site."""
    origin = live_origin(request)
    if origin is not None and "Content-Security-Policy" not in response.headers:
        policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {origin}")
        response.headers["Content-Security-Policy"] = policy


def _keep_private(response: Response, present: dict[str, str]) -> None:
    """Say so, unless the answer is for everybody; `present` has its headers by their names in lower case."""
    cache_control, vary = present.get("cache-control"), present.get("vary")
    if cache_control is None:
        response.headerlist.append(("Cache-Control", PRIVATE))
    elif "private" not in cache_control and "no-store" not in cache_control:
        return
    if not vary:
        response.headerlist.append(("Vary", "Cookie, Authorization"))
        return
    known = {word.strip() for word in vary.lower().split(",")}
    missing = [name for name in ("Cookie", "Authorization") if name.lower() not in known]
    if missing and "*" not in known:
        response.headers["Vary"] = ", ".join((vary, *missing))


def includeme(config: Configurator) -> None:
    """Add the tween above all others."""
    config.add_tween("myplatform.headers.headers_tween_factory", under=INGRESS)
