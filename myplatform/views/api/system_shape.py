"""How the condition of the site looks to programs."""

from __future__ import annotations

from typing import Any

from ...checks import Severity
from ...models.jobs import FAILED, OPEN_STATES

_TEXT = {"type": "string"}
_MOMENT = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_WORDS = {"type": "array", "items": _TEXT}
_BY_NAME = {"type": "object", "additionalProperties": _TEXT}


def _record(members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}


def _or_null(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "description": description}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


_FINDING = _record(
    {
        "id": {**_TEXT, "description": "Of the check; it never changes."},
        "severity": {"enum": [each.value for each in Severity]},
        "title": {**_TEXT, "description": "What must be."},
        "what": {**_TEXT, "description": "What is instead."},
        "where": _TEXT,
        "mend": {**_TEXT, "description": "How to mend it."},
        "silenced": {**_TEXT, "description": "Why it does not count; empty where it does."},
    }
)
_CHECK = _record(
    {
        "at": _MOMENT,
        "seconds": {"type": "number"},
        "findings": _list(_FINDING),
        "tried": {**_BY_NAME, "description": "What answered, by what was tried."},
        "not_tried": {**_BY_NAME, "description": "Why it was not, by the ids of checks."},
    }
)
_DONE = {"type": "object", "properties": {"at": _MOMENT}, "required": ["at"]}
_WORKER = _record({"host": _TEXT, "pid": _COUNT, "runs": _WORDS, "since": _MOMENT, "seen": _MOMENT})
_JOBS = _record({"state": {"enum": [*OPEN_STATES, FAILED]}, "count": _COUNT, "oldest": _MOMENT_OR_NULL})
SYSTEM = _record(
    {
        "version": _TEXT,
        "python": _TEXT,
        "database": _TEXT,
        "schema": _record({"revision": {"type": ["string", "null"]}, "expected": _TEXT}),
        "jobs": _list(_JOBS),
        "workers": _list(_WORKER),
        "backup": _or_null(_DONE, "The last backup."),
        "drill": _or_null(_DONE, "When one was last restored for trial."),
        "check": _or_null(_CHECK, "What the last check found that was asked for by REST or in the browser."),
    }
)
