"""What has just happened, told once on the next page with a button to undo it: `?changed=ID` names the change."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from sqlalchemy import Row

from ..actions.history import can_be_undone
from ..errors import Missing
from ..models import utc_now
from ..queries.changes import change_by_id, history, is_recent

FRESH = dt.timedelta(hours=1)
SENTENCES = {
    "created": "Created “{title}”",
    "edited": "Saved “{title}”",
    "reverted": "Went back to an earlier version of “{title}”",
    "moved": "Moved “{title}”",
    "trashed": "Moved “{title}” to the trash",
    "restored": "Restored “{title}”",
    "purged": "Deleted “{title}” for good",
    "ordered": "Changed the order of “{title}”",
    "shared": "Changed who can reach “{title}”",
}


def toast_of(request: Request) -> dict[str, Any] | None:
    """The toast for the change that the URL names, if the asker made it a short while ago."""
    number = request.GET.get("changed", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        change = change_by_id(request.db, int(number))
    except Missing:
        return None
    if change.actor != request.identity.name or not is_recent(change, within=FRESH, now=utc_now()):
        return None
    undo = request.node_url("/-/undo") if can_be_undone(change) else None
    return {"message": sentence(change), "undo": undo, "values": {"change": change.id}}


def sentence(change: Row[Any]) -> str:
    """What a change did, in words."""
    return SENTENCES.get(change.action, "Changed “{title}”").format(title=change.node_title)


def see(request: Request, path: str, *, changed_node: int | None = None, change: int | None = None) -> HTTPSeeOther:
    """Go to a path after an action, and tell there what happened: the given change or the node's latest."""
    if change is None and changed_node is not None:
        latest = history(request.db, changed_node, limit=1)
        change = latest[0].id if latest else None
    return HTTPSeeOther(request.node_url(path, changed=change))
