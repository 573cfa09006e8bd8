"""How notifications look to programs."""

from __future__ import annotations

from ...models.notifications import ANSWER, CHANGE, COMMENT, MENTION, REQUEST, REVIEW
from .shapes import MOMENT, MOMENT_OR_NULL, NUMBER, TEXT, TEXT_OR_NULL, Schema, array, record, reference

_PLACE = {
    "type": ["object", "null"],
    "description": "null where it is about no place.",
    "properties": {"id": NUMBER, "path": TEXT, "title": TEXT, "kind": TEXT},
}
_MEMBERS: dict[str, Schema] = {
    "id": NUMBER,
    "reason": {"enum": [MENTION, COMMENT, CHANGE, REQUEST, ANSWER, REVIEW]},
    "action": TEXT_OR_NULL,
    "actor": TEXT_OR_NULL,
    "node": _PLACE,
    "comment": {"type": ["integer", "null"]},
    "times": {**NUMBER, "description": "How often the same happened while it was unread."},
    "at": MOMENT,
    "read": MOMENT_OR_NULL,
}
_UNREAD = {**NUMBER, "description": "100 stands for more too."}


def notification_schemas() -> dict[str, Schema]:
    """The schemas of notifications, by name."""
    return {
        "Notification": record(_MEMBERS),
        "Notifications": record({"items": array(reference("Notification")), "unread": _UNREAD}),
        "NotificationsRead": record({"changed": NUMBER}),
    }
