"""Notes in the site's own values when operations were last done, so that checks can tell how long ago that was."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import SiteValue, utc_now

BACKUP, DRILL, RESTORE = "operations.backup", "operations.drill", "operations.restore"
CHECK = "operations.check"
"""Keys under which it stands when each was last done: `{"at": moment in UTC, "seconds": …, …}`."""

PROBE = "operations.probe."
"""Beginning of the keys of rows that checks write and remove again."""


def note_operation(db: Session, key: str, **told: Any) -> None:
    """Keep that an operation was done now, and what is to be said of it."""
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = utc_now()
    value = {"is": {"at": now.isoformat(), **told}}
    stamp = f"{now:%Y%m%d%H%M%S%f}.{uuid4().hex[:8]}"
    statement = insert(SiteValue).values(key=key, value=value, stamp=stamp)
    changed = {"value": value, "stamp": stamp}
    db.execute(statement.on_conflict_do_update(index_elements=[SiteValue.key], set_=changed))
