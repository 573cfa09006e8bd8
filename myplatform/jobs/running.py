"""One attempt at one job: taken, kept alive while its function runs, ended."""

from __future__ import annotations

import datetime as dt
import logging
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from ..actions import job_leases
from ..actions.job_leases import LeaseLost
from ..database import open_session
from ..errors import Problem, Throttled, Unavailable
from ..identity import SYSTEM, Identity
from ..languages import NOBODY, Reader, read_by
from ..languages import gettext as _
from ..permissions import Scope
from ..queries.identities import identity_of_user
from ..queries.modes import is_read_only
from .job import RunningJob, Stopped
from .registry import JobKind, all_job_kinds, job_kind

log = logging.getLogger(__name__)
MOST_BETWEEN = 1.0
"""Seconds after which, at most, progress is written and a wish to cancel is seen."""
GRACE = 10.0
"""Seconds that a job has, when its time is up, to come to its next step; then it hangs, and so does its thread."""


class Heartbeat(threading.Thread):
    """Renews the lease of a job and writes its progress, until the job's time is up: then it gives it up.

    It is made by the thread that runs the job.
    """

    def __init__(self, job: RunningJob, kind: JobKind, *, lease: dt.timedelta):
        super().__init__(name=f"heartbeat of job {job.id}", daemon=True)
        self.job, self.kind, self.seconds = job, kind, lease.total_seconds()
        self.runs_it = threading.get_ident()
        self.ends_at = time.monotonic() + kind.timeout.total_seconds()
        self.over = threading.Event()

    def run(self) -> None:
        """Renew until told that it is over; a database that is busy or away is asked again."""
        while not self.over.wait(min(MOST_BETWEEN, self.seconds / 3)):
            if time.monotonic() > self.ends_at:
                self._time_is_up()
                return
            with suppress(SQLAlchemyError):
                self._renew()

    def _time_is_up(self) -> None:
        """Let another attempt begin, and the function stop at its next step; one that makes none hangs."""
        self.job.lost.set()
        stack = traceback.extract_stack(sys._current_frames().get(self.runs_it))
        place, at = _place_in(stack), " > ".join(f"{each.name} ({each.filename}:{each.lineno})" for each in stack[-5:])
        log.error("Job %s (%s) took longer than %s: %s", self.job.id, self.kind.name, self.kind.timeout, at)
        _read_by(self.job.registry, self.job.by)
        with suppress(SQLAlchemyError, LeaseLost):  # else the lease runs out
            _put_off_or_fail(self.job, self.kind, f"TimedOut {place}".strip(), _("It took longer than it may."))
        if not self.over.wait(GRACE):
            self.job.hangs.set()

    def _renew(self) -> None:
        job, (done, total, text) = self.job, self.job.far
        given = {"seconds": self.seconds, "done": done, "total": total, "progress": text}
        try:
            with open_session(job.registry["session_factory"]) as db:
                if job_leases.renew(db, job.id, job.lease, **given):
                    job.cancelled.set()
                if is_read_only(db):
                    job.ending.set()  # given back untried: it begins again when the site is open
        except LeaseLost:
            job.lost.set()
            return
        ring(job.registry, job.id, {"state": "running", "done": done, "total": total})

    def __enter__(self) -> Heartbeat:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()


def ring(registry: Registry, job_id: int, payload: dict[str, Any]) -> None:
    """Tell pages that look at the job, where there is something that can."""
    if (live := registry.get("live")) is not None:
        live.ring(f"job:{job_id}", payload)


def run_one(registry: Registry, worker: str, *, job_id: int | None = None) -> bool:
    """Run the job of that id, or the one that is due longest. False where there is none to take.

    While the site is closed or can only be read there is none.
    """
    lease = registry["settings"]["jobs.lease"]
    limits = {name: kind.at_once for name, kind in all_job_kinds().items()}
    with open_session(registry["session_factory"]) as db:
        waits = is_read_only(db)
        row = None if waits else job_leases.claim(db, worker, limits, seconds=lease.total_seconds(), job_id=job_id)
    if row is None:
        return False
    by = _identity(registry, row)
    _read_by(registry, by)
    job = RunningJob(row, by or SYSTEM, registry)
    running = registry.setdefault("running_jobs", {})
    running[job.id, job.lease] = job
    try:
        with Heartbeat(job, job_kind(row.kind), lease=lease):
            _attempt(job, job_kind(row.kind), is_allowed=by is not None)
    finally:
        del running[job.id, job.lease]
        read_by(lambda: NOBODY)
    ring(registry, job.id, {"state": "ended"})
    return True


def _identity(registry: Registry, row: Row[Any]) -> Identity | None:
    """Who asked for the job, as they are now; None for somebody who is disabled meanwhile."""
    via = f"job:{row.id}"
    if row.asked_by == SYSTEM.name:
        return replace(SYSTEM, via=via)
    with open_session(registry["session_factory"], writes=False) as db:
        found = identity_of_user(db, row.asked_by, public=registry["settings"]["access.public"], via=via)
    if found is None or row.scopes is None:
        return found
    return replace(found, scopes=frozenset(Scope(each) for each in row.scopes.split()))


def _read_by(registry: Registry, by: Identity | None) -> None:
    language = (by.language if by is not None else None) or registry["settings"]["site.language"]
    read_by(lambda: Reader(language))


def _attempt(job: RunningJob, kind: JobKind, *, is_allowed: bool) -> None:
    """Run the function; whatever comes of it is written down, unless somebody else has the job by now."""
    try:
        if is_allowed:
            _run(job, kind)
        else:
            _end(job, job_leases.fail, reason=_("The account that asked for it is disabled."), fault="disabled")
    except LeaseLost:
        log.warning("Job %s (%s) ran out of its time or lease; what it did last is not kept.", job.id, job.kind)
    except SQLAlchemyError as error:
        # Nothing could be written: the lease runs out, and the sweep finds the job.
        log.warning("Job %s (%s) lost its database: %s", job.id, job.kind, type(error).__name__)


def _run(job: RunningJob, kind: JobKind) -> None:
    try:
        kind.function(job)
        if not job.is_done:
            with job.session():
                pass
    except LeaseLost:
        raise
    except Stopped as stopped:
        _end(job, job_leases.release if stopped.by_worker else job_leases.cancelled)
    except Throttled as problem:
        _end(job, job_leases.put_off, seconds=problem.seconds, fault="Throttled")
    except Unavailable as problem:  # no fault of the job, so not an attempt: the part may come back
        log.warning("Job %s (%s) waits: %s", job.id, job.kind, problem.message)
        seconds = job_leases.delay_after(job.attempt)
        _end(job, job_leases.put_off, seconds=seconds, fault=_place_of(problem), is_attempt=False)
    except Problem as problem:  # trying again would end the same way
        _end(job, job_leases.fail, reason=problem.message, fault=_place_of(problem))
    except Exception as error:
        log.exception("Job %s (%s) failed at attempt %s", job.id, job.kind, job.attempt)
        _put_off_or_fail(job, kind, _place_of(error), _("Something went wrong. The administrators can see what."))


def _put_off_or_fail(job: RunningJob, kind: JobKind, fault: str, reason: str) -> None:
    if job.attempt < kind.attempts:
        _end(job, job_leases.put_off, seconds=job_leases.delay_after(job.attempt), fault=fault)
        return
    _end(job, job_leases.fail, reason=reason, fault=fault)


def _end(job: RunningJob, how: Any, **values: Any) -> None:
    with open_session(job.registry["session_factory"]) as db:
        how(db, job.id, job.lease, **values)


def _place_of(error: BaseException) -> str:
    """The class of an error and where in our code it came up, without its message, which may have values in it."""
    return f"{type(error).__name__} {_place_in(traceback.extract_tb(error.__traceback__))}".strip()


def _place_in(stack: traceback.StackSummary) -> str:
    """Which of our lines is the last of these; empty where there is none."""
    ours = [each for each in stack if "myplatform" in each.filename]
    if not ours:
        return ""
    return f"in {ours[-1].name}, {ours[-1].filename.rpartition('myplatform/')[2]}:{ours[-1].lineno}"
