"""How a job looks to programs."""

from __future__ import annotations

from typing import Any

from ...models.jobs import STATES

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_MOMENT = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_PROGRESS = {
    "type": "object",
    "properties": {"done": _COUNT, "total": {**_COUNT, "description": "0: not known."}, "text": _TEXT},
    "required": ["done", "total", "text"],
}
_MEMBERS: dict[str, Any] = {
    "id": {"type": "integer"},
    "kind": _TEXT,
    "title": _TEXT,
    "state": {"enum": list(STATES)},
    "user": {**_TEXT, "description": "Who asked for it, and as whom it runs."},
    "attempts": _COUNT,
    "created": _MOMENT,
    "run_at": {**_MOMENT, "description": "It does not run before."},
    "started": _MOMENT_OR_NULL,
    "ended": _MOMENT_OR_NULL,
    "progress": _PROGRESS,
    "reason": {**_TEXT_OR_NULL, "description": "Why it failed."},
    "fault": {**_TEXT_OR_NULL, "description": "The same for administrators, as far as it is known where."},
    "result": {"type": ["object", "null"], "description": "What it did, by kind."},
    "content": {"type": ["string", "null"], "description": "The address of the file that it made, for a day."},
}
JOB = {"type": "object", "properties": _MEMBERS, "required": ["id"]}
"""Members other than the id can be left out by `fields`."""
