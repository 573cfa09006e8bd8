"""Entity tags: what a caller has already, and which version a change was made from."""

from __future__ import annotations

import re

from pyramid.httpexceptions import HTTPBadRequest, HTTPPreconditionFailed, HTTPPreconditionRequired
from pyramid.request import Request
from pyramid.response import Response

from ...errors import Conflict
from ...queries.nodes import NodeRow
from ...representations import etag_of

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
ANY = "*"
WRONG_TAG = 'If-Match must be the ETag of the version that you changed, such as "7-1a2b3c4d" or "7", or * to overwrite.'


def is_unmodified(request: Request, etag: str) -> bool:
    """Whether the caller already has what this tag stands for."""
    header = request.environ.get("HTTP_IF_NONE_MATCH")
    if not header:
        return False
    if header == etag:
        return True
    return header.strip() == ANY or etag in (tag.removeprefix("W/") for tag in _TAG.findall(header))


def not_modified(etag: str) -> Response:
    """304: what the caller has is what there is."""
    return Response(status=304, headers={"ETag": etag})


def expected_version(request: Request, node: NodeRow, *others: str, required: bool = True) -> int | None:
    """The version that a change was made from, by If-Match; None to change whatever stands.

    `others` are further tags that stand for the node as it is. Raises `Conflict` for a stale one, and
    HTTPPreconditionRequired where one is `required` and missing.
    """
    header = request.environ.get("HTTP_IF_MATCH")
    if header is None:
        if required:
            raise HTTPPreconditionRequired(f"{WRONG_TAG} GET this address to see its ETag.")
        return None
    if header.strip() == ANY:
        return None
    tags = _TAG.findall(header)
    if not tags or _TAG.sub("", header).strip(" \t,"):
        raise HTTPBadRequest(WRONG_TAG)
    etag = etag_of(node)
    if not {etag, f'"{node.version}"', *others}.isdisjoint(tags):
        return node.version
    request.add_response_callback(lambda _request, response: response.headers.__setitem__("ETag", etag))
    raise Conflict("This was changed by somebody else in the meantime.", current=node.version)


def ensure_new(request: Request) -> None:
    """Raise HTTPPreconditionFailed where If-Match expects something at an address that is still free."""
    if "HTTP_IF_MATCH" in request.environ:
        raise HTTPPreconditionFailed("There is nothing here yet that If-Match could name.")


def ensure_may_exist(request: Request) -> None:
    """Raise HTTPPreconditionFailed where `If-None-Match: *` wants to make what stands already."""
    if request.environ.get("HTTP_IF_NONE_MATCH", "").strip() == ANY:
        raise HTTPPreconditionFailed("There already is something here.")
