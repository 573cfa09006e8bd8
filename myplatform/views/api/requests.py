"""Requests for access: asking, what waits for the caller's answer, and answering."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pyramid.request import Request
from pyramid.response import Response

from ...actions.requests import ASKED_FOR, LONGEST_MESSAGE, ask_for_access, decline_request, grant_request
from ...errors import Invalid
from ...permissions import Permission, Role
from ...queries.requests import requests_of, requests_waiting
from ...representations import request_document
from ...resources import id_in_url
from .answers import NO_CONTENT
from .bodies import Body, body_of
from .operations import Answer, Operation
from .parameters import only
from .services import service

TAG = "sharing"
REQUEST_LIST = service("requests", "/requests")
ONE_REQUEST = service("request", "/requests/{id:[0-9]+}")
Message = Field("", max_length=LONGEST_MESSAGE)


class Asking(Body):
    """The address at which something is wanted, what for, and a message to whoever looks after it."""

    path: str
    permission: Literal[tuple(each.value for each in ASKED_FOR)] = "view"  # type: ignore[valid-type]
    message: str = Message


class Answering(Body):
    """Granted with a role, or declined; and a message to whoever asked."""

    answer: Literal["grant", "decline"]
    role: Literal[tuple(each.value for each in Role)] | None = None  # type: ignore[valid-type]
    reply: str = Message


@REQUEST_LIST.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listRequests",
        "List requests for access",
        TAG,
        {200: Answer("Those that wait for the caller's answer, and the caller's own.", "Requests")},
        problems=(400,),
    ),
)
def list_requests(request: Request) -> dict[str, Any]:
    """The oldest that wait first; the caller's own, the newest first."""
    only(request)
    waiting, own = (found(request.db, request.identity) for found in (requests_waiting, requests_of))
    return {"waiting": [request_document(each) for each in waiting], "own": [request_document(each) for each in own]}


@REQUEST_LIST.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "askForAccess",
        "Ask for access",
        TAG,
        {202: Answer("Whoever looks after it has been asked, if there is anything at the address.", "Asked")},
        description="The answer is the same whether there is something at the address or not.",
        body=Asking,
        example={"path": "/budget", "permission": "view", "message": "I prepare the audit."},
        problems=(400, 403, 413, 415, 422, 429),
    ),
)
def post_request(request: Request) -> dict[str, Any]:
    """Ask, as the page that says "nothing here" does."""
    only(request)
    given = body_of(request, Asking)
    per_day = request.registry["settings"]["access.requests_per_day"]
    ask_for_access(request.db, **given.model_dump(), by=request.identity, per_day=per_day)
    request.response.status_int = 202
    return {"status": "asked"}


@ONE_REQUEST.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "answerRequest",
        "Answer a request for access",
        TAG,
        {204: NO_CONTENT},
        description="For those who may share the place; a token needs the scope admin.",
        body=Answering,
        example={"answer": "grant", "role": "reader", "reply": "Welcome."},
        problems=(400, 403, 404, 409, 413, 415, 422),
    ),
)
def answer_request(request: Request) -> Response:
    """Grant or decline."""
    only(request)
    given = body_of(request, Answering)
    request_id = id_in_url(request)
    if given.answer == "decline":
        decline_request(request.db, request_id, by=request.identity, reply=given.reply)
    elif given.role is None:
        raise Invalid.one("role", "is required to grant")
    else:
        grant_request(request.db, request_id, given.role, by=request.identity, reply=given.reply)
    return Response(status=204)
