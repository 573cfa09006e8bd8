"""Against requests that another site makes a browser send: one token in a cookie and the form or a header.

Pages are compressed, and their length tells how much of them repeats. So no page has the token itself: it stands there
hidden behind random bytes, which come with it and are others in each answer.
"""

from __future__ import annotations

import re
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import Request
from zope.interface import implementer

from .schemes import cookie_prefix, is_https, prefix_of

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
COOKIE = "myplatform-csrf"
SIZE = 16
"""Bytes of a token."""
_MASKED = re.compile(r"[0-9a-f]{64}")
_WELL_FORMED = re.compile(r"[0-9a-f]{32}")


class _WellFormedOnly(CookieCSRFStoragePolicy):
    """A cookie that we cannot have set counts as none."""

    def get_csrf_token(self, request: Request) -> str:
        if not _WELL_FORMED.fullmatch(request.cookies.get(self.cookie_name, "")):
            return self.new_csrf_token(request)
        return request.cookies[self.cookie_name]


@implementer(ICSRFStoragePolicy)
class CsrfCookies:
    """The token in a cookie that no script can read and, with https, no other host can set."""

    def __init__(self, path: str) -> None:
        same = {"httponly": True, "samesite": "Lax"}
        self.plain = _WellFormedOnly(COOKIE, path=path or "/", **same)
        name = cookie_prefix(https=True, path=path) + COOKIE
        self.secure = _WellFormedOnly(name, secure=True, path=path or "/", **same)

    def _for(self, request: Request) -> CookieCSRFStoragePolicy:
        return self.secure if is_https(request) else self.plain

    def new_csrf_token(self, request: Request) -> str:
        """Another token from now on, as after signing in."""
        return mask(self._for(request).new_csrf_token(request), _pad(request))

    def get_csrf_token(self, request: Request) -> str:
        """The token for forms of this browser."""
        return mask(self._for(request).get_csrf_token(request), _pad(request))

    def check_csrf_token(self, request: Request, supplied: str) -> bool:
        """Whether the form or header carries the cookie's token, masked or as it is."""
        return self._for(request).check_csrf_token(request, unmask(supplied))


def _pad(request: Request) -> bytes:
    """The random bytes of this answer, the same for all its forms."""
    return request.__dict__.setdefault("csrf_pad", token_bytes(SIZE))


def mask(token: str, pad: bytes) -> str:
    """The random bytes, and the token hidden behind them."""
    hidden = bytes(a ^ b for a, b in zip(bytes.fromhex(token), pad, strict=True))
    return pad.hex() + hidden.hex()


def unmask(supplied: str) -> str:
    """The token behind its mask; what is not masked as it is."""
    if not _MASKED.fullmatch(supplied):
        return supplied
    given = bytes.fromhex(supplied)
    return bytes(a ^ b for a, b in zip(given[:SIZE], given[SIZE:], strict=True)).hex()


def is_from_a_browser(request: Request) -> bool:
    """Whether the check applies: no other site can make a browser send a bearer token."""
    return request.environ.get("HTTP_AUTHORIZATION", "")[:7].lower() != "bearer "


def includeme(config: Configurator) -> None:
    """Check every unsafe request that could come from a browser."""
    url: Any = config.registry["settings"]["site.url"]
    if url is not None:
        config.add_settings({"pyramid.csrf_trusted_origins": [urlsplit(url).netloc]})
    config.set_csrf_storage_policy(CsrfCookies(prefix_of(config.registry["settings"])))
    config.set_default_csrf_options(require_csrf=True, token=FIELD, header=HEADER, callback=is_from_a_browser)
