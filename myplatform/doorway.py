"""Below a path: `site.url = https://HOST/intranet` puts the whole site there.

The web server before it hands addresses on as they are. What is not below the path is nobody's here, health and
metrics excepted, which are asked for directly. Everything behind sees the usual WSGI pair of script name and path,
so links, cookies, static files and REST addresses all keep the path in front.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

from .schemes import prefix_of

DIRECT = frozenset({"/healthz", "/readyz", "/metrics"})
ENTERED = "myplatform.entered"


def doorway_tween_factory(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """Outermost tween: takes the site's path off the address, once however often the request is tried."""
    prefix = prefix_of(registry["settings"])

    def doorway_tween(request: Request) -> Response:
        environ = request.environ
        if ENTERED not in environ:
            environ[ENTERED] = True
            path = environ.get("PATH_INFO", "")
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
            elif path not in DIRECT:
                return _elsewhere()
        return handler(request)

    return doorway_tween


def _elsewhere() -> Response:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    return Response(b"There is nothing here.\n", status=404, headerlist=headers)


def includeme(config: Configurator) -> None:
    """The tween, where the site lies below a path."""
    if prefix_of(config.registry["settings"]):
        over = "myplatform.watching.watching_tween_factory"
        config.add_tween(f"{__name__}.doorway_tween_factory", under=INGRESS, over=over)
