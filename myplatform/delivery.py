"""Hands out the bytes of people's files, for pages and programs alike: in ranges, never as a page of ours."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from pyramid.request import Request
from pyramid.response import Response

from .errors import Missing
from .languages import gettext as _

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"})
PDF = "application/pdf"
SHOWN = IMAGES | {PDF, "text/plain", "video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac"}
"""Types that a browser shows without running anything in them; all others are downloads."""
LOADABLE = frozenset({"text/css", "text/javascript", "text/ecmascript", "application/javascript"})
LOADABLE |= {"application/x-javascript", "application/ecmascript", "text/jscript", "text/livescript"}
"""Types that a page of the site could load as its own code or style: they are sent as plain text, which none loads."""
CHUNK = 1 << 18
LOCKED_IN = "default-src 'none'; sandbox; frame-ancestors 'self'"
PDF_VIEWER = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
"""Browsers' own PDF viewers do not start in a sandbox; they run apart from the site by themselves."""


def content_response(request: Request, file: Mapping[str, Any], *, as_download: bool = False) -> Response:
    """The bytes of a file from its field values (`sha256`, `size`, `media_type`, `file_name`).

    Answers ranges and conditional requests. Raises `Missing` where the store has lost the bytes.
    """
    stream = request.files.open(file["sha256"]) if file["sha256"] else None
    if stream is None:
        raise Missing(_("The bytes of this file are missing from the store."))
    shown = file["media_type"] in SHOWN and not as_download
    response = stream_response(stream, file["media_type"], file["sha256"], file["size"])
    response.headers["Content-Disposition"] = disposition(file["file_name"], inline=shown)
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file['sha256'])).decode()}:"
    return response


def stream_response(stream: BinaryIO, media_type: str, etag: str, size: int) -> Response:
    """A stream as a response that runs nothing: locked in, not sniffed, revalidated by its hash."""
    response = Response(conditional_response=True)
    sent_type = "text/plain" if media_type in LOADABLE else media_type
    response.headers["Content-Type"] = sent_type + ("; charset=utf-8" if sent_type.startswith("text/") else "")
    response.app_iter = Chunks(stream)
    response.content_length = size
    response.etag = etag
    response.accept_ranges = "bytes"
    response.cache_control = "private, no-cache"
    response.headers["Content-Security-Policy"] = PDF_VIEWER if media_type == PDF else LOCKED_IN
    return response


class Chunks:
    """A stream piece by piece, from `start` up to `stop`; whoever is done with it closes the stream."""

    def __init__(self, stream: BinaryIO, start: int = 0, stop: int | None = None):
        self.stream = stream
        self.left = None if stop is None else stop - start
        stream.seek(start)

    def app_iter_range(self, start: int, stop: int | None) -> Chunks:
        """A part of the stream; WebOb asks for it to answer a range."""
        return Chunks(self.stream, start, stop)

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        piece = self.stream.read(CHUNK if self.left is None else min(CHUNK, self.left))
        if not piece:
            raise StopIteration
        if self.left is not None:
            self.left -= len(piece)
        return piece

    def close(self) -> None:
        """Let go of the file."""
        self.stream.close()


def disposition(file_name: str, *, inline: bool) -> str:
    """The Content-Disposition header with any file name, as RFC 6266 writes it."""
    plain = "".join(character if character.isascii() and character not in '"\\%' else "_" for character in file_name)
    how = "inline" if inline else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
