"""Whether the process runs, and whether it can serve."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from cornice import Service
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy import Engine, text

from ...checks import said
from ...migrating import current_revision, head_revision
from ...operators import is_operator
from ...settings.part_urls import families
from .operations import Answer, Operation

HEALTH = Service("health", "/healthz", renderer="json", raw_body=True)
READY = Service("ready", "/readyz", renderer="json", raw_body=True)
TAG = "health"
FINE = "fine"
KEPT = 1.0
"""Seconds for which those who need no account get the same answer: asking often must not tire the parts."""

log = logging.getLogger(__name__)


@HEALTH.get(
    permission=NO_PERMISSION_REQUIRED,
    operation=Operation("getHealth", "Whether the process runs", TAG, {200: Answer("It runs.", "Health")}),
)
def health(request: Request) -> dict[str, str]:  # noqa: ARG001 - views take the request
    """The process answers; nothing else is asked."""
    return {"status": FINE}


@READY.get(
    permission=NO_PERMISSION_REQUIRED,
    operation=Operation(
        "getReadiness",
        "Whether the site can serve",
        TAG,
        {200: Answer("It can.", "Readiness"), 503: Answer("It cannot.", "Readiness")},
        description="A part without which the site only gets slower makes it `degraded`, which is no failure. What is "
        "wrong is told to administrators and to whoever has the operations token, and written to the log.",
    ),
)
def readiness(request: Request) -> dict[str, Any]:
    """Database, schema and file store, without which nothing works, and the other parts, each tried now."""
    asks_as_operator = is_operator(request)
    checks = request.registry.setdefault("readiness", Readiness()).checks(request, is_fresh=asks_as_operator)
    is_whole = all(outcome == FINE for outcome in checks.values())
    is_ready = all(checks[name] == FINE for name in CHECKS)
    request.response.status_int = 200 if is_ready else 503
    request.response.headers["Cache-Control"] = "no-store"
    answer: dict[str, Any] = {"status": FINE if is_whole else "degraded" if is_ready else "unavailable"}
    if asks_as_operator:
        answer["checks"] = checks
    return answer


class Readiness:
    """What came of asking the parts last; of several who ask at once, one does it for all.

    The others get what came of it before, so that a part that hangs keeps one thread waiting and no more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checks: dict[str, str] = {}
        self._kept_until = 0.0

    def checks(self, request: Request, *, is_fresh: bool) -> dict[str, str]:
        """The outcome of each check by name: of now where `is_fresh`, else of the last second or the last round."""
        if not self._lock.acquire(blocking=is_fresh or not self._checks):
            return self._checks
        try:
            if is_fresh or time.monotonic() >= self._kept_until:
                asked = [*CHECKS.items(), *((name, _probe(part)) for name, part in _other_parts(request))]
                self._checks = {name: _outcome(name, check, request) for name, check in asked}
                self._kept_until = time.monotonic() + KEPT
            return self._checks
        finally:
            self._lock.release()


def _outcome(name: str, check: Callable[[Request], str], request: Request) -> str:
    try:
        outcome = check(request)
    except Exception as error:  # noqa: BLE001 - whatever a part raises says that it is not ready
        outcome = said(error)
    if outcome != FINE:
        log.warning("not ready: %s: %s", name, outcome)
    return outcome


def _other_parts(request: Request) -> Iterator[tuple[str, Any]]:
    """The parts that are open and can be asked, by the names of their families."""
    for family in (*families(), "replicas"):
        part = request.registry.get(family)
        if family not in CHECKS and hasattr(part, "probe"):
            yield family, part


def _probe(part: Any) -> Callable[[Request], str]:
    def check(_request: Request) -> str:
        part.probe()
        return FINE

    return check


def _database(request: Request) -> str:
    engine: Engine = request.registry["engine"]
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return FINE


def _schema(request: Request) -> str:
    current, wanted = current_revision(request.registry["engine"]), head_revision()
    return FINE if current == wanted else f"the database is at {current}, the program expects {wanted}"


def _files(request: Request) -> str:
    request.files.probe()
    return FINE


CHECKS: dict[str, Callable[[Request], str]] = {"database": _database, "schema": _schema, "files": _files}
