"""What the function of a job is given: its transactions, its progress, who asked for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import Row
from sqlalchemy.orm import Session

from ..actions import job_leases
from ..database import open_session
from ..identity import Identity


class Stopped(Exception):  # noqa: N818 - an outcome
    """The job was asked to stop: by a person, or (`by_worker`) because its worker ends or the site was closed."""

    def __init__(self, *, by_worker: bool = False):
        super().__init__()
        self.by_worker = by_worker


class RunningJob:
    """One attempt at a job.

    What `session()` writes is kept together with the note that the job is done, so it is there once or not at all, also
    if the worker dies at any moment. What a job writes before, it writes in `step()`s, which are kept whatever comes
    later and must be fit to be done again. `result` is kept with the job: a mapping as JSON.
    """

    def __init__(self, row: Row[Any], by: Identity, registry: Registry):
        self.id: int = row.id
        self.kind: str = row.kind
        self.title: str = row.title
        self.arguments: Mapping[str, Any] = row.arguments
        self.attempt: int = row.attempts
        self.lease: int = row.lease
        self.by, self.registry = by, registry
        self.result: dict[str, Any] | None = None
        self.is_done = False
        self.far: tuple[int, int, str] = (row.done, row.total, row.progress)
        """How far it is: done, of how many, at what."""
        self.cancelled, self.lost, self.ending = threading.Event(), threading.Event(), threading.Event()
        self.hangs = threading.Event()
        """Its time was up and it did not stop: nothing comes of it, and its thread may never come back."""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The transaction that does the job: committed at the end of the block, and with it the job is done.

        There is one. Raises `RuntimeError` for a second.
        """
        if self.is_done:
            raise RuntimeError("the job is done already; use step() for what comes before session()")
        self.check()
        with open_session(self.registry["session_factory"]) as db:
            yield db
            self.check()
            job_leases.finish(db, self.id, self.lease, count=max(self.far[:2]), result=self.result)
        self.is_done = True

    @contextmanager
    def step(self, *, writes: bool = True, anyway: bool = False) -> Iterator[Session]:
        """A transaction before the last one, committed at the end of the block; it must be fit to be done again.

        `anyway`: also where the job shall stop, for the note of what has happened elsewhere and cannot be undone.
        """
        if not anyway:
            self.check()
        with open_session(self.registry["session_factory"], writes=writes) as db:
            yield db
            if writes:
                if not anyway:
                    self.check()
                job_leases.hold(db, self.id, self.lease)

    def progress(self, done: int, total: int = 0, text: str = "") -> None:
        """Say how far it is. Raises `Stopped` where the job shall stop, so call it often; it costs nothing."""
        self.far = (done, total, text)
        self.check()

    def check(self) -> None:
        """Raise `Stopped` if the job shall stop, `LeaseLost` if another worker has it."""
        if self.lost.is_set():
            raise job_leases.LeaseLost
        if self.cancelled.is_set():
            raise Stopped
        if self.ending.is_set():
            raise Stopped(by_worker=True)
