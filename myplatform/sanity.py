"""Requests whose bytes make no sense are answered 400 before anything trips over them, large ones 413."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BufferedRandom
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPLengthRequired
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.tweens import EXCVIEW, MAIN

from .database import RETRIED_BODY_SIZE
from .errors import TooLarge

BODY_LIMIT = "body_limit"
"""View option: the setting that limits the body, "request.max_size" unless the view says otherwise."""

API = "/api/"
RAW_BODY = "raw_body"
"""View option: the body is no form, whatever its type says, and is left unread."""

_COOKIE = re.compile(r"""[\w!#$%&'*+.^`|~-]{1,256}=([\w~!@#$%^&*()+=`.?|:/{}<>'-]*|"[^"\\]*")""", re.ASCII)
_RANGE = re.compile(r"bytes=([0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})", re.ASCII)
MULTIPART_OVERHEAD = 1 << 16
OPEN_BODY = 1 << 16
"""Bytes that anybody may send without a permission, as when signing in: reading a hostile form takes long."""
NOT_TEXT = "The form is not valid UTF-8 text."
REPLACEMENT = "\ufffd"
"""What the form parser puts where bytes are no UTF-8; it can also have been typed."""
FORM_METHODS = frozenset({"POST", "PUT", "PATCH"})


class SiteRequest(Request):
    """A request whose body, copied so that it can be read again when others won a race, stays in memory."""

    request_body_tempfile_limit = RETRIED_BODY_SIZE


def sanity_tween_factory(
    handler: Callable[[Request], Response],
    registry: Any,  # noqa: ARG001 - Pyramid hands it to every tween factory
) -> Callable[[Request], Response]:
    """Innermost tween: path and query can be read, or are taken out for the error page; so are odd headers."""

    def sanity_tween(request: Request) -> Response:
        environ = request.environ
        if not _is_text(environ.get("PATH_INFO", "")):
            environ["PATH_INFO"] = API if environ["PATH_INFO"].startswith(API) else "/"
            raise HTTPBadRequest("The address is not valid UTF-8 text.")
        if not _is_readable_query(request):
            environ["QUERY_STRING"] = ""
            raise HTTPBadRequest("The query of the address is not valid UTF-8 text.")
        if cookies := environ.get("HTTP_COOKIE"):
            environ["HTTP_COOKIE"] = _plain_cookies(cookies)
        if "HTTP_RANGE" in environ and not _RANGE.fullmatch(environ["HTTP_RANGE"]):
            del environ["HTTP_RANGE"]
        return handler(request)

    return sanity_tween


def _is_text(raw: str) -> bool:
    """Whether the bytes, which WSGI hands over as Latin-1, are UTF-8 without NUL."""
    if "\0" in raw:
        return False
    if raw.isascii():
        return True
    try:
        raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _is_readable_query(request: Request) -> bool:
    query = request.environ.get("QUERY_STRING", "")
    if "%" not in query:
        return _is_text(query)
    try:
        return not any("\0" in name or "\0" in value for name, value in request.GET.items())
    except UnicodeError:
        return False


def _plain_cookies(header: str) -> str:
    """The well-formed cookies of a header; WebOb takes time to the square of the length of what is malformed."""
    parts = [part.strip() for part in header.split(";")]
    return "; ".join(part for part in parts if _COOKIE.fullmatch(part))


def readable_body(view: Any, info: Any) -> Any:
    """View deriver, after the permission, before CSRF: the body is within its limit, a form can be read."""
    limit_key = info.options.get(BODY_LIMIT) or "request.max_size"
    if info.exception_only:
        return view
    is_raw = bool(info.options.get(RAW_BODY))
    at_most = OPEN_BODY if info.options.get("permission") == NO_PERMISSION_REQUIRED else None

    def readable_body_view(context: Any, request: Request) -> Response:
        if request.content_length:
            _ensure_within(request, limit_key, at_most)
            request.add_finished_callback(_close_files)
            if request.method in FORM_METHODS and not is_raw:
                _ensure_readable_form(request)
        elif "HTTP_TRANSFER_ENCODING" in request.environ and not is_raw:
            raise HTTPLengthRequired("A form that is sent in pieces is not taken; send its Content-Length.")
        return view(context, request)

    return readable_body_view


readable_body.options = (BODY_LIMIT, RAW_BODY)  # type: ignore[attr-defined]


def _ensure_within(request: Request, limit_key: str, at_most: int | None) -> None:
    limit = at_most or request.registry["settings"][limit_key]
    overhead = MULTIPART_OVERHEAD if request.content_type == "multipart/form-data" and not at_most else 0
    if request.content_length > limit + overhead:
        raise TooLarge(f"This is larger than the {limit:,} bytes that are allowed here.", limit)


def _close_files(request: Request) -> None:
    """Close the temporary files in which a large body and the files of a form were kept."""
    parts = request.POST.values() if "webob._parsed_post_vars" in request.environ else ()
    for part in parts:
        if hasattr(part, "file"):
            part.file.close()
    if isinstance(request.body_file_raw, BufferedRandom):  # never a body that may be read again: those are in memory
        request.body_file_raw.close()


def _ensure_readable_form(request: Request) -> None:
    """Only forms are parsed here; other bodies give an empty form."""
    try:
        texts = [text for pair in request.POST.items() for text in pair if isinstance(text, str)]
    except (UnicodeError, ValueError, LookupError, DeprecationWarning) as error:  # the last: another charset
        raise HTTPBadRequest(NOT_TEXT) from error
    if any("\0" in text for text in texts):
        raise HTTPBadRequest("The form has a NUL character in it; remove it.")
    replaced = sum(text.count(REPLACEMENT) for text in texts)
    if replaced and request.content_length <= request.registry["settings"]["request.max_size"]:
        body = request.body.lower()
        if replaced > body.count(b"%ef%bf%bd") + body.count(REPLACEMENT.encode()):
            raise HTTPBadRequest(NOT_TEXT)


def includeme(config: Configurator) -> None:
    """The tween below the exception views, so that they answer; the deriver before the CSRF check."""
    config.set_request_factory(SiteRequest)
    config.add_tween("myplatform.sanity.sanity_tween_factory", under=EXCVIEW, over=MAIN)
    config.add_view_deriver(readable_body, "readable_body", under="secured_view", over="csrf_view")
