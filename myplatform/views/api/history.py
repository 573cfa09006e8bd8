"""What a node was before: its versions, one of them, and going back to it."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request

from ...actions.history import revert_node
from ...errors import Invalid, Missing
from ...models.base import LARGEST_ID
from ...permissions import Permission
from ...queries.changes import history, values_at
from ...queries.listing import Page
from ...queries.nodes import entry_of
from ...representations import version_line
from .answers import NODE, page
from .bodies import Body, body_of
from .content import document
from .describing import paging_parameters
from .operations import Answer, Operation
from .parameters import number, only, page_document
from .preconditions import expected_version
from .services import on_node

LARGEST_VERSION = 1 << 53


@on_node(
    "GET",
    "@history",
    permission=Permission.VIEW,
    operation=Operation(
        "listVersions",
        "List what happened to a node",
        "history",
        {200: page("Version")},
        description="The newest first.",
        parameters=paging_parameters,
        problems=(400,),
    ),
)
def list_versions(request: Request) -> dict[str, Any]:
    """The changes of the node with author, time and the names of what changed."""
    given = only(request, "limit", "cursor")
    limit = number(given, "limit", 100, at_most=1000)
    before = number(given, "cursor", None, at_most=LARGEST_ID)
    rows = history(request.db, request.context.node.id, limit=limit + 1, before=before)
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return page_document(request, Page([version_line(row) for row in rows[:limit]], cursor))


@on_node(
    "GET",
    "@history",
    permission=Permission.VIEW,
    steps=1,
    operation=Operation(
        "getVersion",
        "Read a node as it was",
        "history",
        {200: Answer("Title and fields at that version.", "OldVersion")},
        problems=(400,),
        steps=("version",),
    ),
)
def get_version(request: Request) -> dict[str, Any]:
    """Title and fields as they were at a version."""
    only(request)
    text = request.subpath[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Missing(f"There is no version {text!r}.")
    entry = entry_of(request.db, request.context.node)
    values = values_at(request.db, entry, int(text))
    return {"id": entry.node.id, "kind": entry.node.kind, "version": int(text), **values}


class Revert(Body):
    """The version to go back to."""

    version: int = Field(ge=1, le=LARGEST_VERSION)


@on_node(
    "POST",
    "@revert",
    permission=Permission.EDIT,
    operation=Operation(
        "revertNode",
        "Go back to an earlier version",
        "history",
        {200: NODE},
        description="It becomes the next version, so that this can be undone too.",
        body=Revert,
        example={"version": 3},
        problems=(400, 409, 413, 415, 422),
        precondition="optional",
    ),
)
def revert(request: Request) -> dict[str, Any]:
    """Give the node the title and fields that it had."""
    only(request)
    node = request.context.node
    version = expected_version(request, node, required=False)
    wanted = body_of(request, Revert).version
    if wanted > node.version:
        raise Invalid.one("version", f"is not there yet; the newest is {node.version}")
    return document(request, revert_node(request.db, node, wanted, by=request.identity, expected_version=version))
