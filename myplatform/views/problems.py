"""Every refusal as one value: status, words for people and members for programs, whatever raised it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPException

from ..errors import BadQuery, Closed, Conflict, Invalid, Missing, NotAllowed, Problem, Throttled, TooLarge, Unavailable
from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission

NOTHING_HERE = mark("There is nothing here, or nothing you may see.")
SIGN_IN = mark("Sign in to go on.")
AWAY = mark("A part of this site does not answer at the moment, and nothing was kept. Try again in a moment.")

MEANINGS = {
    Permission.VIEW: mark("see this"),
    Permission.ADD: mark("add something here"),
    Permission.EDIT: mark("change this"),
    Permission.TRASH: mark("move or delete this"),
    Permission.SHARE: mark("share this or see who can reach it"),
    Permission.PURGE: mark("delete this for good"),
    Permission.SIGNED_IN: mark("do this without signing in"),
    Permission.ADMINISTER: mark("administer this site"),
}

STATUSES: dict[type[Problem], int] = {
    BadQuery: 400,
    NotAllowed: 403,
    Missing: 404,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    Throttled: 429,
    Closed: 503,
    Unavailable: 503,
}

TITLES = {
    400: mark("This request cannot be understood"),
    401: mark("Please sign in"),
    403: mark("This is not yours to do"),
    404: mark("Nothing here"),
    405: mark("Not like this"),
    406: mark("Not in this form"),
    409: mark("Somebody was quicker"),
    412: mark("It has changed meanwhile"),
    413: mark("Too large"),
    415: mark("Not in this form"),
    422: mark("Something does not fit"),
    428: mark("Say which version you changed"),
    429: mark("Too many attempts"),
    460: mark("The bytes differ from what was announced"),
    500: mark("Something went wrong here"),
    503: mark("Busy at the moment"),
}


HEADINGS = {"maintenance": mark("Closed for maintenance"), "read-only": mark("Reading only for now")}
"""What is said of each mode of the site in place of the status."""

KEPT_HEADERS = frozenset({"allow", "retry-after", "content-range", "etag"})


@dataclass
class Refusal:
    """What an error page and problem+json are made of; `members` and `headers` go into the answer as they are."""

    status: int
    detail: str
    members: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    heading: str = ""
    """Words in English that say it better than the status does."""

    @property
    def title(self) -> str:
        """The status in a few words that mean something to people."""
        return _(self.name)

    @property
    def name(self) -> str:
        """The same in English, as programs know it."""
        return self.heading or TITLES.get(self.status) or HTTPStatus(self.status).phrase

    @property
    def until(self) -> dt.datetime | None:
        """When what is refused now will be taken, if that is known."""
        return dt.datetime.fromisoformat(self.members["until"]) if self.members.get("until") else None

    @property
    def missing(self) -> str | None:
        """The permission that the asker could be given: to see what may be here, or what this page needs."""
        if self.status == 404:
            return str(Permission.VIEW) if self.detail == _(NOTHING_HERE) else None
        return self.members.get("permission") if self.status == 403 and "scope" not in self.members else None


def of_problem(problem: Problem, *, has_precondition: bool) -> Refusal:
    """What an action or query refused; with `If-Match`, a conflict of versions is a failed precondition."""
    status = next((code for kind, code in STATUSES.items() if isinstance(problem, kind)), 400)
    refusal = Refusal(status, problem.message)
    if isinstance(problem, Invalid):
        refusal.detail = _("Some values do not fit; each wrong one is named.")
        refusal.members["errors"] = [{"field": each.field, "message": each.message} for each in problem.errors]
    elif isinstance(problem, Conflict):
        if problem.current is not None:
            refusal.members["current"] = problem.current
            refusal.status = 412 if has_precondition else 409
        if problem.field:
            refusal.members["errors"] = [{"field": problem.field, "message": problem.message}]
    elif isinstance(problem, BadQuery) and problem.field:
        refusal.members["errors"] = [{"field": problem.field, "message": problem.message}]
    elif isinstance(problem, NotAllowed) and problem.permission:
        refusal.members["permission"] = str(problem.permission)
    elif isinstance(problem, Throttled | Closed | Unavailable):
        _say_when(refusal, problem)
    elif isinstance(problem, TooLarge):
        refusal.members["limit"] = problem.limit
    return refusal


def _say_when(refusal: Refusal, problem: Throttled | Closed | Unavailable) -> None:
    """What is refused now will be taken later: when, and for the whole site or a part of it, why."""
    refusal.headers["Retry-After"] = str(problem.seconds)
    if isinstance(problem, Closed):
        refusal.heading = HEADINGS[problem.mode]
        refusal.members |= {"code": problem.mode, "until": problem.until.isoformat() if problem.until else None}
    elif isinstance(problem, Unavailable):
        refusal.detail = _(AWAY)


def of_http(error: HTTPException) -> Refusal:
    """What Pyramid, Cornice or a view refused; the explanations of `webob` are replaced where we have better words."""
    if isinstance(error, BadCSRFToken | BadCSRFOrigin):
        detail = _("This form was open too long or came from elsewhere. Go back, load the page again and repeat.")
        return Refusal(400, detail, {"code": "csrf"})
    detail = error.detail or error.explanation or ""
    if error.code == 404:
        detail = _(NOTHING_HERE)
    kept = {name: value for name, value in error.headers.items() if name.lower() in KEPT_HEADERS}
    return Refusal(error.code, detail, headers=kept)


def of_denial(denied: Any) -> Refusal:
    """What the security policy refused to somebody who is signed in, or to a bad token."""
    if denied.has_bad_token:
        detail = _("The token is not valid: it is unknown, has expired or was revoked.")
        return Refusal(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    permission = str(denied.permission)
    if denied.scope is not None:
        detail = _("The token lacks the scope %(scope)s.", scope=denied.scope)
        challenge = f'Bearer error="insufficient_scope", scope="{denied.scope}"'
        members = {"permission": permission, "scope": str(denied.scope)}
        return Refusal(403, detail, members, {"WWW-Authenticate": challenge})
    meaning = _(MEANINGS.get(denied.permission, mark("do this")))
    return Refusal(403, _("You may not %(do)s.", do=meaning), {"permission": permission})


def unauthorised() -> Refusal:
    """What a visitor is told, whether there is something at the address or not."""
    return Refusal(401, _(SIGN_IN), headers={"WWW-Authenticate": "Bearer"})
