"""Two transactions at once, in an order that a test decides: no sleeping, no luck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from myplatform.database import make_session_factory, open_session

Work = Callable[[Session], Any]
PATIENCE = 30
"""Seconds after which a thread is taken to be stuck."""
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class Racer(threading.Thread):
    """Runs work in a transaction of its own and keeps what came of it."""

    def __init__(self, engine: Engine, work: Work, gate: threading.Barrier | None = None):
        super().__init__(daemon=True)
        self.engine, self.work, self.gate = engine, work, gate
        self.result: Any = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            if self.gate is not None:
                self.gate.wait(PATIENCE)
            with open_session(make_session_factory(self.engine)) as db:
                self.result = self.work(db)
        except Exception as error:  # noqa: BLE001 - told to the test, which decides what may be
            self.error = error

    def outcome(self) -> Any:
        """What the work returned, or the exception it raised."""
        self.join(PATIENCE)
        assert not self.is_alive(), "the second transaction is stuck"
        return self.error if self.error is not None else self.result


def while_uncommitted(engine: Engine, first: Work, second: Work) -> tuple[Any, Any]:
    """`second` runs while what `first` did is not yet committed, and waits for it where it has to."""
    with open_session(make_session_factory(engine)) as db:
        done = first(db)
        racer = Racer(engine, second)
        _until_waiting(engine, racer)
    return done, racer.outcome()


def at_once(engine: Engine, *works: Work) -> list[Any]:
    """All begin together; what each returned or raised."""
    gate = threading.Barrier(len(works))
    racers = [Racer(engine, work, gate) for work in works]
    return [racer.outcome() for racer in racers]


def _until_waiting(engine: Engine, racer: Racer) -> None:
    """Until the other transaction waits for a lock of ours or is over; SQLite's waits to begin at all."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while racer.is_alive() and not connection.execute(WAITING).scalar_one():
            pass
