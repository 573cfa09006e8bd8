"""What carries the numbers of jobs to workers; the jobs themselves are rows, which nothing here can lose."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pyramid.config import Configurator
from sqlalchemy import event
from sqlalchemy.orm import Session

from ..settings import Settings
from . import open_part

HANDED_OVER = "jobs to hand over"
"""Key in `Session.info`: the ids that go to workers once the transaction is committed."""
log = logging.getLogger(__name__)


class JobCarrier(Protocol):
    """Brings ids of jobs to workers, as well as it can: the sweep hands over again what did not arrive."""

    is_embedded: bool
    """Whether processes that serve run the jobs, rather than workers of their own."""

    def hand_over(self, ids: Sequence[int]) -> None:
        """Tell some worker of these jobs. May raise anything; must not take more than a few seconds."""

    def work(self, run: Callable[[int], Any], *, threads: int, ending: Callable[[], Any]) -> None:
        """In a worker: call `run` with the ids that arrive, until the process is told to end, then `ending`."""

    def probe(self) -> str:
        """Do a real round trip; returns what answered, with its version. Raises what went wrong."""


class ThreadJobs:
    """Jobs are run by threads of this process, which are told that there is something to do."""

    is_embedded = True

    def __init__(self) -> None:
        self.wake = threading.Event()

    def hand_over(self, ids: Sequence[int]) -> None:
        """Wake the threads, where there are some."""
        if ids:
            self.wake.set()

    def work(self, run: Callable[[int], Any], *, threads: int, ending: Callable[[], Any]) -> None:  # noqa: ARG002
        """Nothing arrives from elsewhere: wait until the process is told to end."""
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        over.wait()
        ending()

    def probe(self) -> str:
        """There is nothing to reach."""
        return "threads of the server's processes"


def thread_jobs(_url: str, _settings: Settings) -> ThreadJobs:
    """What `thread:` names."""
    return ThreadJobs()


def hand_over_after_commit(carrier: JobCarrier, factory: Any) -> None:
    """Let every session of the factory hand over, once it is committed, the jobs that were asked for in it."""

    @event.listens_for(factory, "after_commit")
    def _hand_over(session: Session) -> None:
        if session.in_nested_transaction():
            return  # of a savepoint
        ids = session.info.pop(HANDED_OVER, ())
        if not ids:
            return
        try:
            carrier.hand_over(ids)
        except Exception as error:  # noqa: BLE001 - of a broker; the transaction is over, and the sweep finds the jobs
            log.warning("Jobs %s could not be handed over (%s); the sweep will.", ids, type(error).__name__)

    @event.listens_for(factory, "after_rollback")
    def _forget(session: Session) -> None:
        if not session.in_nested_transaction():
            session.info.pop(HANDED_OVER, None)


def includeme(config: Configurator) -> None:
    """The carrier of `jobs.url`, told of jobs by every session."""
    registry = config.registry
    registry["jobs"] = open_part("jobs", registry["settings"])
    hand_over_after_commit(registry["jobs"], registry["session_factory"])
