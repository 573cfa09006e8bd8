"""Notes in the site's own values when operations were last done, so that checks can tell how long ago that was."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ..models import utc_now
from .site_values import write_values

BACKUP, DRILL, CHECK = "operations.backup", "operations.drill", "operations.check"
"""Keys under which it stands when each was last done: `{"at": moment in UTC, "seconds": …, …}`."""

PROBE = "operations.probe."
"""Beginning of the keys of rows that checks write and remove again."""


def note_operation(db: Session, key: str, **told: Any) -> None:
    """Keep that an operation was done now, and what is to be said of it."""
    write_values(db, {key: {"at": utc_now().isoformat(), **told}})
