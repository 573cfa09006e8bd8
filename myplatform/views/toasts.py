"""What has just happened, told once on the next page with a button to undo it: `?changed=ID` names the change."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from sqlalchemy import Row

from ..actions.history import SELECTION, can_be_undone
from ..errors import Missing
from ..languages import gettext as _
from ..languages import mark, ngettext
from ..models import utc_now
from ..queries.changes import change_by_id, history, is_recent
from ..resources import is_number

FRESH = dt.timedelta(hours=1)
SENTENCES = {
    "created": mark("Created “%(title)s”"),
    "edited": mark("Saved “%(title)s”"),
    "reverted": mark("Went back to an earlier version of “%(title)s”"),
    "confirmed": mark("Found “%(title)s” still correct"),
    "moved": mark("Moved “%(title)s”"),
    "trashed": mark("Moved “%(title)s” to the trash"),
    "restored": mark("Restored “%(title)s”"),
    "purged": mark("Deleted “%(title)s” for good"),
    "ordered": mark("Changed the order of “%(title)s”"),
    "shared": mark("Changed who can reach “%(title)s”"),
}


def toast_of(request: Request) -> dict[str, Any] | None:
    """The toast for the change that the URL names, if the asker made it a short while ago."""
    if (told := _job_toast(request)) is not None:
        return told
    number = request.GET.get("changed", "")
    if not is_number(number):
        return None
    try:
        change = change_by_id(request.db, int(number))
    except Missing:
        return None
    if change.actor != request.identity.name or not is_recent(change, within=FRESH, now=utc_now()):
        return None
    undo = request.node_url("/-/undo") if can_be_undone(change) else None
    return {"message": sentence(change), "undo": undo, "values": {"change": change.id}}


def _job_toast(request: Request) -> dict[str, Any] | None:
    """What is told where something became a job: `?job=ID`, with a link to how far it is."""
    number = request.GET.get("job", "")
    if not is_number(number):
        return None
    link = (_("See how far it is"), request.node_url(f"/-/jobs/{number}"))
    return {"message": _("That takes a while, and is being done now."), "undo": None, "link": link}


def sentence(change: Row[Any]) -> str:
    """What a change did, in words."""
    if change.subject == SELECTION:
        return _of_several(change.action, change.values["count"][1])
    return _(SENTENCES.get(change.action, mark("Changed “%(title)s”")), title=change.node_title)


def _of_several(action: str, count: int) -> str:
    if action == "moved":
        return ngettext("Moved %(n)s thing", "Moved %(n)s things", count)
    if action == "trashed":
        return ngettext("Moved %(n)s thing to the trash", "Moved %(n)s things to the trash", count)
    if action == "restored":
        return ngettext("Restored %(n)s thing", "Restored %(n)s things", count)
    if action == "created":
        return ngettext("Copied %(n)s thing", "Copied %(n)s things", count)
    if action == "shared":
        return ngettext("Changed who can reach %(n)s thing", "Changed who can reach %(n)s things", count)
    return ngettext("Changed %(n)s thing", "Changed %(n)s things", count)


def see(
    request: Request, path: str, *, changed_node: int | None = None, change: int | None = None, job: int | None = None
) -> HTTPSeeOther:
    """Go to a path after an action, and tell there what happened: the given change or job, or the node's latest."""
    if change is None and changed_node is not None:
        latest = history(request.db, changed_node, limit=1)
        change = latest[0].id if latest else None
    return HTTPSeeOther(request.node_url(path, changed=change, job=job))
