"""How the site is doing, and asking for its checks."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ...condition import ask_for_check, condition
from ...permissions import Permission
from .jobs import ACCEPTED, accepted
from .operations import Answer, Operation
from .parameters import only
from .services import service

TAG = "administration"
SYSTEM = service("system", "/system")
CHECK = service("system-check", "/system/check")


@SYSTEM.get(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "getSystem",
        "How the site is doing",
        TAG,
        {200: Answer("What runs, what waits, and what the last check found.", "System")},
        description="Nothing is tried for it: that is what a check does.",
        problems=(400,),
    ),
)
def get_system(request: Request) -> dict[str, Any]:
    """Versions, schema, jobs, workers, the last check."""
    only(request)
    return condition(request.db)


@CHECK.post(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "checkSystem",
        "Check the site",
        TAG,
        {202: ACCEPTED},
        description="A job tries every part as `myplatform check --production` does; while one waits or runs, that one "
        "is the answer.",
        problems=(400, 404),
    ),
)
def check_system(request: Request) -> dict[str, Any]:
    """Let a job run all checks."""
    only(request)
    return accepted(request, ask_for_check(request.db, by=request.identity))
