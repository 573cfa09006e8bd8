"""What a form sent, as text; a file where text was expected counts as nothing."""

from __future__ import annotations

from pyramid.request import Request

from ..errors import Conflict, Invalid, NotAllowed, Problem, Throttled
from ..languages import gettext as _

UNPROCESSABLE = 422


def text_of(request: Request, name: str) -> str:
    """The last text sent under a name, "" for none."""
    value = request.POST.get(name, "")
    return value if isinstance(value, str) else ""


def texts_of(request: Request, *names: str) -> dict[str, str]:
    """The texts sent under several names."""
    return {name: text_of(request, name) for name in names}


def choices_of(request: Request, name: str) -> list[str]:
    """All texts sent under a name: the checked boxes of a group."""
    return [value for value in request.POST.getall(name) if isinstance(value, str)]


def number_of(request: Request, name: str) -> int | None:
    """A whole number, None for an empty input. Raises `Invalid`."""
    text = text_of(request, name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.one(name, _("must be a whole number"))
    return int(text)


def messages_of(request: Request, problem: Problem) -> dict[str, list[str]]:
    """What is wrong with a form, by field, for showing it again; sets the status of the answer."""
    if isinstance(problem, Throttled):
        request.response.status_int = 429
        request.response.headers["Retry-After"] = str(problem.seconds)
        return {"": [problem.message]}
    request.response.status_int = UNPROCESSABLE
    if isinstance(problem, Invalid):
        return problem.by_field()
    if isinstance(problem, NotAllowed):
        request.response.status_int = 403
    if isinstance(problem, Conflict):
        request.response.status_int = 409
        return {problem.field: [problem.message]}
    return {"": [problem.message]}
