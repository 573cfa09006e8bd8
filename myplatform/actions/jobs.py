"""Asking for jobs: one row in the transaction of whatever asks; cancelling and trying them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ..errors import Conflict, NotAllowed
from ..identity import Identity
from ..jobs.registry import job_kind
from ..languages import gettext as _
from ..models import Job
from ..models.clock import database_now
from ..models.jobs import CANCELLED, FAILED, RUNNING, WAITING
from ..parts.jobs import HANDED_OVER
from .inserting import insert_into
from .recording import record

jobs = Job.__table__
GRACE = 10
"""Seconds after which the sweep takes a job for one whose handing over was lost."""


def enqueue(
    db: Session,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    by: Identity,
    title: str = "",
    run_at: dt.datetime | None = None,
    unique_key: str | None = None,
) -> int:
    """Ask for a job in this transaction: it runs if and only if this is committed. Returns its id.

    `arguments` are JSON. The job runs as `by`, with what they may when it runs, within the scopes they ask with now;
    not before `run_at`. While a job with the same `unique_key` waits or runs there is no second one: the answer is its
    id. Raises `LookupError` for a kind that is not known, and `NotAllowed` to visitors.
    """
    if not by.is_signed_in:
        raise NotAllowed(_("Sign in first."))
    row = {
        "kind": kind,
        "title": title,
        "arguments": dict(arguments),
        "asked_by": by.name,
        "scopes": None if by.scopes is None else " ".join(sorted(by.scopes)),
        "unique_key": unique_key,
        "state": WAITING,
        "most_attempts": job_kind(kind).attempts,
        **dict.fromkeys(("attempts", "lease", "done", "total"), 0),
        "progress": "",
        "run_at": run_at or database_now(),
        "hand_over_at": run_at or database_now(GRACE),
        "created_at": database_now(),
    }
    job_id, is_new = _insert(db, row, unique_key)
    if is_new and run_at is None:
        db.info.setdefault(HANDED_OVER, []).append(job_id)
    return job_id


def _insert(db: Session, row: dict[str, Any], unique_key: str | None) -> tuple[int, bool]:
    """The id of the job, and whether it was made now."""
    if unique_key is None:
        return db.execute(insert(jobs).values(**row).returning(jobs.c.id)).scalar_one(), True
    statement = insert_into(db, jobs).values(**row).on_conflict_do_nothing(index_elements=[jobs.c.unique_key])
    while True:  # the other may end between the two statements
        made = db.execute(statement.returning(jobs.c.id)).scalar()
        if made is not None:
            return made, True
        found = db.execute(select(jobs.c.id).where(jobs.c.unique_key == unique_key)).scalar()
        if found is not None:
            return found, False


def cancel_job(db: Session, job_id: int, *, by: Identity) -> None:
    """End a job that waits; ask one that runs to stop, which it does at its next step.

    `Conflict` if it has ended, `NotAllowed` to a token that only reads.
    """
    _ensure_may_write(by)
    ended = {"state": CANCELLED, "ended_at": database_now(), "unique_key": None}
    waits = update(jobs).where(jobs.c.id == job_id, jobs.c.state == WAITING).values(**ended)
    runs = update(jobs).where(jobs.c.id == job_id, jobs.c.state == RUNNING).values(cancel_asked_at=database_now())
    if not (db.execute(waits).rowcount or db.execute(runs).rowcount):
        raise Conflict(_("It has ended already."))
    record(db, by=by, action="cancel-job", subject=f"job:{job_id}")


def retry_job(db: Session, job_id: int, *, by: Identity) -> None:
    """Let a job that failed or was cancelled begin again, with all its attempts.

    `Conflict` if it did neither, `NotAllowed` to a token that only reads.
    """
    _ensure_may_write(by)
    again = {
        "state": WAITING,
        "run_at": database_now(),
        "hand_over_at": database_now(GRACE),
        **dict.fromkeys(("attempts", "done", "total"), 0),
        "progress": "",
        **dict.fromkeys(("reason", "fault", "ended_at", "cancel_asked_at", "worker"), None),
    }
    ended = jobs.c.state.in_((FAILED, CANCELLED))
    if not db.execute(update(jobs).where(jobs.c.id == job_id, ended).values(**again)).rowcount:
        raise Conflict(_("Only what failed or was cancelled can be tried again."))
    db.info.setdefault(HANDED_OVER, []).append(job_id)
    record(db, by=by, action="retry-job", subject=f"job:{job_id}")


def _ensure_may_write(by: Identity) -> None:
    if not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))
