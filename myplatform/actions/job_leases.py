"""What workers do to the rows of jobs: take one, keep it, end it; and hand over again what was lost.

All times are by the clock of the database. A lease has a number; only who holds the newest can change the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import random
from typing import Any

from sqlalchemy import Row, and_, delete, func, or_, select, text, true, update
from sqlalchemy.orm import Session

from ..models import Job
from ..models.clock import database_now
from ..models.jobs import CANCELLED, DONE, FAILED, RUNNING, WAITING

jobs = Job.__table__
CLAIMS = 4_739_021_561
"""Number of the advisory lock under which jobs of bounded kinds are taken."""
FIRST_DELAY, LONGEST_DELAY = 10.0, 3600.0
AT_ONCE = 500
"""Jobs that one sweep hands over at most."""
Limits = Mapping[str, int | None]
"""The kinds that a worker knows, with how many of each may run at once."""


class LeaseLost(Exception):  # noqa: N818 - an outcome
    """Another worker has taken the job over: whatever this one did for it must not be kept."""


def claim(db: Session, worker: str, limits: Limits, *, seconds: float, job_id: int | None = None) -> Row[Any] | None:
    """Take the job of that id, or the one that is due longest, for some seconds; None where there is none to take."""
    bounded = {kind: most for kind, most in limits.items() if most is not None}
    if bounded and db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CLAIMS})
    other = jobs.alias("other")
    running = select(func.count()).select_from(other).where(other.c.state == RUNNING)
    due = [jobs.c.state == WAITING, jobs.c.run_at <= database_now(), jobs.c.kind.in_(limits)]
    due += [
        or_(jobs.c.kind != kind, running.where(other.c.kind == kind).scalar_subquery() < most)
        for kind, most in bounded.items()
    ]
    if job_id is not None:
        due.append(jobs.c.id == job_id)
    first = select(jobs.c.id).where(*due).order_by(jobs.c.run_at, jobs.c.id).limit(1)
    found = db.execute(first.with_for_update(skip_locked=True)).scalar()
    if found is None:
        return None
    taken = {
        "state": RUNNING,
        "lease": jobs.c.lease + 1,
        "attempts": jobs.c.attempts + 1,
        "leased_until": database_now(seconds),
        "worker": worker,
        "started_at": database_now(),
    }
    return db.execute(update(jobs).where(jobs.c.id == found).values(**taken).returning(*jobs.c)).one()


def _holds(job_id: int, lease: int) -> Any:
    return and_(jobs.c.id == job_id, jobs.c.lease == lease, jobs.c.state == RUNNING)


def renew(db: Session, job_id: int, lease: int, *, seconds: float, done: int, total: int, progress: str) -> bool:
    """Keep a job for further seconds and say how far it is; returns whether it shall stop. Raises `LeaseLost`."""
    kept = {"leased_until": database_now(seconds), "done": done, "total": total, "progress": progress}
    statement = update(jobs).where(_holds(job_id, lease)).values(**kept).returning(jobs.c.cancel_asked_at)
    row = db.execute(statement).one_or_none()
    if row is None:
        raise LeaseLost
    return row.cancel_asked_at is not None


def hold(db: Session, job_id: int, lease: int) -> None:
    """Let nobody take the job over until this transaction ends. Raises `LeaseLost` if somebody has."""
    if db.execute(select(jobs.c.id).where(_holds(job_id, lease)).with_for_update()).scalar() is None:
        raise LeaseLost


def finish(db: Session, job_id: int, lease: int, *, count: int, result: Mapping[str, Any] | None) -> None:
    """The job is done, with the rest of this transaction; `count` is of how many things. Raises `LeaseLost`."""
    ended = {"state": DONE, "result": None if result is None else dict(result), "reason": None, "fault": None}
    ended |= {"done": count, "total": count}
    _end(db, job_id, lease, ended)


def cancelled(db: Session, job_id: int, lease: int) -> None:
    """The job has stopped because it was asked to. Raises `LeaseLost`."""
    _end(db, job_id, lease, {"state": CANCELLED})


def fail(db: Session, job_id: int, lease: int, *, reason: str, fault: str) -> None:
    """The job has failed for good: it stays for administrators to look at. Raises `LeaseLost`."""
    _end(db, job_id, lease, {"state": FAILED, "reason": reason, "fault": fault})


def _end(db: Session, job_id: int, lease: int, values: dict[str, Any]) -> None:
    ended = {"ended_at": database_now(), "leased_until": None, "unique_key": None}
    if not db.execute(update(jobs).where(_holds(job_id, lease)).values(**ended, **values)).rowcount:
        raise LeaseLost


def put_off(db: Session, job_id: int, lease: int, *, seconds: float, fault: str, is_attempt: bool = True) -> None:
    """Try the job again after some seconds; `is_attempt`: this one counts. Raises `LeaseLost`."""
    later: dict[str, Any] = {"run_at": database_now(seconds), "hand_over_at": database_now(seconds), "fault": fault}
    if not is_attempt:
        later["attempts"] = jobs.c.attempts - 1
    later |= {"state": WAITING, "leased_until": None, "worker": None}
    if not db.execute(update(jobs).where(_holds(job_id, lease)).values(**later)).rowcount:
        raise LeaseLost


def release(db: Session, job_id: int, lease: int) -> None:
    """Give a job back untried, as its worker ends. Raises `LeaseLost`."""
    back = {"hand_over_at": database_now(), "attempts": jobs.c.attempts - 1}
    back |= {"state": WAITING, "leased_until": None, "worker": None}
    if not db.execute(update(jobs).where(_holds(job_id, lease)).values(**back)).rowcount:
        raise LeaseLost


def delay_after(attempts: int) -> float:
    """Seconds until the next attempt: twice as long each time, and not all at the same moment."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempts - 1)) * (0.5 + random())  # noqa: S311 - no secret


def reclaim(db: Session, *, reason: str) -> int:
    """Take back jobs whose workers let their leases run out. How many.

    Those tried often enough have failed, and those that were asked to stop have done so.
    """
    lost = (jobs.c.state == RUNNING, jobs.c.leased_until < database_now())
    over = {"leased_until": None, "worker": None, "fault": "the worker was lost"}
    over_and_out = over | {"ended_at": database_now(), "unique_key": None}
    stopped, failed = over_and_out | {"state": CANCELLED}, over_and_out | {"state": FAILED, "reason": reason}
    again = over | {"state": WAITING, "run_at": database_now(), "hand_over_at": database_now()}
    cases = (
        (jobs.c.cancel_asked_at.is_not(None), stopped),
        (jobs.c.attempts >= jobs.c.most_attempts, failed),
        (true(), again),
    )
    return sum(db.execute(update(jobs).where(*lost, case).values(**values)).rowcount for case, values in cases)


def overdue(db: Session, *, again_after: float) -> list[int]:
    """The ids of jobs that are due and that nobody took: to be handed over again, and next after some seconds."""
    due = (jobs.c.state == WAITING, jobs.c.run_at <= database_now(), jobs.c.hand_over_at <= database_now())
    found = select(jobs.c.id).where(*due).order_by(jobs.c.run_at, jobs.c.id).limit(AT_ONCE)
    ids = list(db.execute(found.with_for_update(skip_locked=True)).scalars())
    if ids:
        db.execute(update(jobs).where(jobs.c.id.in_(ids)).values(hand_over_at=database_now(again_after)))
    return ids


def hand_over_soon(db: Session, ids: Iterable[int]) -> None:
    """Let the next sweep find these jobs."""
    db.execute(update(jobs).where(jobs.c.id.in_(ids)).values(hand_over_at=database_now()))


def forget_ended(db: Session, *, days: int) -> int:
    """Delete jobs that ended long ago; what failed is kept three times as long. How many."""
    day = 86400
    ended: Iterable[Any] = (
        and_(jobs.c.state.in_((DONE, CANCELLED)), jobs.c.ended_at < database_now(-day * days)),
        and_(jobs.c.state == FAILED, jobs.c.ended_at < database_now(-3 * day * days)),
    )
    return db.execute(delete(jobs).where(or_(*ended))).rowcount
