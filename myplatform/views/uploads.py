"""Uploads in pieces by the protocol tus 1.0: what breaks off goes on where it stopped. Browsers and tokens alike.

Core, creation, expiration, termination and checksum. The last piece makes the file, in the same request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from email.utils import format_datetime
from io import BytesIO
from typing import Any, BinaryIO

from pyramid.config import Configurator
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPClientError,
    HTTPPreconditionFailed,
    HTTPUnsupportedMediaType,
)
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from webob.request import DisconnectionError

from ..actions.files import Limits
from ..actions.uploads import add_piece, begin_upload, cancel_upload, upload_of
from ..errors import Missing
from ..models import PartialUpload
from ..permissions import Permission
from ..queries.nodes import entry_of, visible_nodes
from .described import described

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination,checksum"
PIECE = "application/offset+octet-stream"
ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}


class HTTPChecksumMismatch(HTTPClientError):  # noqa: N818 - named as those of Pyramid are
    """What tus answers to a piece that arrived changed."""

    code = 460
    title = "Checksum Mismatch"
    explanation = "The bytes are not those that the checksum speaks of; send them again."


@view_config(route_name="uploads", request_method="OPTIONS", permission=Permission.SIGNED_IN)
def abilities(request: Request) -> Response:
    """What this server can do of tus."""
    response = Response(status=204)
    response.headers.update(
        {
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(request.registry["settings"]["files.max_size"]),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
    )
    return response


@view_config(route_name="uploads", request_method="POST", permission=Permission.SIGNED_IN, raw_body=True)
def begin(request: Request) -> Response:
    """Announce a file: `Upload-Length`, and `Upload-Metadata` with filename, place (an id) and perhaps version."""
    _ensure_version(request)
    said = metadata(request.headers.get("Upload-Metadata", ""))
    version = _number(said["version"], "version") if "version" in said else None
    upload = begin_upload(
        request.db,
        _number(said.get("place", ""), "place"),
        by=request.identity,
        file_name=said.get("filename") or "file",
        length=_number(request.headers.get("Upload-Length", ""), "Upload-Length"),
        version=version,
        **_rules(request),
    )
    if not upload.length:
        add_piece(request.db, request.files, upload, 0, BytesIO(), by=request.identity, **_rules(request))
    response = _answer(upload, 201)
    response.headers["Location"] = request.route_url("upload", key=upload.key)
    return response


@view_config(route_name="upload", request_method="GET", permission=Permission.SIGNED_IN)
def progress(request: Request) -> Response:
    """How much has arrived (HEAD suffices), and what file it became. Raises `Missing` where that is out of sight."""
    upload = upload_of(request.db, request.matchdict["key"], by=request.identity)
    entry = None
    if upload.node_id is not None:
        if upload.node_id not in (seen := visible_nodes(request.db, request.identity, [upload.node_id])):
            raise Missing
        entry = entry_of(request.db, seen[upload.node_id])
    response = _answer(upload, 200)
    response.headers["Upload-Length"] = str(upload.length)
    response.json_body = {"received": upload.received, "length": upload.length, "file": described(request, entry)}
    response.content_type = "application/json"
    response.cache_control = "no-store"
    return response


@view_config(
    route_name="upload",
    request_method="PATCH",
    permission=Permission.SIGNED_IN,
    raw_body=True,
    body_limit="files.max_size",
)
def receive(request: Request) -> Response:
    """The bytes that follow those received; what arrived before a connection broke is kept."""
    _ensure_version(request)
    if request.content_type != PIECE:
        raise HTTPUnsupportedMediaType(f"Send the bytes as {PIECE}.")
    upload = upload_of(request.db, request.matchdict["key"], by=request.identity, to_write=True)
    offset = _number(request.headers.get("Upload-Offset", ""), "Upload-Offset")
    wanted = checksum(request.headers.get("Upload-Checksum"))
    piece: Any = Piece(request, wanted[0] if wanted else None)
    add_piece(request.db, request.files, upload, offset, piece, by=request.identity, **_rules(request))
    if wanted and piece.digest != wanted[1]:
        raise HTTPChecksumMismatch
    return _answer(upload, 204)


@view_config(route_name="upload", request_method="DELETE", permission=Permission.SIGNED_IN)
def cancel(request: Request) -> Response:
    """Give an upload up."""
    _ensure_version(request)
    upload = upload_of(request.db, request.matchdict["key"], by=request.identity, to_write=True)
    cancel_upload(request.db, request.files, upload)
    return Response(status=204, headers={"Tus-Resumable": VERSION})


class Piece:
    """The body as it arrives; it ends where the connection breaks, unless all of it is to be checked."""

    def __init__(self, request: Request, algorithm: str | None):
        if request.is_body_seekable:
            request.body_file_raw.seek(0)  # the request may be tried once more
        self.stream: BinaryIO = request.body_file
        self.hash = ALGORITHMS[algorithm]() if algorithm else None

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end."""
        try:
            content = self.stream.read(size)
        except DisconnectionError as error:
            if self.hash is not None:
                raise HTTPBadRequest("The body ended before all its bytes had arrived.") from error
            return b""
        if self.hash is not None:
            self.hash.update(content)
        return content

    @property
    def digest(self) -> bytes | None:
        """The checksum of what was read."""
        return self.hash.digest() if self.hash is not None else None


def metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header: names, each with text in Base64. Raises HTTPBadRequest."""
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    try:
        return {name: base64.b64decode(value, validate=True).decode().replace("\0", "") for name, _, value in pairs}
    except (binascii.Error, UnicodeDecodeError) as error:
        raise HTTPBadRequest("Upload-Metadata is to be pairs of a name and UTF-8 text in Base64.") from error


def checksum(header: str | None) -> tuple[str, bytes] | None:
    """Algorithm and digest of an Upload-Checksum header. Raises HTTPBadRequest."""
    if header is None:
        return None
    algorithm, _, digest = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise HTTPBadRequest(f"The checksum can be {' or '.join(ALGORITHMS)}.")
    try:
        return algorithm, base64.b64decode(digest, validate=True)
    except binascii.Error as error:
        raise HTTPBadRequest("The checksum is to be in Base64.") from error


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise HTTPBadRequest(f"{name} is missing or no whole number.")
    return int(text)


def _ensure_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise HTTPPreconditionFailed(
            f"Send Tus-Resumable: {VERSION}.", headers={"Tus-Version": VERSION, "Tus-Resumable": VERSION}
        )


def _rules(request: Request) -> Mapping[str, Any]:
    settings = request.registry["settings"]
    return {"limits": Limits.of(settings), "expiry": settings["files.upload_expiry"]}


def _answer(upload: PartialUpload, status: int) -> Response:
    response = Response(status=status)
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Upload-Offset"] = str(upload.received)
    response.headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return response


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("uploads", "/-/uploads")
    config.add_route("upload", "/-/uploads/{key}")
    config.scan(__name__)
