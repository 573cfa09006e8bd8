"""Closing the site for maintenance or for writing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from ...actions.modes import end_mode, parse_until, set_mode
from ...languages import UTC
from ...permissions import Permission
from ...queries.modes import MODE_WORDS, Mode, modes
from .answers import NO_CONTENT
from .bodies import Body, body_of
from .operations import Answer, Operation
from .parameters import only
from .services import service

TAG = "administration"
MODE_LIST = service("modes", "/modes")
ONE_MODE = service("mode", f"/modes/{{mode:{'|'.join(MODE_WORDS)}}}")


class Closing(Body):
    """Why, and until when: a moment, `22:30` in UTC, or `+30m`; without an end until it is ended."""

    reason: str
    until: str = ""


@MODE_LIST.get(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "listModes", "Whether the site is open", TAG, {200: Answer("What is on.", "Modes")}, problems=(400,)
    ),
)
def list_modes(request: Request) -> dict[str, Any]:
    """Each mode, null where it is off."""
    only(request)
    return _both(request)


@ONE_MODE.put(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "beginMode",
        "Close the site, or its writing",
        TAG,
        {200: Answer("It is on.", "Modes")},
        description="`maintenance` stops all but administrators, `read-only` whatever would write; both with 503.",
        body=Closing,
        example={"reason": "The database moves", "until": "+30m"},
        problems=(400, 404, 413, 415, 422),
    ),
)
def put_mode(request: Request) -> dict[str, Any]:
    """Begin it, or change its reason and end."""
    only(request)
    given = body_of(request, Closing)
    name = MODE_WORDS[request.matchdict["mode"]]
    set_mode(request.db, name, reason=given.reason, until=parse_until(given.until, UTC), by=request.identity)
    return _both(request)


@ONE_MODE.delete(
    permission=Permission.ADMINISTER,
    operation=Operation("endMode", "Open the site again", TAG, {204: NO_CONTENT}, problems=(400, 404)),
)
def delete_mode(request: Request) -> Response:
    """End it; it need not be on."""
    only(request)
    end_mode(request.db, MODE_WORDS[request.matchdict["mode"]], by=request.identity)
    return Response(status=204)


def _both(request: Request) -> dict[str, Any]:
    on = modes(request.db)
    return {path: _document(getattr(on, name)) for path, name in MODE_WORDS.items()}


def _document(mode: Mode | None) -> dict[str, Any] | None:
    if mode is None:
        return None
    until: dt.datetime | None = mode.until
    return {"reason": mode.reason, "until": until, "since": mode.since, "by": mode.by}
