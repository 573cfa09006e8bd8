"""The engine for either database, and `request.db`: one session a request, joined to its transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pyramid_retry
import pyramid_tm
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPRedirection
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from zope.sqlalchemy.datamanager import join_transaction

from .forking import in_each_child
from .queries.kept import Answers
from .replicas import Replicas, is_another_attempt
from .settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LIMIT_EXCEEDED = "54"
"""How PostgreSQL's SQLSTATE begins where something is larger than it can be."""
READ_BY_POST = frozenset({"/api/graphql"})
"""Addresses whose POST reads too: what is asked there is too long for an address."""
REPLICA_PATIENCE = {
    "connect_timeout": "2",
    "tcp_user_timeout": "3000",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "3",
}
"""A replica that does not answer is given up after seconds: there is another database to ask."""
ATTEMPTS = 3
RETRIED_BODY_SIZE = 1 << 20


def make_engine(settings: Settings, replica_url: str | None = None) -> Engine:
    """An engine for `database.url`, or a replica of it, with the timeouts and pool that the settings name."""
    url = make_url(replica_url or settings["database.url"])
    json: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    # What people wrote stands in the values of statements; only whoever works on the site sees them in its log.
    json["hide_parameters"] = settings["app.mode"] == "production"
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, settings, json)
    options = {
        "statement_timeout": int(settings["database.statement_timeout"].total_seconds() * 1000),
        "lock_timeout": int(settings["database.lock_timeout"].total_seconds() * 1000),
        "timezone": "UTC",
        # The server's default is for spinning disks and makes it read whole tables where an index serves.
        "random_page_cost": "1.1",
    }
    arguments: dict[str, Any] = {"options": " ".join(f"-c {name}={value}" for name, value in options.items())}
    if not settings["database.prepared_statements"]:
        arguments["prepare_threshold"] = None
    if replica_url:
        arguments |= REPLICA_PATIENCE
    return create_engine(
        url,
        pool_size=settings["database.pool_size"],
        max_overflow=settings["database.pool_overflow"],
        pool_pre_ping=False,
        pool_use_lifo=True,
        connect_args=arguments,
        **json,
    )


def _sqlite_engine(url: Any, settings: Settings, json: dict[str, Any]) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **json)
    busy_milliseconds = int(settings["database.busy_timeout"].total_seconds() * 1000)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: see `_begin`
        for pragma in (
            f"busy_timeout = {busy_milliseconds}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails with a stale snapshot when another wrote between.
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _share_no_connection(engine: Engine) -> None:
    """A child process must not speak over its parent's connections."""
    in_each_child(engine, lambda inherited: inherited.dispose(close=False))


def make_session_factory(engine: Engine, *, search_language: str = "english") -> sessionmaker[Session]:
    """Sessions that join the transaction manager in `session.info["tm"]`, where there is one.

    `search_language` is that of the texts; what indexes and searches them finds it in `session.info`.
    The state "changed" makes every joined session commit: statements that bypass the unit of work are kept too.
    """
    factory = sessionmaker(engine, expire_on_commit=False, info={"search_language": search_language})

    @event.listens_for(factory, "after_begin")
    def _join(session: Session, _transaction: Any, _connection: Connection) -> None:
        if "tm" in session.info:
            join_transaction(session, initial_state="changed", transaction_manager=session.info["tm"])

    return factory


@contextmanager
def open_session(factory: sessionmaker[Session], *, writes: bool = True) -> Iterator[Session]:
    """A session outside a request: committed at the end of the block, rolled back if it raises."""
    with factory() as session, session.begin():
        session.connection(execution_options={"writes": writes})
        yield session


@contextmanager
def open_snapshot(factory: sessionmaker[Session]) -> Iterator[Session]:
    """A session that reads one state of the whole database, however long it takes, and writes nothing."""
    with factory() as session, session.begin():
        options: dict[str, Any] = {"writes": False}
        if session.get_bind().dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        session.connection(execution_options=options)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("SELECT 1 FROM alembic_version"))  # the state is that of the first reading
        yield session


def only_reads(request: Request) -> bool:
    """Whether the request changes nothing, by its method or its address."""
    return request.method in SAFE_METHODS or request.environ.get("PATH_INFO") in READ_BY_POST


def request_session(request: Request) -> Session:
    """The session of this request, begun at its first use; what only reads may read from a replica."""
    replicas = request.registry.get("replicas")
    if replicas is None or not only_reads(request) or is_another_attempt(request.environ):
        return request.primary_db
    session = replicas.session(request.primary_db)
    if session is None:
        return request.primary_db
    request.add_finished_callback(lambda _request: session.close())
    return session


def primary_session(request: Request) -> Session:
    """The session of this request on the primary database, which alone says who is asking.

    Reading requests have nothing to commit, so theirs does not join the transaction. They take no write lock on SQLite,
    and on PostgreSQL no transaction at all: each statement sees what is committed then, as it would inside one, and two
    exchanges with the server are saved.
    """
    factory = request.registry["session_factory"]
    if not only_reads(request):
        session: Session = factory(info={"tm": request.tm})
        session.connection(execution_options={"writes": True})
        return session
    session = factory()
    request.add_finished_callback(lambda _request: session.close())
    options: dict[str, Any] = {"writes": False}
    if session.get_bind().dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
    session.connection(execution_options=options)
    return session


def abort_unless_it_went_well(request: Request, response: Response) -> bool:
    """Commit veto: nothing of a request that failed is kept, be the failure returned, raised or rendered."""
    if response.status_code >= 400:
        return True
    raised = getattr(request, "exception", None)
    return raised is not None and not isinstance(raised, HTTPRedirection)


def attempts_for(request: Request) -> int:
    """How often a request may be tried when another won a race; big bodies are not kept for a second try."""
    if request.content_length is None and "HTTP_TRANSFER_ENCODING" in request.environ:
        return 1  # sent in pieces: nobody knows how much is still to come
    return ATTEMPTS if (request.content_length or 0) <= RETRIED_BODY_SIZE else 1


def is_unstorable(error: Exception) -> bool:
    """Whether a value is of a form that the database cannot hold, such as one too long for an index."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return isinstance(error, DataError) or state.startswith(LIMIT_EXCEEDED)


def is_busy(error: Exception) -> bool:
    """Whether the database could not serve in time (lock or statement timeout, no connection)."""
    return isinstance(error, OperationalError)


def includeme(config: Configurator) -> None:
    """Engine, `request.db`, one transaction a request with veto and retry."""
    settings: Settings = config.registry["settings"]
    engine = make_engine(settings)
    _share_no_connection(engine)
    config.registry["engine"] = engine
    config.registry["session_factory"] = make_session_factory(engine, search_language=settings["search.language"])
    config.registry["answers"] = Answers()
    if urls := settings["database.replica_urls"]:
        engines = [make_engine(settings, url) for url in urls]
        config.registry["replicas"] = Replicas(engines, config.registry["session_factory"])
    config.add_settings(
        {
            "tm.manager_hook": pyramid_tm.explicit_manager,
            "tm.commit_veto": abort_unless_it_went_well,
            "tm.annotate_user": False,
            "retry.activate_hook": attempts_for,
        }
    )
    # A broken unique constraint means that somebody was quicker: tried again, the checks find and name it.
    pyramid_retry.mark_error_retryable(IntegrityError)
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.add_request_method(primary_session, "primary_db", reify=True)
    config.add_request_method(request_session, "db", reify=True)
