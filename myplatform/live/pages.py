"""What pages know of the live service: where it is, if there is one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.request import Request

from ..addresses import EVERYWHERE
from ..kinds import kind_of
from ..resources import NodeResource
from .admission import PATH
from .embedded import Embedded

EMBEDDED = "live_embedded"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


def live_url(request: Request) -> str | None:
    """The address of the live service for this browser; a path where it is below the site. None: there is none.

    `live.public_url`, or `/-/live` of a site that has a `site.url` and so a web server before it, or the same host at
    the port of `live.listen`.
    """
    settings = request.registry["settings"]
    if settings["live.public_url"]:
        return settings["live.public_url"]
    if settings["live.listen"] is None:
        return None
    embedded: Embedded | None = request.registry.get(EMBEDDED)
    port = embedded.port() if embedded is not None else int(settings["live.listen"].rpartition(":")[2])
    if port is None:
        return None
    if settings["site.url"]:
        return f"{request.script_name}{PATH}"
    host = re.sub(r":[0-9]*$", "", request.host)
    if request.scheme != "http" or not _HOST.fullmatch(host):
        return None
    return f"ws://{host}:{port}{PATH}"


def live_page(request: Request) -> dict[str, str] | None:
    """What a page tells its scripts, as attributes: where the service is, which node is shown, and how.

    None where there is no service, or for whoever is not signed in.
    """
    if request.live_url is None or not request.identity.is_signed_in:
        return None
    shown = {"data-live-url": request.live_url, "data-live-bell": f"{request.script_name}/-/notifications/bell"}
    context, view = getattr(request, "context", None), getattr(request, "view_name", None)
    if not isinstance(context, NodeResource) or view not in VIEWS:
        return shown
    node = context.node
    is_place = node.kind not in TEXTS and kind_of(node.kind).contains
    how = VIEWS[view] or ("listing" if is_place else "reading")
    return {**shown, "data-live-node": str(node.id), "data-live-version": str(node.version), "data-live-view": how}


VIEWS = {"": "", "@edit": "editing", "@comments": "reading"}
"""The views of a node that keep up with it; the node's own is a list or is read."""
TEXTS = ("page", "file")
"""Kinds that are read, though something can be kept in them."""


def live_origin(request: Request) -> str | None:
    """Scheme, host and port of the live service, where pages may open a socket besides their own origin."""
    url = live_url(request)
    if url is None or url.startswith("/"):
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def start(event: NewRequest) -> None:
    """Start the embedded service with the first request of a process."""
    event.request.registry[EMBEDDED].port()


def includeme(config: Configurator) -> None:
    """`request.live_url`, and the service in this process where `live.url` says so."""
    settings = config.registry["settings"]
    config.add_request_method(live_url, reify=True)
    config.add_request_method(live_page, reify=True)
    if settings["live.listen"] is not None and settings["live.url"] == "memory:":
        host, _, port = settings["live.listen"].rpartition(":")
        host = "0.0.0.0" if host in EVERYWHERE else host.strip("[]")  # noqa: S104 - the deployer wrote so
        config.registry[EMBEDDED] = Embedded(config.registry, host, int(port))
        config.add_subscriber(start, NewRequest)
