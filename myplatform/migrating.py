"""Brings the schema up to date: the site's own migrations, then what plug-ins' kinds need."""

from __future__ import annotations

import datetime as dt
import io
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .actions.vocabulary import fill_words, lacks_words
from .errors import Conflict
from .kind_tables import missing_parts
from .models import Change
from .models.base import current_transaction_number

LOCK = 4_739_021_558
"""Number of the advisory lock that lets one process at a time change the schema."""

LONGEST_WAIT = dt.timedelta(minutes=30)
"""How long one process waits for another to be done with the schema."""
BETWEEN_LOOKS = 0.2
"""Seconds after which it looks again."""
LONGEST_PAUSE = 5.0
LOCK_NOT_HAD = ("55P03", "40P01")
"""SQLSTATE of a lock that was not had in time, and of a deadlock."""

log = logging.getLogger(__name__)

TRANSACTION_NUMBER_OFFSET = """CREATE OR REPLACE FUNCTION transaction_number_offset() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CAST({offset} AS bigint)'"""
"""PostgreSQL's count of transactions plus this is what orders the change feed."""


def alembic_config() -> Config:
    """Alembic's configuration, made here so that an installed package needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision() -> str:
    """The revision that the code expects."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def knows_revision(revision: str) -> bool:
    """Whether a revision is one of the program's own."""
    return revision in {each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return connection_revision(connection)


def connection_revision(connection: Connection) -> str | None:
    """The same, in the transaction of a connection."""
    return MigrationContext.configure(connection).get_current_revision()


def is_up_to_date(engine: Engine) -> bool:
    """Whether database and code agree, plug-ins' kinds included."""
    if current_revision(engine) != head_revision():
        return False
    with engine.connect() as connection:
        return not missing_parts(connection) and not _lacks_words(connection)


@dataclass(frozen=True)
class Patience:
    """How long a migration waits on PostgreSQL: for one lock, while others queue behind it, and for one statement.

    What did not get its lock is tried again, `tries` times in all, a little later each time.
    """

    for_lock: dt.timedelta = dt.timedelta(seconds=5)
    for_statement: dt.timedelta = dt.timedelta(hours=1)
    tries: int = 20


def upgrade(engine: Engine, patience: Patience = Patience()) -> bool:
    """Bring the schema up to date and say whether anything was to be done; one process at a time does it.

    On PostgreSQL each revision is a transaction of its own, so that locks are held briefly, and what was interrupted
    goes on where it was. On SQLite all of it is one.
    """
    if engine.dialect.name == "postgresql":
        with _lock_held(engine, patience) as connection:
            return _upgrade_in_steps(connection, patience)
    with alone(engine) as connection:
        before = connection_revision(connection)
        if before != head_revision():
            bring_to(connection, "head")
        return complete(connection) or before != head_revision()


def _upgrade_in_steps(connection: Connection, patience: Patience) -> bool:
    before = connection_revision(connection)
    connection.rollback()
    if before != head_revision():
        _with_patience(connection, patience, lambda: bring_to(connection, "head"))

    def finish() -> bool:
        with connection.begin():
            return complete(connection)

    return _with_patience(connection, patience, finish) or before != head_revision()


def _with_patience(connection: Connection, patience: Patience, work: Callable[[], Any]) -> Any:
    """Do it, and again where another transaction kept a lock that it needs: what was committed stays."""
    for attempt in range(1, patience.tries + 1):
        try:
            return work()
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", "") not in LOCK_NOT_HAD or attempt == patience.tries:
                raise
            log.warning("The migration waits for a lock that is in use (try %d of %d).", attempt, patience.tries)
            time.sleep(min(0.1 * 2**attempt, LONGEST_PAUSE))
    raise AssertionError  # the last try has returned or raised


@contextmanager
def _lock_held(engine: Engine, patience: Patience) -> Iterator[Connection]:
    """A connection that alone changes the schema over several transactions.

    The lock is that of a transaction on a connection beside it, and limits are set for each transaction: behind a
    pooler, what is set or locked for a connection would stay with it when others get it.
    """
    with _beside_the_pool(engine) as guard, _beside_the_pool(engine) as connection:
        _await_lock(guard)
        limits = {"statement_timeout": patience.for_statement, "lock_timeout": patience.for_lock}

        @event.listens_for(connection, "begin")
        def _limit(begun: Connection) -> None:
            for name, limit in limits.items():
                begun.exec_driver_sql(f"SET LOCAL {name} = {int(limit.total_seconds() * 1000)}")

        yield connection


@contextmanager
def _beside_the_pool(engine: Engine) -> Iterator[Connection]:
    """A connection that takes no place in the pool, which may have a single one."""
    with engine.connect() as connection:
        connection.detach()
        yield connection


def _await_lock(guard: Connection) -> None:
    """Take the lock for a transaction that stays open. Raises `Conflict` where others keep it for too long.

    It is asked for again and again: a statement that waits would itself be waited for by CREATE INDEX CONCURRENTLY.
    """
    ends = time.monotonic() + LONGEST_WAIT.total_seconds()
    while not guard.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar_one():
        guard.rollback()
        if time.monotonic() > ends:
            raise Conflict("Another process has been changing the schema for too long; see what became of it.")
        time.sleep(BETWEEN_LOOKS)
    guard.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def bring_to(connection: Connection, revision: str) -> None:
    """Run the site's own migrations up to a revision: in the transaction of the connection, else one for each."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def complete(connection: Connection, *, ahead_of: int = 0) -> bool:
    """Add what plug-ins' kinds lack, and what older sites or other places left undone; say whether there was any.

    On PostgreSQL the numbers of changes to come follow those that are there, and `ahead_of`, if that is more.
    """
    missing = missing_parts(connection)
    for part in missing:
        connection.execute(part)
    _continue_transaction_numbers(connection, ahead_of)
    return _fill_words(connection) or bool(missing)


def _fill_words(connection: Connection) -> bool:
    """Make what a site that is older than the words has findable by them; say whether there was something to do."""
    if not _lacks_words(connection):
        return False
    with Session(connection) as db:
        fill_words(db)
        db.commit()
    return True


def _lacks_words(connection: Connection) -> bool:
    with Session(connection) as db:
        return lacks_words(db)


def plan(engine: Engine) -> str:
    """The SQL that `upgrade` would run: the site's own migrations, then what plug-ins' kinds lack."""
    current = current_revision(engine)
    with engine.connect() as connection:
        lacking = [str(part.compile(dialect=engine.dialect)).strip() for part in missing_parts(connection)]
    own = _own_plan(engine, current) if current != head_revision() else ""
    return own + "".join(f"{each};\n" for each in lacking)


def _own_plan(engine: Engine, current: str | None) -> str:
    output = io.StringIO()
    config = alembic_config()
    config.output_buffer = output
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    command.upgrade(config, f"{current or 'base'}:head", sql=True)
    return output.getvalue()


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that changes the schema; others that want to wait until it is over."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def _continue_transaction_numbers(connection: Connection, ahead_of: int = 0) -> None:
    """A database restored elsewhere counts transactions anew: let the numbers of new changes follow the old ones."""
    if connection.dialect.name != "postgresql":
        # A copy of a PostgreSQL database; here the ids alone tell the order.
        numbered = "SELECT 1 FROM changes WHERE transaction_number > 0 LIMIT 1"
        if connection.execute(text(numbered)).first() is not None:
            connection.execute(text("UPDATE changes SET transaction_number = 0 WHERE transaction_number > 0"))
        return
    row = connection.execute(
        select(
            func.greatest(
                func.coalesce(func.max(Change.transaction_number), 0) - current_transaction_number(),
                ahead_of - current_transaction_number(),
            ).label("ahead"),
            func.transaction_number_offset().label("offset"),
        )
    ).one()
    if row.ahead > 0:
        connection.execute(text(TRANSACTION_NUMBER_OFFSET.format(offset=row.offset + row.ahead)))
