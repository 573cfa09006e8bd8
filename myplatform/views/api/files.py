"""The bytes of files: streamed in and out, in ranges, checked by their SHA-256."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPRequestRangeNotSatisfiable
from pyramid.request import Request
from pyramid.response import Response
from webob.request import DisconnectionError

from ...actions.files import Limits, Upload, add_file, replace_file
from ...delivery import content_response
from ...errors import Invalid, Missing
from ...permissions import Permission
from ...queries.changes import values_at
from ...queries.nodes import Entry, entry_of, values_of
from .answers import NODE, made
from .bodies import body_stream
from .content import created, document
from .describing import content_parameters
from .operations import Answer, Operation
from .parameters import number, only, yes_or_no
from .preconditions import ensure_may_exist, ensure_new, expected_version
from .services import on_new_name, on_node

UPLOAD = {"body": "bytes", "problems": (400, 409, 411, 412, 413, 422)}
DIGESTS = ("HTTP_REPR_DIGEST", "HTTP_CONTENT_DIGEST", "HTTP_DIGEST")
SHA_256 = re.compile(r"(?:^|[\s,])sha-256=:?([A-Za-z0-9+/=_-]+?):?(?:[\s,;]|$)", re.IGNORECASE)
DIGEST_HELP = "must have sha-256=:BASE64: of the bytes"
BYTES = {
    "ETag": "The SHA-256 of the bytes.",
    "Repr-Digest": "The same as RFC 9530 writes it, of all bytes, also where a range was asked for.",
    "Content-Disposition": "Whether browsers may show it, and its name.",
    "Accept-Ranges": "bytes",
}


@on_node(
    "GET",
    "@content",
    permission=Permission.VIEW,
    kind="file",
    operation=Operation(
        "getContent",
        "Download the bytes of a file",
        "files",
        {
            200: Answer("The bytes.", None, "*/*", BYTES),
            206: Answer("The range that was asked for.", None, "*/*", BYTES),
            304: Answer("What the caller has is what there is.", None),
        },
        parameters=content_parameters,
        problems=(400, 416),
    ),
)
def get_content(request: Request) -> Response:
    """The bytes, or the range of them that was asked for."""
    given = only(request, "download", "version")
    version = number(given, "version", None, at_most=1 << 31)
    entry = entry_of(request.db, request.context.node)
    file = dict(entry.values) if version is None else values_at(request.db, entry, version)
    if file["sha256"] is None:
        raise Missing("This file has no bytes.")
    _ensure_satisfiable(request, file["size"])
    return content_response(request, file, as_download=yes_or_no(given, "download"))


def _ensure_satisfiable(request: Request, size: int) -> None:
    """A range that begins behind the end is refused in our own words."""
    wanted = request.range
    if wanted is not None and request.if_range is not None and wanted.range_for_length(size) is None:
        if "HTTP_IF_RANGE" in request.environ or "HTTP_IF_NONE_MATCH" in request.environ:
            return
        detail = f"The file has {size} bytes; the range lies outside."
        raise HTTPRequestRangeNotSatisfiable(detail, headers={"Content-Range": f"bytes */{size}"})


@on_node(
    "PUT",
    "@content",
    permission=Permission.EDIT,
    kind="file",
    body_limit="files.max_size",
    operation=Operation(
        "replaceContent",
        "Give a file new bytes",
        "files",
        {200: NODE},
        description=(
            "They become its next version, the earlier ones stay. If-Match takes the node's ETag or that of the bytes."
        ),
        precondition="optional",
        **UPLOAD,
    ),
)
def put_content(request: Request) -> dict[str, Any]:
    """Replace the bytes, provided that they are still those that the caller saw, if it says so."""
    only(request)
    node = request.context.node
    ensure_may_exist(request)
    present = values_of(request.db, entry_of(request.db, node).kind, node.id)["sha256"]
    version = expected_version(request, node, f'"{present}"', required=False)
    upload = sent_upload(request, node.slug)
    given = {"by": request.identity, "limits": _limits(request), "expected_version": version}
    return document(request, _checked(request, replace_file(request.db, request.files, node, upload, **given)))


@on_new_name(
    "PUT",
    "@content",
    body_limit="files.max_size",
    operation=Operation(
        "createContent",
        "Make a file at an address that is free",
        "files",
        {201: made(NODE)},
        description="The last segment of the path is its name.",
        **UPLOAD,
    ),
)
def put_new_content(request: Request) -> dict[str, Any]:
    """Make a file node of the bytes."""
    only(request)
    ensure_new(request)
    place, name = request.context.place.node, request.context.__name__
    given = {"by": request.identity, "limits": _limits(request), "slug": name}
    return created(
        request, _checked(request, add_file(request.db, request.files, place, sent_upload(request, name), **given))
    )


def sent_upload(request: Request, name: str) -> Upload:
    """The body, as a file of that name."""
    return Upload(_Bytes(request), name)  # type: ignore[arg-type]


class _Bytes:
    """The body as it arrives; one that ends early is the caller's mistake, not ours."""

    def __init__(self, request: Request):
        self.stream = body_stream(request)

    def read(self, size: int) -> bytes:
        try:
            return self.stream.read(size)
        except DisconnectionError as error:
            raise HTTPBadRequest("The body ended before all its bytes had arrived.") from error


def _limits(request: Request) -> Limits:
    return Limits.of(request.registry["settings"])


def _checked(request: Request, entry: Entry) -> Entry:
    """The entry, unless its bytes are not those that a digest in the headers speaks of."""
    header = next((request.environ[name] for name in DIGESTS if name in request.environ), None)
    if header is None:
        return entry
    found = SHA_256.search(header)
    try:
        wanted = base64.b64decode(found[1], validate=True).hex() if found else ""
    except binascii.Error:
        wanted = ""
    if len(wanted) != 64:
        raise HTTPBadRequest(f"The digest {DIGEST_HELP}.")
    if wanted != entry.values["sha256"]:
        raise Invalid.one("content", "does not have the SHA-256 that was sent with it; send it again")
    return entry
