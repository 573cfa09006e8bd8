"""How notifications look to programs."""

from __future__ import annotations

from typing import Any

from ...models.notifications import ANSWER, CHANGE, COMMENT, MENTION, REQUEST, REVIEW

_NUMBER = {"type": "integer"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_PLACE = {
    "type": ["object", "null"],
    "description": "null where it is about no place.",
    "properties": {"id": _NUMBER, "path": {"type": "string"}, "title": {"type": "string"}, "kind": {"type": "string"}},
}
_MEMBERS: dict[str, Any] = {
    "id": _NUMBER,
    "reason": {"enum": [MENTION, COMMENT, CHANGE, REQUEST, ANSWER, REVIEW]},
    "action": _TEXT_OR_NULL,
    "actor": _TEXT_OR_NULL,
    "node": _PLACE,
    "comment": {"type": ["integer", "null"]},
    "times": {**_NUMBER, "description": "How often the same happened while it was unread."},
    "at": {"type": "string", "format": "date-time"},
    "read": {"type": ["string", "null"], "format": "date-time"},
}
_ITEMS = {"type": "array", "items": {"$ref": "#/components/schemas/Notification"}}


def notification_schemas() -> dict[str, Any]:
    """The schemas of notifications, by name."""
    return {
        "Notification": _record(_MEMBERS),
        "Notifications": _record({"items": _ITEMS, "unread": {**_NUMBER, "description": "100 stands for more too."}}),
        "NotificationsRead": _record({"changed": _NUMBER}),
    }


def _record(members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}
