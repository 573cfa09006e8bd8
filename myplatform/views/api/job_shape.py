"""How a job looks to programs."""

from __future__ import annotations

from ...models.jobs import STATES
from .shapes import COUNT, MOMENT, MOMENT_OR_NULL, NUMBER, TEXT, TEXT_OR_NULL, Schema, record

_MEMBERS: dict[str, Schema] = {
    "id": NUMBER,
    "kind": TEXT,
    "title": TEXT,
    "state": {"enum": list(STATES)},
    "user": {**TEXT, "description": "Who asked for it, and as whom it runs."},
    "attempts": COUNT,
    "created": MOMENT,
    "run_at": {**MOMENT, "description": "It does not run before."},
    "started": MOMENT_OR_NULL,
    "ended": MOMENT_OR_NULL,
    "progress": record({"done": COUNT, "total": {**COUNT, "description": "0: not known."}, "text": TEXT}),
    "reason": {**TEXT_OR_NULL, "description": "Why it failed."},
    "fault": {**TEXT_OR_NULL, "description": "The same for administrators, as far as it is known where."},
    "result": {"type": ["object", "null"], "description": "What it did, by kind."},
    "content": {**TEXT_OR_NULL, "description": "The address of the file that it made, for a day."},
}
JOB = {"type": "object", "properties": _MEMBERS, "required": ["id"]}
"""Members other than the id can be left out by `fields`."""
