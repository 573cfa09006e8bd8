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
    transport = (("Strict-Transport-Security", f"max-age={max_age}"),) if max_age else ()

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        if response.content_type == "text/html":
            _let_sockets_open(request, response)
        present = {name.lower() for name, _ in response.headerlist}
        wanted = (*ALWAYS, *transport) if transport and is_https(request) else ALWAYS
        response.headerlist.extend(pair for pair in wanted if pair[0].lower() not in present)
        _keep_private(response.headers)
        return response

    return headers_tween


def _let_sockets_open(request: Request, response: Response) -> None:
    """Pages may open a socket to the live service, where that has another origin than the site."""
    origin = live_origin(request)
    if origin is not None and "Content-Security-Policy" not in response.headers:
        policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {origin}")
        response.headers["Content-Security-Policy"] = policy


def _keep_private(headers: Any) -> None:
    cache_control = headers.get("Cache-Control")
    if cache_control is None:
        headers["Cache-Control"] = PRIVATE
    elif "private" not in cache_control and "no-store" not in cache_control:
        return
    known = {word.strip().lower() for word in headers.get("Vary", "").split(",") if word.strip()}
    missing = [name for name in ("Cookie", "Authorization") if name.lower() not in known]
    if missing and "*" not in known:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary", ""), *missing)))


def includeme(config: Configurator) -> None:
    """Add the tween above all others."""
    config.add_tween("myplatform.headers.headers_tween_factory", under=INGRESS)
