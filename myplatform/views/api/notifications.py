"""What the caller should hear of: read, marked as read or unread."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request

from ...actions.notifications import read_notifications
from ...models.base import LARGEST_ID
from ...permissions import Permission
from ...queries.notifications import PAGE, notifications_of, unread_count
from .bodies import Body, body_of
from .describing import notification_parameters
from .operations import Answer, Operation
from .parameters import number, only
from .services import service

TAG = "following"
NOTIFICATIONS = service("notifications", "/notifications")


class Reading(Body):
    """Which of the caller's notifications are read now, or wait again; without ids, all."""

    read: bool = True
    ids: list[int] | None = Field(None, max_length=1000)


def notification_document(row: Any) -> dict[str, Any]:
    """A notification, with its place as far as the caller may see it now."""
    place = {"id": row.node_id, "path": row.node_path, "title": row.node_title, "kind": row.node_kind}
    return {
        "id": row.id,
        "reason": row.reason,
        "action": row.action or None,
        "actor": row.actor or None,
        "node": place if row.node_path is not None else None,
        "comment": row.comment_id,
        "times": row.times,
        "at": row.at,
        "read": row.read_at,
    }


@NOTIFICATIONS.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listNotifications",
        "List your notifications",
        TAG,
        {200: Answer("The newest first, and how many are unread.", "Notifications")},
        parameters=notification_parameters,
        problems=(400,),
    ),
)
def list_notifications(request: Request) -> dict[str, Any]:
    """As on the page behind the bell; `before` continues behind the id of one."""
    given = only(request, "before", "limit")
    limit = number(given, "limit", PAGE, at_most=1000)
    before = number(given, "before", None, at_most=LARGEST_ID)
    rows = notifications_of(request.db, request.identity, limit=limit or PAGE, before=before)
    items = [notification_document(row) for row in rows]
    return {"items": items, "unread": unread_count(request.db, request.identity)}


@NOTIFICATIONS.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "readNotifications",
        "Mark notifications as read",
        TAG,
        {200: Answer("How many that changed.", "NotificationsRead")},
        body=Reading,
        example={"read": True, "ids": [41, 42]},
        problems=(400, 403, 413, 415, 422),
    ),
)
def post_notifications(request: Request) -> dict[str, Any]:
    """Only the caller's own are changed."""
    only(request)
    given = body_of(request, Reading)
    ids = None if given.ids is None else [each for each in given.ids if 0 < each <= LARGEST_ID]
    return {"changed": read_notifications(request.db, by=request.identity, ids=ids, read=given.read)}
