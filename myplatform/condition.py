"""How the site is doing, for administrators in the browser and over REST: what runs, what waits, what checks found."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from .actions.bookkeeping import BACKUP, CHECK, DRILL
from .actions.jobs import enqueue
from .identity import Identity
from .jobs.checking import KIND
from .migrating import connection_revision, head_revision
from .models.jobs import FAILED, OPEN_STATES
from .queries.jobs import count_by_state, last_job, live_workers, oldest_open
from .queries.site_values import site_values


def condition(db: Session) -> dict[str, Any]:
    """What is known without trying anything: versions, schema, jobs, workers, and when operations were last done.

    `check` is what the last check found, None before the first; so are `backup` and `drill`.
    """
    _stamp, values = site_values(db)
    counts, oldest = count_by_state(db), oldest_open(db)
    return {
        "version": _own_version(),
        "python": platform.python_version(),
        "database": _database(db),
        "schema": {"revision": connection_revision(db.connection()), "expected": head_revision()},
        "jobs": [
            {"state": state, "count": counts.get(state, 0), "oldest": oldest.get(state)}
            for state in (*OPEN_STATES, FAILED)
        ],
        "workers": [
            {"host": row.host, "pid": row.pid, "runs": row.runs.split(), "since": row.started_at, "seen": row.seen_at}
            for row in live_workers(db)
        ],
        "backup": values.get(BACKUP),
        "drill": values.get(DRILL),
        "check": values.get(CHECK),
    }


def ask_for_check(db: Session, *, by: Identity) -> int:
    """Let a job run all checks; while one waits or runs there is no second. Returns its id."""
    return enqueue(db, KIND, {}, by=by, unique_key=KIND)


def last_check(db: Session) -> Any:
    """The row of the job that checks or last checked the site, None before the first."""
    return last_job(db, KIND)


def _own_version() -> str:
    try:
        return version("myplatform")
    except PackageNotFoundError:
        return ""


def _database(db: Session) -> str:
    if db.get_bind().dialect.name == "sqlite":
        return f"SQLite {db.execute(text('SELECT sqlite_version()')).scalar_one()}"
    return f"PostgreSQL {db.execute(text('SHOW server_version')).scalar_one()}"
