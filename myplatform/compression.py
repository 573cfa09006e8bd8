"""Text goes compressed to whoever takes it: pages, JSON, SVG, as far as they are made for one answer.

Compressed text tells by its length how much of it repeats, so what is secret must not stand beside what a stranger
may choose: tokens against forged requests are masked anew for each answer (`csrf.py`), answers that are not to be kept
(`no-store`, as those that show a secret once) stay as they are, and a name of random length stands before all others.

A strong entity tag stands for one row of bytes. Compressed bytes get the tag with `-gzip` at its end, which is taken
off again where a request brings it: whatever answers knows one tag for one version.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from secrets import randbelow
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from webob.acceptparse import AcceptEncodingValidHeader, create_accept_encoding_header

SMALLEST = 1024
"""Bytes below which nothing is gained."""
LEVEL = 4
LONGEST_NAME = 64
SUFFIX = "-gzip"
TEXTS = frozenset({"application/json", "application/xml", "application/javascript", "application/manifest+json"})
STREAM = "text/event-stream"
_COMPRESSED_TAG = re.compile(rf'(?<!W/)("[^"]*){SUFFIX}"')
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
HEAD_OF_FILE = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"
"""A gzip file of no date that has a name."""


def compression_tween_factory(handler: Callable[[Request], Response], _registry: Any) -> Callable[[Request], Response]:
    """Tween below that of the headers: compresses what comes out, and knows its tags when they come back."""

    def compression_tween(request: Request) -> Response:
        knows_compressed = _take_suffixes(request.environ)
        response = handler(request)
        is_known = response.status_int == 304
        if is_known or is_text(response):
            response.vary = (*(response.vary or ()), "Accept-Encoding")
            if is_known:
                if knows_compressed:
                    _add_suffix(response)
            elif accepts_gzip(request.environ.get("HTTP_ACCEPT_ENCODING", "")):
                _compress(response)
        return response

    return compression_tween


def is_text(response: Response) -> bool:
    """Whether the answer is text that stands whole in memory, large enough, and may be kept by who gets it."""
    body = response.app_iter
    if not isinstance(body, list) or sum(map(len, body)) < SMALLEST:
        return False
    headers, media_type = response.headers, response.content_type or ""
    if not (media_type.startswith("text/") or media_type in TEXTS or media_type.endswith(("+json", "+xml"))):
        return False
    if media_type == STREAM or response.status_int == 206 or "Content-Encoding" in headers:
        return False
    cache_control = headers.get("Cache-Control", "")
    return "no-store" not in cache_control and "no-transform" not in cache_control


@lru_cache(256)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    accepted = create_accept_encoding_header(header) if header else None
    if not isinstance(accepted, AcceptEncodingValidHeader):
        return False
    weights = {name.lower(): weight for name, weight in accepted.parsed}
    return weights.get("gzip", weights.get("*", 0)) > 0


def gzipped(body: bytes) -> bytes:
    """The bytes as a gzip file, whose length differs from time to time."""
    name = b"-" * randbelow(LONGEST_NAME) + b"\0"
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    return b"".join((HEAD_OF_FILE, name, packed, struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)))


def _compress(response: Response) -> None:
    response.body = gzipped(response.body)
    response.headers["Content-Encoding"] = "gzip"
    _add_suffix(response)


def _add_suffix(response: Response) -> None:
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):
        response.headers["ETag"] = f'{tag[:-1]}{SUFFIX}"'


def _take_suffixes(environ: dict[str, Any]) -> bool:
    """Take the suffix off the tags that a request brings; returns whether If-None-Match had one."""
    found = False
    for name in CONDITIONS:
        given = environ.get(name)
        if given and SUFFIX in given:
            environ[name] = _COMPRESSED_TAG.sub(r'\1"', given)
            found |= name == "HTTP_IF_NONE_MATCH" and environ[name] != given
    return found


def includeme(config: Configurator) -> None:
    """The tween, where the site wants it."""
    if config.registry["settings"]["http.compress"]:
        config.add_tween(
            f"{__name__}.compression_tween_factory",
            under="myplatform.headers.headers_tween_factory",
            over="pyramid_tm.tm_tween_factory",
        )
