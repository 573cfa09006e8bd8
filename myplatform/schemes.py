"""Where browsers reach the site: by https, be it through a proxy that ends it; at which host, below which path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.request import Request


def is_https(request: Request) -> bool:
    """By the request itself, or because `site.url` says that people come by https."""
    url = request.registry["settings"]["site.url"]
    return request.scheme == "https" or (url is not None and url.startswith("https:"))


def prefix_of(settings: Mapping[str, Any]) -> str:
    """The path below which `site.url` puts the site, as "/intranet"; "" for a host of its own."""
    url = settings["site.url"]
    return urlsplit(url).path if url is not None else ""


def site_origin(request: Request) -> str:
    """What whole addresses of the site begin with: what `site.url` says, else what the request says of itself.

    It is `request.host_url` too, which `route_url`, `path_url` and the like begin with.
    """
    return declared_origin(request.registry["settings"]) or Request.host_url.fget(request)


def declared_origin(settings: Mapping[str, Any]) -> str:
    """Scheme, host and port of `site.url`, else nothing: pages repeat no host that a request names."""
    if settings["site.url"] is None:
        return ""
    parts = urlsplit(settings["site.url"])
    return f"{parts.scheme}://{parts.netloc}"


def cookie_prefix(*, https: bool, path: str) -> str:
    """What cookies that prove something are named with: browsers then hold them to https, and to this very host.

    Below a path they are sent to that path only, which browsers do not allow for those held to the host.
    """
    if not https:
        return ""
    return "__Secure-" if path else "__Host-"


def _lead_to_the_site(event: NewResponse) -> None:
    """Make the address of a redirect whole: else WebOb would, with the host that the request names."""
    location = event.response.headers.get("Location", "")
    if location.startswith("/"):
        event.response.headers["Location"] = site_origin(event.request) + location


def includeme(config: Configurator) -> None:
    """No whole address in an answer has a host that only the request names."""
    config.add_request_method(site_origin, "host_url", property=True)
    if declared_origin(config.registry["settings"]):
        config.add_subscriber(_lead_to_the_site, NewResponse)
