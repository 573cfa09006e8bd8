"""How the condition of the site looks to programs."""

from __future__ import annotations

from typing import Any

from ...checks import Severity
from ...models.jobs import FAILED, OPEN_STATES
from .shapes import COUNT, MOMENT, MOMENT_OR_NULL, TEXT, WORDS, array, record

_BY_NAME = {"type": "object", "additionalProperties": TEXT}


def _or_null(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "description": description}


_FINDING = record(
    {
        "id": {**TEXT, "description": "Of the check; it never changes."},
        "severity": {"enum": [each.value for each in Severity]},
        "title": {**TEXT, "description": "What must be."},
        "what": {**TEXT, "description": "What is instead."},
        "where": TEXT,
        "mend": {**TEXT, "description": "How to mend it."},
        "silenced": {**TEXT, "description": "Why it does not count; empty where it does."},
    }
)
_CHECK = record(
    {
        "at": MOMENT,
        "seconds": {"type": "number"},
        "findings": array(_FINDING),
        "tried": {**_BY_NAME, "description": "What answered, by what was tried."},
        "not_tried": {**_BY_NAME, "description": "Why it was not, by the ids of checks."},
    }
)
_DONE = {"type": "object", "properties": {"at": MOMENT}, "required": ["at"]}
_WORKER = record({"host": TEXT, "pid": COUNT, "runs": WORDS, "since": MOMENT, "seen": MOMENT})
_JOBS = record({"state": {"enum": [*OPEN_STATES, FAILED]}, "count": COUNT, "oldest": MOMENT_OR_NULL})
SYSTEM = record(
    {
        "version": TEXT,
        "python": TEXT,
        "database": TEXT,
        "schema": record({"revision": {"type": ["string", "null"]}, "expected": TEXT}),
        "jobs": array(_JOBS),
        "workers": array(_WORKER),
        "backup": _or_null(_DONE, "The last backup."),
        "drill": _or_null(_DONE, "When one was last restored for trial."),
        "check": _or_null(_CHECK, "What the last check found that was asked for by REST or in the browser."),
    }
)
