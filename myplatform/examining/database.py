"""Checks of the database: it answers, keeps what it is given, and is as the program needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

from ..actions.probing import is_probe, remove_probe, write_probe
from ..checks import Check, Examination, Finding, NotTried, Severity, in_thread
from ..database import open_session
from ..kind_tables import missing_parts
from ..migrating import connection_revision, head_revision
from ..replicas import CAUGHT_UP, WRITTEN, Replica

PATIENCE = 8.0
"""Seconds that a database may take to answer at all."""
OLDEST_POSTGRESQL, OLDEST_SQLITE = 14, (3, 38, 0)
MOST_BEHIND = 64 << 20
"""Bytes of log that a replica may have still to replay."""
DOWN = "PRT001"
"""The check that finds that there is no database."""


def engine_of(examination: Examination) -> Engine:
    """The engine, once the database has answered. Raises `NotTried` where it does not."""
    if examination.once("database", lambda: _refusal(examination)) is not None:
        raise NotTried("the database does not answer")
    return examination.registry["engine"]


def _refusal(examination: Examination) -> BaseException | None:
    """Why the database does not answer, None where it does."""

    def ping() -> None:
        with examination.registry["engine"].connect() as connection:
            connection.execute(text("SELECT 1"))

    pinged = in_thread(ping)
    try:
        return pinged.exception(PATIENCE)
    except TimeoutError:
        return TimeoutError(f"no answer within {PATIENCE:.0f} s")


@contextmanager
def with_tables(examination: Examination) -> Iterator[Connection]:
    """A connection to a database that has the schema of the code. Raises `NotTried` where it has another."""
    with connected(examination) as connection:
        if connection_revision(connection) != head_revision():
            raise NotTried("the schema is not that of the code")
        yield connection


@contextmanager
def connected(examination: Examination, *, only_postgresql: bool = False) -> Iterator[Connection]:
    """A connection that reads. Raises `NotTried` where there can be none."""
    engine = engine_of(examination)
    if only_postgresql and engine.dialect.name != "postgresql":
        raise NotTried
    with engine.connect().execution_options(writes=False) as connection:
        yield connection


def setting_of(connection: Connection, name: str) -> str:
    """A setting of PostgreSQL as it is in force."""
    return str(connection.execute(text("SELECT current_setting(:name, true)"), {"name": name}).scalar())


def it_answers(examination: Examination) -> Iterator[Finding]:
    """Write, read and delete a row."""
    try:
        engine_of(examination)
    except NotTried:
        raise examination.kept["database"] from None

    def question() -> str:
        with open_session(examination.registry["session_factory"]) as db:
            if connection_revision(db.connection()) is not None:
                _write_read_delete(db)
            return version_of(db.connection())

    examination.ask("database", question)
    yield from ()


def _write_read_delete(db: Any) -> None:
    secret = write_probe(db)
    if not is_probe(db, secret) or not remove_probe(db, secret):
        raise LookupError("the database does not keep what it is given")


def version_of(connection: Connection) -> str:
    """What the database is, for people."""
    numbers = ".".join(str(each) for each in connection.dialect.server_version_info or ())
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(connection.dialect.name, connection.dialect.name)
    return f"{name} {numbers}"


def its_version_is_supported(examination: Examination) -> Iterator[Finding]:
    """Old servers lack what statements need."""
    with connected(examination) as connection:
        version = tuple(connection.dialect.server_version_info or ())
        oldest = (OLDEST_POSTGRESQL,) if connection.dialect.name == "postgresql" else OLDEST_SQLITE
        if version < oldest:
            wanted = ".".join(map(str, oldest))
            yield Finding(f"{version_of(connection)} is too old; {wanted} is the oldest that is supported")


def it_has_what_search_uses(examination: Examination) -> Iterator[Finding]:
    """pg_trgm on PostgreSQL, FTS5 on SQLite."""
    with connected(examination) as connection:
        if connection.dialect.name == "postgresql":
            if not connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).first():
                yield Finding("pg_trgm is not there: search offers fewer corrections of words, and more slowly")
        elif not connection.execute(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar():
            yield Finding("SQLite has no FTS5: search does not work", mend="use a Python whose SQLite has FTS5")


def its_schema_is_that_of_the_code(examination: Examination) -> Iterator[Finding]:
    """The revision of the schema."""
    with connected(examination) as connection:
        current, wanted = connection_revision(connection), head_revision()
        examination.tell("schema", str(current))
        if current != wanted:
            yield Finding(f"the database is at {current or 'no revision'}, the program expects {wanted}")


def kinds_have_their_tables(examination: Examination) -> Iterator[Finding]:
    """What kinds of plug-ins keep."""
    with connected(examination) as connection:
        if connection_revision(connection) is None:
            raise NotTried("the database is empty")
        count = len(missing_parts(connection))
        if count:
            yield Finding(f"{count} tables, columns or indexes of plug-ins' kinds are missing")


def timeouts_are_in_force(examination: Examination) -> Iterator[Finding]:
    """Poolers may leave out what a connection asks for."""
    with connected(examination, only_postgresql=True) as connection:
        for key in ("statement_timeout", "lock_timeout"):
            wanted = examination.settings[f"database.{key}"].total_seconds() * 1000
            found = connection.execute(
                text("SELECT setting FROM pg_settings WHERE name = :name"), {"name": key}
            ).scalar_one()
            if int(found) != wanted:
                yield Finding(f"{key} is {found} ms, not {wanted:.0f} ms as asked for", f"database.{key}")


def it_keeps_texts_and_transactions(examination: Examination) -> Iterator[Finding]:
    """Encoding, isolation, and that it takes writes."""
    wanted = {"server_encoding": "UTF8", "default_transaction_isolation": "read committed", "TimeZone": "UTC"}
    with connected(examination, only_postgresql=True) as connection:
        for name, value in wanted.items():
            if (found := setting_of(connection, name)) != value:
                yield Finding(f"{name} is {found}, and has to be {value}")


def replicas_follow(examination: Examination) -> Iterator[Finding]:
    """Each is a copy of this database, and can be reached."""
    replicas = examination.registry.get("replicas")
    if replicas is None:
        raise NotTried
    engine_of(examination)
    examination.ask("replicas", replicas.probe)
    yield from ()


def replicas_keep_up(examination: Examination) -> Iterator[Finding]:
    """Those far behind are never asked."""
    replicas = examination.registry.get("replicas")
    if replicas is None:
        raise NotTried
    with connected(examination) as primary:
        written, _system = primary.execute(WRITTEN).one()
    for replica in replicas.replicas:
        if behind := _behind(replica, written):
            yield Finding(behind, replica.name)


def _behind(replica: Replica, written: str) -> str | None:
    with replica.engine.connect() as connection:
        if not connection.execute(text("SELECT pg_is_in_recovery()")).scalar():
            return "it takes writes: it is no replica"
        connection.execute(CAUGHT_UP, {"written": written})
        distance = text("SELECT pg_wal_lsn_diff(CAST(:written AS pg_lsn), pg_last_wal_replay_lsn())")
        found = int(connection.execute(distance, {"written": written}).scalar() or 0)
        return f"it is {found:,} bytes of log behind" if found > MOST_BEHIND else None


MIGRATE = "myplatform -c FILE.ini migrate"

CHECKS = (
    Check(
        DOWN,
        Severity.ERROR,
        "The database answers and keeps what is written",
        it_answers,
        mend="start the server, or mend database.url",
    ),
    Check(
        "PRT002",
        Severity.ERROR,
        "The database is new enough",
        its_version_is_supported,
        mend=f"PostgreSQL {OLDEST_POSTGRESQL} or newer",
    ),
    Check(
        "PRT003",
        Severity.NOTE,
        "The database has what search uses",
        it_has_what_search_uses,
        mend="as a superuser, in the database: CREATE EXTENSION pg_trgm",
    ),
    Check("PRT004", Severity.ERROR, "The schema is that of the code", its_schema_is_that_of_the_code, mend=MIGRATE),
    Check("PRT005", Severity.ERROR, "Kinds of plug-ins have their tables", kinds_have_their_tables, mend=MIGRATE),
    Check(
        "PRT006",
        Severity.WARNING,
        "Timeouts of statements and locks are in force",
        timeouts_are_in_force,
        mend="let the pooler pass on start-up options (PgBouncer: without ignore_startup_parameters)",
    ),
    Check(
        "PRT007",
        Severity.ERROR,
        "The database keeps all texts and isolates as expected",
        it_keeps_texts_and_transactions,
        mend="make it by: CREATE DATABASE … ENCODING 'UTF8'; leave default_transaction_isolation as it comes",
    ),
    Check(
        "PRT010",
        Severity.ERROR,
        "Replicas can be reached and follow the database",
        replicas_follow,
        mend="start the replica, or take its line out of database.replica_urls",
    ),
    Check(
        "PRT011",
        Severity.WARNING,
        "Replicas keep up, and take no writes",
        replicas_keep_up,
        mend="look for long queries on the replica and at the network; take its line out of database.replica_urls",
    ),
)
