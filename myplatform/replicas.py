"""Reading from replicas of PostgreSQL, and only what the primary would have said too.

A request that reads asks the primary who is asking and how far its log of changes has been written. A replica that has
replayed all of that answers the rest: every change that was kept before the request began is there, one's own writes
and rights that were taken away included. Where none has, the primary answers.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import Any

import pyramid_retry
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from .errors import Unavailable
from .forking import in_each_child

AWAY = 10.0
"""Seconds in which a replica that failed is not asked."""
BEHIND = 0.1
"""Seconds in which a replica that had not caught up is not asked: it would not have either."""
WRITTEN = text("SELECT CAST(pg_current_wal_flush_lsn() AS text), system_identifier FROM pg_control_system()")
CAUGHT_UP = text("""
    SELECT system_identifier, EXISTS (SELECT FROM pg_stat_wal_receiver),
           pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn)
    FROM pg_control_system()
""")

log = logging.getLogger(__name__)


@dataclass
class Replica:
    """One copy of the database, and when to ask it again, by the monotonic clock."""

    engine: Engine
    asked_again_at: float = 0.0

    @property
    def name(self) -> str:
        """Its address, without password."""
        return self.engine.url.render_as_string(hide_password=True)

    def rest(self, seconds: float, reason: object = None) -> None:
        """Do not ask it for a while."""
        if reason is not None:
            log.warning("%s is not asked for %.0f seconds: %s", self.name, seconds, reason)
        self.asked_again_at = time.monotonic() + seconds


class Replicas:
    """The copies that `database.replica_urls` names."""

    def __init__(self, engines: list[Engine], factory: sessionmaker[Session]):
        self.factory = factory
        self.replicas = [Replica(engine) for engine in engines]
        in_each_child(self, Replicas._forget_connections)
        for replica in self.replicas:
            _watch(replica)

    def _forget_connections(self) -> None:
        """A child process must not speak over its parent's connections."""
        for replica in self.replicas:
            replica.engine.dispose(close=False)

    def dispose(self) -> None:
        """Give back all connections."""
        for replica in self.replicas:
            replica.engine.dispose()

    def session(self, primary: Session) -> Session | None:
        """A session on a replica that has all that is kept on the primary now, or None."""
        now = time.monotonic()
        rested = [each for each in self.replicas if each.asked_again_at <= now]
        if not rested:
            return None
        written, system = primary.execute(WRITTEN).one()
        for replica in random.sample(rested, len(rested)):
            if (found := self._caught_up(replica, written, system)) is not None:
                return found
        return None

    def probe(self) -> str:
        """Which replicas follow the primary. Raises `Unavailable` for one that does not."""
        with self.factory() as primary:
            _written, system = primary.execute(WRITTEN).one()
        for replica in self.replicas:
            try:
                with replica.engine.connect() as connection:
                    theirs, follows, _caught_up = connection.execute(CAUGHT_UP, {"written": "0/0"}).one()
            except DBAPIError as error:
                raise Unavailable(f"{replica.name} does not answer: {error.orig}") from error
            if theirs != system or not follows:
                raise Unavailable(f"{replica.name} does not follow this database")
        return ", ".join(replica.name for replica in self.replicas)

    def _caught_up(self, replica: Replica, written: str, system: int) -> Session | None:
        session = self.factory(bind=replica.engine, info={"replica": replica})
        try:
            session.connection(execution_options={"writes": False, "isolation_level": "AUTOCOMMIT"})
            theirs, follows, is_there = session.execute(CAUGHT_UP, {"written": written}).one()
        except DBAPIError:
            session.close()
            return None
        if theirs == system and follows and is_there:
            return session
        session.close()
        if theirs == system and follows and is_there is False:
            replica.rest(BEHIND)
        else:
            replica.rest(AWAY, "it does not follow this database")
        return None


def _watch(replica: Replica) -> None:
    @event.listens_for(replica.engine, "handle_error")
    def note(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, OperationalError):
            replica.rest(AWAY, context.original_exception)


def try_on_primary(session: Session | None, error: Exception) -> None:
    """Where a replica failed in the middle of a request, have the request tried again, which asks the primary."""
    replica = session.info.get("replica") if session is not None else None
    if replica is not None and isinstance(error, OperationalError):
        replica.rest(AWAY, error.orig)
        pyramid_retry.mark_error_retryable(error)


def is_another_attempt(environ: dict[str, Any]) -> bool:
    """Whether the request failed once."""
    return bool(environ.get("retry.attempt"))
