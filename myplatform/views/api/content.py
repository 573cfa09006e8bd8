"""Nodes one by one: read, made, changed, put into the trash."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from ...actions.content import create_node, edit_node
from ...actions.trash import purge_node, trash_node
from ...errors import Conflict
from ...permissions import Permission
from ...queries.nodes import Entry, entry_of
from ...representations import etag_of, node_document
from .answers import NO_CONTENT, NODE, NOT_MODIFIED, made
from .bodies import new_node, node_changes
from .describing import yes_or_no_parameter
from .operations import Operation
from .parameters import content_url, only, page_url, yes_or_no
from .preconditions import expected_version, is_unmodified, not_modified
from .services import on_node

TAG = "content"


def document(request: Request, entry: Entry) -> dict[str, Any]:
    """The node as it is answered, with its tag in the headers."""
    request.response.headers["ETag"] = etag_of(entry.node)
    return node_document(entry, partial(page_url, request))


def created(request: Request, entry: Entry) -> dict[str, Any]:
    """The same for one that was just made: 201 with its address."""
    request.response.status_int = 201
    request.response.headers["Location"] = content_url(request, entry.node.path)
    return document(request, entry)


@on_node(
    "GET",
    permission=Permission.VIEW,
    operation=Operation("getNode", "Read a node", TAG, {200: NODE, 304: NOT_MODIFIED}, problems=(400,)),
)
def get_node(request: Request) -> dict[str, Any] | Response:
    """The node with all its fields; 304 where the caller has it already."""
    only(request)
    etag = etag_of(request.context.node)
    if is_unmodified(request, etag):
        return not_modified(etag)
    return document(request, entry_of(request.db, request.context.node))


@on_node(
    "POST",
    permission=Permission.ADD,
    operation=Operation(
        "createNode",
        "Make a node inside this one",
        TAG,
        {201: made(NODE)},
        description="Without `slug` one is made from the title and numbered where it is taken.",
        body="NewNode",
        example={"kind": "page", "title": "Leave", "body": "# Leave\n\nAsk early."},
        problems=(400, 409, 413, 415, 422),
    ),
)
def post_node(request: Request) -> dict[str, Any]:
    """Make a node of the kind that the body names."""
    only(request)
    parent = request.context.node
    kind, values, slug = new_node(request, parent)
    return created(request, create_node(request.db, parent, kind, values, by=request.identity, slug=slug))


@on_node(
    "PATCH",
    permission=Permission.EDIT,
    operation=Operation(
        "editNode",
        "Change fields of a node",
        TAG,
        {200: NODE},
        description="Fields that are left out stay; null empties one. All fields change together or none does.",
        body="NodeChanges",
        example={"title": "Leave and absence"},
        problems=(400, 409, 413, 415, 422),
        precondition="required",
    ),
)
def patch_node(request: Request) -> dict[str, Any]:
    """Change what the body gives, provided that the node is still as the caller saw it."""
    only(request)
    node = request.context.node
    version = expected_version(request, node)
    values = node_changes(request, node)
    return document(request, edit_node(request.db, node, values, by=request.identity, expected_version=version))


TRASH = Operation(
    "trashNode",
    "Put a node into the trash with all that is below it",
    TAG,
    {204: NO_CONTENT},
    description="`POST` to this address`/@restore` brings it back whole.",
    problems=(400, 409, 422),
    precondition="optional",
)


@on_node("DELETE", permission=Permission.TRASH, operation=TRASH, trashed=False)
def delete_node(request: Request) -> Response:
    """Put the node into the trash; asked to delete for good, it does no more than that either."""
    if yes_or_no(only(request, "purge"), "purge"):
        raise Conflict("This is not in the trash. Put it there first, by DELETE without purge.")
    node = request.context.node
    version = expected_version(request, node, required=False)
    trash_node(request.db, node, by=request.identity, expected_version=version)
    return Response(status=204)


@on_node(
    "DELETE",
    permission=Permission.PURGE,
    trashed=True,
    operation=Operation(
        "purgeNode",
        "Delete something in the trash for good",
        "trash",
        {204: NO_CONTENT},
        description="Only with `purge=true`, so that a repeated DELETE does no more than the first one did.",
        parameters=lambda: [yes_or_no_parameter("purge", "Whether to delete for good what is in the trash.")],
        problems=(400, 409),
        precondition="optional",
        in_trash=True,
    ),
)
def delete_trashed_node(request: Request) -> Response:
    """Delete what lies in the trash, with all that went there with it."""
    node = request.context.node
    expected_version(request, node, required=False)
    if not yes_or_no(only(request, "purge"), "purge"):
        raise Conflict("This is in the trash already. Add purge=true to delete it for good.")
    purge_node(request.db, node, by=request.identity)
    return Response(status=204)
