"""What one request is and costs, kept while it runs: its id, its view, its statements, its time.

Logs, metrics, traces and the `Server-Timing` header all read the same `Watched`. It is found through a context
variable, so that a log line anywhere below a request knows whose it is.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS
from sqlalchemy import Engine, event

from . import metrics, tracing

REQUEST_ID = "myplatform.request_id"
"""Key of the WSGI environment: what a trusted proxy called the request, or what we call it."""
HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
STATIC, NOWHERE = "static", "none"
QUIET_ROUTES = ("/-/static", "/healthz", "/readyz", "/metrics", "/_debug_toolbar/")
"""What is asked for all day by programs and says nothing: written to the access log at the level DEBUG."""

access = logging.getLogger("myplatform.access")


@dataclass(slots=True)
class Watched:
    """One request under way; `seconds` is what its statements took, those that replicas answered included."""

    request: Request
    began: float = field(default_factory=time.perf_counter)
    statements: int = 0
    seconds: float = 0.0
    at_replicas: int = 0
    replica_seconds: float = 0.0
    trace_id: str = ""

    @property
    def request_id(self) -> str:
        """What logs, answers and error pages call the request."""
        return self.request.environ[REQUEST_ID]

    @property
    def user_id(self) -> int | None:
        """Who asks, if that is known already."""
        shown = self.request.__dict__.get("credential")
        return shown.identity.user_id if shown is not None else None

    @property
    def view(self) -> str:
        """The name of what answers, one of a bounded number: a route or service, and the view of a node."""
        return view_of(self.request)


watched: ContextVar[Watched | None] = ContextVar("watched", default=None)
"""The request that is being answered here, None outside requests."""


def view_of(request: Request) -> str:
    """What answers a request, for people who count: never what was typed."""
    route = request.__dict__.get("matched_route")
    path = request.environ.get("PATH_INFO", "")
    if path.startswith("/-/static/"):
        return STATIC
    found = request.__dict__.get("exception") is None or request.__dict__.get("context") is not None
    name = route.name if route is not None else "page" if found else NOWHERE
    view = request.__dict__.get("view_name") or ""
    known = request.registry.get("view_names")
    if view and known is not None and view not in known:
        return NOWHERE
    return f"{name} {view}".rstrip()


def request_id(request: Request) -> str:
    """What an error page, the log and the answer's header have in common."""
    return request.environ.setdefault(REQUEST_ID, new_request_id())


def new_request_id() -> str:
    """Twelve random hexadecimal digits."""
    return os.urandom(6).hex()


def well_formed_id(given: str) -> str | None:
    """An id that a proxy gave, if it is one that can stand in a log."""
    return given if _WELL_FORMED.fullmatch(given) else None


def watching_tween_factory(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """Outermost tween: begins the watch over a request and tells about it at its end."""
    is_development = registry["settings"]["app.mode"] == "development"
    tracer = registry.get("tracer")

    def watching_tween(request: Request) -> Response:
        given = request.environ.setdefault(REQUEST_ID, new_request_id())
        seen = Watched(request)
        token = watched.set(seen)
        span = tracing.begin(tracer, seen) if tracer is not None else None
        response = None
        try:
            response = handler(request)
            response.headerlist.append((HEADER, given))
            if is_development:
                response.headers["Server-Timing"] = server_timing(seen)
            return response
        finally:
            status = response.status_int if response is not None else 500
            tell(seen, status)
            if span is not None:
                tracing.end(span, seen, status)
            watched.reset(token)

    return watching_tween


def server_timing(seen: Watched) -> str:
    """The header that browsers show beside a request: its whole time, and its statements with theirs."""
    total = (time.perf_counter() - seen.began) * 1000
    return f'total;dur={total:.1f}, sql;dur={seen.seconds * 1000:.1f};desc="{seen.statements} statements"'


def tell(seen: Watched, status: int) -> None:
    """One line in the access log, and the counters."""
    seconds = time.perf_counter() - seen.began
    request, view = seen.request, seen.view
    method = request.method if request.method in METHODS else "other"
    metrics.REQUESTS.increase(view=view, method=method, status=str(status))
    metrics.REQUEST_SECONDS.observe(seconds, view=view)
    if seen.statements:
        metrics.STATEMENTS.increase(seen.statements - seen.at_replicas, view=view, database=PRIMARY)
        metrics.STATEMENT_SECONDS.increase(seen.seconds - seen.replica_seconds, view=view, database=PRIMARY)
    if seen.at_replicas:
        metrics.STATEMENTS.increase(seen.at_replicas, view=view, database=REPLICA)
        metrics.STATEMENT_SECONDS.increase(seen.replica_seconds, view=view, database=REPLICA)
    path = request.environ.get("PATH_INFO", "")
    level = logging.DEBUG if path.startswith(QUIET_ROUTES) and status < 400 else logging.INFO
    if access.isEnabledFor(level):
        facts = {
            "method": method,
            "path": path,
            "view": view,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "statements": seen.statements,
            "sql_ms": round(seen.seconds * 1000, 1),
        }
        access.log(
            level,
            "%(method)s %(path)s %(status)s %(ms)s ms %(statements)s statements [%(view)s]",
            facts,
            extra={"facts": facts},
        )


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


STATEMENT_EVENTS = ("do_execute", "do_executemany", "do_execute_no_params")
"""What SQLAlchemy's dialects tell of each statement, before they send it."""


PRIMARY, REPLICA = "primary", "replica"
"""Whom a statement was put to, and whom a connection leads to."""


def watch_statements(engine: Engine, database: str = PRIMARY) -> None:
    """Count and time what is asked of the database for a request.

    These are the listeners of the dialect: one call a statement, which sends it too. Those of connections that tell
    before and after cost a request several times as much, as SQLAlchemy joins them anew for every connection it lends.
    """
    for name in STATEMENT_EVENTS:
        event.listen(engine, name, _timed(getattr(engine.dialect, name), is_replica=database == REPLICA))


def watch_pool(engine: Engine, database: str = PRIMARY) -> None:
    """Count the connections of each process: those that are open, and those in use."""
    changes = {"connect": ("open", 1), "close": ("open", -1), "checkout": ("in use", 1), "checkin": ("in use", -1)}
    for name, (state, by) in changes.items():
        event.listen(engine, name, partial(_note_connection, state, database, by))


def _note_connection(state: str, database: str, by: int, *_: Any) -> None:
    metrics.POOL.increase(by, state=state, database=database)


def _timed(send: Callable[..., None], *, is_replica: bool) -> Callable[..., bool]:
    def listener(cursor: Any, statement: str, *others: Any) -> bool:
        seen = watched.get()
        if seen is None:
            return False  # SQLAlchemy sends it itself
        seen.statements += 1
        began = time.perf_counter()
        send(cursor, statement, *others)
        took = time.perf_counter() - began
        seen.seconds += took
        if is_replica:
            seen.at_replicas += 1
            seen.replica_seconds += took
        if seen.trace_id:
            tracing.tell_statement(seen.request.registry["tracer"], statement, took)
        return True

    return listener


def note_view_names(config: Configurator) -> None:
    """Remember the names of nodes' views, so that what somebody typed never becomes one."""
    views = config.introspector.get_category("views") or ()
    config.registry["view_names"] = frozenset(each["introspectable"].get("name") or "" for each in views)


def includeme(config: Configurator) -> None:
    """The tween above all others, `request.request_id`, and ears at the database."""
    config.add_request_method(request_id, reify=True)
    config.add_tween(
        f"{__name__}.watching_tween_factory", under=INGRESS, over="myplatform.headers.headers_tween_factory"
    )
    config.action(None, note_view_names, args=(config,), order=9999)
    watch_statements(config.registry["engine"])
    watch_pool(config.registry["engine"])
    replicas = config.registry.get("replicas")
    for each in replicas.replicas if replicas is not None else ():
        watch_statements(each.engine, REPLICA)
        watch_pool(each.engine, REPLICA)
