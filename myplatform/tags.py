"""JSON and pieces of pages that are asked for again and again get a weak entity tag, and 304 while they are the same.

The answer is made anew each time, so that a right that was taken away shows at once; what is saved is sending it. Whole
pages have none: their forms carry another masked token each time.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from .database import SAFE_METHODS

JSON, HTML = "application/json", "text/html"
WHOLE_PAGE = b"<!doctype"


def tags_tween_factory(handler: Callable[[Request], Response], _registry: Any) -> Callable[[Request], Response]:
    """Tween below that which compresses: gives tags to what has none, and leaves out what the asker has."""

    def tags_tween(request: Request) -> Response:
        response = handler(request)
        if request.method in SAFE_METHODS and can_have_tag(response):
            tag = blake2b(response.body, digest_size=12).hexdigest()
            response.headers["ETag"] = f'W/"{tag}"'
            if tag in request.if_none_match:
                response.body = b""
                response.status_int = 304
                for name in ("Content-Type", "Content-Length"):
                    response.headers.pop(name, None)
        return response

    return tags_tween


def can_have_tag(response: Response) -> bool:
    """Whether the answer is whole, went well, may be kept, has no tag of its own, and is JSON or a piece of a page."""
    if response.status_int != 200 or not isinstance(response.app_iter, list) or "ETag" in response.headers:
        return False
    if "no-store" in response.headers.get("Cache-Control", ""):
        return False
    if response.content_type == JSON:
        return True
    return response.content_type == HTML and not response.body[:64].lstrip().lower().startswith(WHOLE_PAGE)


def includeme(config: Configurator) -> None:
    """The tween: it sees what has not been compressed yet."""
    over = ("myplatform.compression.compression_tween_factory", "myplatform.headers.headers_tween_factory")
    config.add_tween(f"{__name__}.tags_tween_factory", under=over, over="pyramid_tm.tm_tween_factory")
