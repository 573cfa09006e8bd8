"""Administration: how the site is doing, what its checks find, and asking for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..condition import ask_for_check, condition, last_check
from ..languages import gettext as _
from ..languages import mark
from ..models.jobs import FAILED, OPEN_STATES
from ..permissions import Permission
from .jobs import STATE_WORDS, far_of
from .users import frame

URL = "/-/admin/system"
SEVERITIES = {
    "error": (mark("Error"), "bad"),
    "warning": (mark("Warning"), "warning"),
    "note": (mark("Note"), "info"),
}
"""What people read for each severity, and the meaning that colours it; the worst first."""
WORK = {"jobs": mark("jobs"), "schedules": mark("schedules")}
"""What workers are for."""


@view_config(
    route_name="admin_system", request_method="GET", permission=Permission.ADMINISTER, renderer="admin_system.jinja2"
)
def show(request: Request) -> dict[str, Any]:
    """Versions, parts, findings, jobs, workers."""
    return {**_shown(request), **frame(request, {}, (_("System"), URL), "")}


@view_config(
    route_name="admin_system_state", request_method="GET", permission=Permission.ADMINISTER,
    renderer="system_state.jinja2",
)
def show_state(request: Request) -> dict[str, Any]:
    """The part of the page that changes while a check runs."""
    request.response.cache_control = "no-store"
    return _shown(request)


@view_config(route_name="admin_system_check", request_method="POST", permission=Permission.ADMINISTER)
def check(request: Request) -> Response:
    """Let a job run all checks."""
    ask_for_check(request.db, by=request.identity)
    return HTTPSeeOther(request.node_url(URL))


def _shown(request: Request) -> dict[str, Any]:
    now = condition(request.db)
    report = now["check"] or {"findings": (), "tried": {}, "not_tried": {}}
    found = sorted(report["findings"], key=lambda each: list(SEVERITIES).index(each["severity"]))
    row = last_check(request.db)
    return {
        "now": now,
        "report": report,
        "found": [each for each in found if not each["silenced"]],
        "silenced": [each for each in found if each["silenced"]],
        "reasons": _by_reason(report["not_tried"]),
        "at": {name: _moment(now[name]) for name in ("check", "backup", "drill")},
        "severities": SEVERITIES,
        "state_words": STATE_WORDS,
        "work": WORK,
        "job": row,
        "far": far_of(request, row) if row is not None else None,
        "is_open": row is not None and row.state in OPEN_STATES,
        "is_failed": row is not None and row.state == FAILED,
    }


def _by_reason(not_tried: dict[str, str]) -> dict[str, list[str]]:
    """The ids of checks that could not be tried, by the reason why."""
    reasons: dict[str, list[str]] = {}
    for name, reason in not_tried.items():
        reasons.setdefault(reason, []).append(name)
    return reasons


def _moment(told: dict[str, Any] | None) -> dt.datetime | None:
    return None if told is None else dt.datetime.fromisoformat(told["at"])


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("admin_system", URL)
    config.add_route("admin_system_state", f"{URL}/state")
    config.add_route("admin_system_check", f"{URL}/check")
    config.scan(__name__)
