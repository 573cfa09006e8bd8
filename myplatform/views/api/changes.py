"""The feed of changes, and taking one back."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ...actions.history import undo_change
from ...permissions import Permission
from ...queries.changes import change_by_id, feed
from ...representations import change_document, node_line
from ...resources import id_in_url
from .describing import feed_parameters
from .operations import Answer, Operation
from .parameters import number, only, place_named
from .search import kind_named_in
from .services import service

CHANGES = service("changes", "/changes")
UNDO = service("undo", "/changes/{id:[0-9]+}/@undo")


@CHANGES.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listChanges",
        "Follow what changes",
        "changes",
        {200: Answer("Changes, the oldest first, and the cursor behind the last of them.", "Feed")},
        description=(
            "Ask again with `after` set to the last cursor: what is committed later always comes behind it, so that "
            "no change is missed. The cursor stays the same while there is nothing new. What was trashed or deleted "
            "for good comes as the actions `trashed` and `purged`."
        ),
        parameters=feed_parameters,
        problems=(400,),
    ),
)
def list_changes(request: Request) -> dict[str, Any]:
    """What happened to the nodes that the caller may see."""
    given = only(request, "after", "limit", "under", "kind")
    found = feed(
        request.db,
        request.identity,
        after=given.get("after"),
        limit=number(given, "limit", 100, at_most=1000),
        under=place_named(request, given, "under"),
        kind=kind_named_in(given),
    )
    return {"items": [change_document(row) for row in found.rows], "cursor": found.cursor}


@UNDO.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "undoChange",
        "Take a change back",
        "changes",
        {200: Answer("The node as it now stands.", "Undone")},
        description="Possible as long as nothing else changed the same thing since; recorded as a change of its own.",
        problems=(400, 403, 404, 409, 422),
    ),
)
def undo(request: Request) -> dict[str, Any]:
    """Do the opposite of one change."""
    only(request)
    node = undo_change(request.db, change_by_id(request.db, id_in_url(request)), by=request.identity)
    return {**node_line(node), "trashed": node.trash_id is not None}
