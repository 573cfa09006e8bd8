"""Asking for access where something cannot be seen or done, and what waits for one's answer."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.requests import ask_for_access, decline_request, grant_request
from ..errors import Conflict, Invalid, Throttled
from ..languages import gettext as _
from ..permissions import Permission, Role
from ..queries.accounts import principal_titles
from ..queries.reach import Reader, who_can_see
from ..queries.requests import requests_of, requests_waiting
from ..resources import id_in_url
from .frame import breadcrumbs
from .inputs import messages_of, texts_of
from .problems import Refusal
from .roles import ROLE_FOR, role_choices
from .subjects import Subject
from .toasts import see

URL = "/-/requests"
SHARERS = 8
"""How many of those who can share a place are named to whoever cannot."""


@view_defaults(permission=Permission.SIGNED_IN, renderer="requests.jinja2")
class Requests(Subject):
    """What waits for one's answer, what one has asked for oneself, and the form that asks."""

    @view_config(route_name="requests", request_method="GET")
    def show(self) -> dict[str, Any]:
        """Both lists."""
        return self._page({}, {})

    @view_config(route_name="requests", request_method="POST")
    def ask(self) -> dict[str, Any] | Response:
        """Ask; the answer never tells whether there is anything."""
        given = texts_of(self.request, "path", "message", "permission")
        per_day = self.request.registry["settings"]["access.requests_per_day"]
        try:
            ask_for_access(self.db, **given, by=self.request.identity, per_day=per_day)
        except (Invalid, Throttled) as problem:
            return self._page(given, messages_of(self.request, problem))
        return HTTPSeeOther(self.request.node_url(URL, asked="yes"))

    @view_config(route_name="request", request_method="POST")
    def answer(self) -> dict[str, Any] | Response:
        """Grant with the role chosen, or decline."""
        request_id, by = id_in_url(self.request), self.request.identity
        given = texts_of(self.request, "do", "role", "reply")
        try:
            with self.db.begin_nested():
                if given["do"] == "decline":
                    decline_request(self.db, request_id, by=by, reply=given["reply"])
                    return HTTPSeeOther(self.request.node_url(URL, answered="declined"))
                asked, change = grant_request(self.db, request_id, given["role"], by=by, reply=given["reply"])
        except (Invalid, Conflict) as problem:
            return self._page({}, messages_of(self.request, problem))
        return see(self.request, f"{asked.node_path.rstrip('/')}/@sharing", change=change)

    def _page(self, given: dict[str, str], errors: dict[str, list[str]]) -> dict[str, Any]:
        waiting, own = requests_waiting(self.db, self.request.identity), requests_of(self.db, self.request.identity)
        return {
            "waiting": waiting,
            "own": own,
            "given": given,
            "errors": errors,
            "names": principal_titles(self.db, {each.answered_by for each in own if each.answered_by}),
            "roles": role_choices(),
            "role_for": ROLE_FOR,
            "told": told(self.request),
            "breadcrumbs": breadcrumbs(self.request, _("Requests")),
        }


def told(request: Request) -> str:
    """What the page before this one has done."""
    if request.GET.get("asked"):
        return _("If there is something at that address, those who look after it have been asked.")
    return _("Declined; the answer stands on their own page of requests.") if request.GET.get("answered") else ""


def asked_path(request: Request) -> str:
    """The address that the refused page is about, without the view of it: what a request would ask for."""
    names = request.path_info.strip("/").split("/")
    end = next((number for number, name in enumerate(names) if name.startswith("@")), len(names))
    return "/" + "/".join(names[:end])


def can_be_asked_for(request: Request) -> bool:
    """Whether an error page offers to ask: on what could be a place, to somebody signed in as themselves.

    Administrators may do everything already.
    """
    identity = request.identity
    if identity.user_id is None or identity.seen_as is not None or identity.is_admin:
        return False
    path = request.path_info
    return not path.startswith("/-/") or path.startswith("/-/id/")


def sharers(request: Request, refusal: Refusal) -> list[Reader]:
    """Whom somebody who sees a place, but may not share it, can turn to: the first of those who may."""
    if refusal.status != 403 or refusal.missing != Permission.SHARE:
        return []
    return who_can_see(request.db, request.context.node, role=Role.MANAGER, limit=SHARERS)


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("requests", URL)
    config.add_route("request", f"{URL}/{{id}}")
    config.scan(__name__)
