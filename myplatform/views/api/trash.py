"""What lies in the trash."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ...permissions import Permission
from ...queries.listing import Page, parse
from ...queries.trash import TRASH, Trashed, trashed_nodes
from ...representations import node_line
from .answers import page
from .describing import collection_parameters
from .operations import Operation
from .parameters import only_fields, page_document, pairs
from .services import service

TRASH_LIST = service("trash", "/trash")


@TRASH_LIST.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listTrash",
        "List what lies in the trash",
        "trash",
        {200: page("Trashed")},
        description="The latest first; what went there with something else is not listed.",
        parameters=lambda: collection_parameters(TRASH),
        problems=(400,),
    ),
)
def list_trash(request: Request) -> dict[str, Any]:
    """What the caller could see where it stood."""
    listing = parse(TRASH, pairs(request))
    found = trashed_nodes(request.db, request.identity, listing=listing)
    items = [only_fields(trashed_document(each), listing.fields) for each in found.rows]
    return page_document(request, Page(items, found.next_cursor, found.total))


def trashed_document(trashed: Trashed) -> dict[str, Any]:
    """A trashed node and what the caller may do with it."""
    return {
        **node_line(trashed.node),
        "position": trashed.node.position,
        "trashed": trashed.node.trashed_at,
        "trashed_by": trashed.node.trashed_by,
        "can_restore": trashed.can_restore,
        "can_purge": trashed.can_purge,
    }
