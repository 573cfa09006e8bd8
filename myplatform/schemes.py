"""Whether browsers reach the site by https, be it through a proxy that ends it."""

from __future__ import annotations

from pyramid.request import Request


def is_https(request: Request) -> bool:
    """By the request itself, or because `site.url` says that people come by https."""
    url = request.registry["settings"]["site.url"]
    return request.scheme == "https" or (url is not None and url.startswith("https:"))
