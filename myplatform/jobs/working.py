"""The threads of a process that run jobs, and the one that keeps house: sweeps, schedules, signs of life."""

from __future__ import annotations

import atexit
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from secrets import token_hex
from typing import Any

from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.registry import Registry
from sqlalchemy.exc import SQLAlchemyError

from ..actions import job_keeping
from ..database import open_session
from ..queries.modes import is_read_only
from .registry import all_job_kinds
from .running import run_one

log = logging.getLogger(__name__)
FORGET_EVERY = 3600.0
"""Seconds between two deletions of old jobs."""
AGAIN_AFTER = 1.0
"""Seconds after which a job is asked for again where the database was busy or away."""
FAREWELL = 5.0
"""Seconds that jobs have, when their process ends, to stop at their next step."""


class Workers:
    """Threads of this process.

    `threads` of them look for jobs by themselves: as many as there are to run at once or, where a broker brings jobs
    (`work`), one for those that no message came for; `at_once` bounds both together. `runs` says what the process is
    for: "jobs", "schedules" (what is done again and again is asked for here) or both. `replace` is called where a job
    hangs, and sees to it that another process takes the place of this one; without it another thread does.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        threads: int,
        at_once: int | None = None,
        runs: Collection[str] = ("jobs", "schedules"),
        replace: Callable[[], Any] | None = None,
    ):
        self.registry, self.runs, self.replace = registry, runs, replace
        host = socket.gethostname()
        self.name = f"{host}:{os.getpid()}:{token_hex(3)}"
        self.host = host
        self.stopped = threading.Event()
        self.every = registry["settings"]["jobs.sweep"].total_seconds()
        self._forget_at = 0.0
        self._slots = threading.Semaphore(at_once or threads)
        self._given_up: set[tuple[int, int]] = set()
        names = [(self._run, f"jobs {number}") for number in range(threads)] + [(self._keep_house, "jobs")]
        self._threads = [self._thread(target, name) for target, name in names]

    @staticmethod
    def _thread(target: Callable[[], Any], name: str) -> threading.Thread:
        return threading.Thread(target=target, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = FAREWELL) -> None:
        """Take no more jobs, and give back those that stop within some seconds; the leases of others run out."""
        ends_at = time.monotonic() + seconds
        self.end()
        while self._is_at_work() and time.monotonic() < ends_at:
            self._wake()  # again: of several threads that wait, one may have used it up
            time.sleep(0.02)
        with suppress(SQLAlchemyError), open_session(self.registry["session_factory"]) as db:
            job_keeping.sign_off(db, self.name)

    def end(self) -> None:
        """Take no more jobs; those of this process stop at their next step and are given back."""
        self.stopped.set()
        for job in list(self.registry.get("running_jobs", {}).values()):
            job.ending.set()

    def _is_at_work(self) -> bool:
        """Whether a thread of this process, or one that a broker brings jobs to, may still come to an end."""
        hang = [job.hangs.is_set() for job in list(self.registry.get("running_jobs", {}).values())]
        alive = [each for each in self._threads if each.is_alive() and each is not threading.current_thread()]
        return not all(hang) or len(alive) > len(hang)

    def _wake(self) -> None:
        if self.registry["jobs"].is_embedded:
            self.registry["jobs"].wake.set()

    def _run(self) -> None:
        carrier = self.registry["jobs"]
        wake = carrier.wake if carrier.is_embedded else self.stopped
        while not self.stopped.is_set():
            if self.work():
                wake.wait(self.every)
                if carrier.is_embedded:
                    wake.clear()
            else:
                self.stopped.wait(min(AGAIN_AFTER, self.every))  # the wake that came with the job is used up

    def work(self, job_id: int | None = None) -> bool:
        """Run that job, and then all that are due, unless this process runs as many as it may. False: ask again soon.

        A message of a broker says no more than "look": who comes too late for it finds nothing to do.
        """
        if not self._slots.acquire(blocking=False):
            return True  # whoever has it goes on with what is due
        try:
            while not self.stopped.is_set():
                if not run_one(self.registry, self.name, job_id=job_id) and job_id is None:
                    break
                job_id = None
        except SQLAlchemyError as error:
            log.warning("No job could be taken: %s", type(error).__name__)
            return False
        finally:
            self._slots.release()
        return True

    def leave_behind_what_hangs(self) -> None:
        """Let other threads or, by `replace`, another process take the place of those that jobs hang in."""
        running = self.registry.get("running_jobs", {})
        hanging = {key for key, job in list(running.items()) if job.hangs.is_set()} - self._given_up
        if not hanging or self.stopped.is_set():
            return
        self._given_up |= hanging
        log.error("Jobs hang in this process: %s", ", ".join(str(job_id) for job_id, _lease in sorted(hanging)))
        if self.replace is not None:
            self.replace()
            return
        for job_id, _lease in hanging:
            self._slots.release()
            thread = self._thread(self._run, f"jobs instead of {job_id}")
            self._threads.append(thread)
            thread.start()

    def _keep_house(self) -> None:
        while True:
            self.leave_behind_what_hangs()
            try:
                self.keep_house()
            except SQLAlchemyError as error:
                log.warning("Jobs could not be swept: %s", type(error).__name__)
            except Exception:  # whatever it was, the next round may go well
                log.exception("Jobs could not be swept")
            if self.stopped.wait(self.every):
                return

    def keep_house(self) -> None:
        """One round: a sign of life, what is due by schedule, what was lost, what is old.

        While the site is closed or can only be read, the sign of life is all.
        """
        sign = {"host": self.host, "pid": os.getpid(), "runs": " ".join(self.runs), "seconds": self.every}
        with open_session(self.registry["session_factory"]) as db:
            job_keeping.sign_on(db, self.name, **sign)
            if is_read_only(db):
                return
            if "schedules" in self.runs:
                job_keeping.ask_for_due(db, all_job_kinds().values())
            lost = job_keeping.sweep(db)
            if time.monotonic() > self._forget_at:
                self._forget_at = time.monotonic() + FORGET_EVERY
                job_keeping.forget(db, days=self.registry["settings"]["jobs.keep_days"])
        if lost:
            self._hand_over(lost)

    def _hand_over(self, ids: list[int]) -> None:
        try:
            self.registry["jobs"].hand_over(ids)
        except Exception as error:  # noqa: BLE001 - of a broker: the next round tries again
            log.warning("%s jobs could not be handed over: %s", len(ids), type(error).__name__)
            with open_session(self.registry["session_factory"]) as db:
                job_keeping.not_handed_over(db, ids)


def start_embedded(registry: Registry, *, replace: Callable[[], Any] | None = None) -> None:
    """Begin to run jobs in this process, if the site is served from it and `jobs.url` says so; once a process."""
    begun: tuple[int, Workers] | None = registry.get("workers")
    if begun is not None and begun[0] == os.getpid():
        return
    threads = registry["settings"]["jobs.threads"]
    if not registry.get("is_served") or not registry["jobs"].is_embedded or not threads:
        return
    workers = Workers(registry, threads=threads, replace=replace)
    registry["workers"] = (os.getpid(), workers)
    workers.start()
    atexit.register(workers.stop)


def includeme(config: Configurator) -> None:
    """Servers load the application and may fork then: threads begin with the first request of each process."""
    config.add_subscriber(lambda event: start_embedded(event.request.registry), NewRequest)
