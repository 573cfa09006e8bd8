"""Keeping house for jobs: what is due by schedule, what was lost, what is old, and which workers live."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ..identity import SYSTEM
from ..jobs.registry import JobKind
from ..languages import gettext as _
from ..models import Schedule, Worker
from ..models.clock import database_now
from . import job_leases
from .inserting import insert_into
from .jobs import enqueue

workers = Worker.__table__
schedules = Schedule.__table__
AGAIN_AFTER = 60.0
"""Seconds until a job that was handed over and not taken is handed over again."""
SIGNS = 6
"""Signs of life in a row without which a worker is gone."""


def sign_on(db: Session, name: str, *, host: str, pid: int, runs: str, seconds: float) -> None:
    """Say that a worker lives; it does so every some `seconds`. Workers that no longer do are forgotten."""
    if not db.execute(update(workers).where(workers.c.name == name).values(seen_at=database_now())).rowcount:
        row = {"name": name, "host": host, "pid": pid, "runs": runs}
        db.execute(insert(workers).values(**row, started_at=database_now(), seen_at=database_now()))
    db.execute(delete(workers).where(workers.c.seen_at < database_now(-SIGNS * max(seconds, 10.0))))


def sign_off(db: Session, name: str) -> None:
    """Say that a worker has ended."""
    db.execute(delete(workers).where(workers.c.name == name))


def ask_for_due(db: Session, kinds: Iterable[JobKind]) -> None:
    """Ask for what is done again and again, where it is time; of workers that do so at once one does."""
    repeated = {kind.name: kind.every.total_seconds() for kind in kinds if kind.every is not None}
    known = set(db.execute(select(schedules.c.name)).scalars())
    for name in repeated.keys() - known:
        first = insert_into(db, schedules).values(name=name, next_at=database_now(repeated[name]))
        db.execute(first.on_conflict_do_nothing())
    due = set(db.execute(select(schedules.c.name).where(schedules.c.next_at <= database_now())).scalars())
    for name in sorted(due & repeated.keys()):
        is_ours = (schedules.c.name == name, schedules.c.next_at <= database_now())
        if db.execute(update(schedules).where(*is_ours).values(next_at=database_now(repeated[name]))).rowcount:
            enqueue(db, name, {}, by=SYSTEM, unique_key=f"schedule:{name}")


def sweep(db: Session) -> list[int]:
    """Take back what dead workers held; the ids of all jobs that have to be handed over again."""
    job_leases.reclaim(db, reason=_("It was begun several times, and its worker was lost each time."))
    return job_leases.overdue(db, again_after=AGAIN_AFTER)


def not_handed_over(db: Session, ids: Iterable[int]) -> None:
    """Let the next sweep hand these jobs over."""
    job_leases.hand_over_soon(db, ids)


def forget(db: Session, *, days: int) -> int:
    """Delete jobs that ended long ago. How many."""
    return job_leases.forget_ended(db, days=days)
