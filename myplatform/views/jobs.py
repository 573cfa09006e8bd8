"""Jobs: a page for whoever asked for one, a list of one's own, and everybody's for administrators."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy import Row

from ..actions.history import can_be_undone
from ..actions.jobs import cancel_job, enqueue, retry_job
from ..delivery import content_response
from ..errors import BadQuery, Missing
from ..jobs.registry import all_job_kinds, label_of
from ..languages import gettext as _
from ..languages import mark
from ..models import utc_now
from ..models.jobs import CANCELLED, DONE, FAILED, OPEN_STATES, RUNNING, STATES, WAITING
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.changes import change_by_id
from ..queries.jobs import JOBS, count_by_state, job_of, jobs_page, live_workers, made_by
from ..queries.listing import Page, parse
from ..resources import id_in_url
from .frame import breadcrumbs
from .users import frame

ADMIN_URL = "/-/admin/jobs"
FILTERS = ("q", "state", "kind", "user")
STATE_WORDS = {
    WAITING: (mark("Waiting"), ""),
    RUNNING: (mark("Running"), "info"),
    DONE: (mark("Done"), "good"),
    FAILED: (mark("Failed"), "bad"),
    CANCELLED: (mark("Cancelled"), ""),
}
"""What people read for each state, and the meaning that colours it."""
COUNTS = {
    "created": mark("Created"),
    "changed": mark("Changed"),
    "unchanged": mark("Unchanged"),
    "redirects": mark("New redirects"),
    "problems": mark("Problems"),
    "unresolved": mark("Links that lead nowhere"),
    "nodes": mark("Things"),
    "contents": mark("Unused contents"),
    "sessions": mark("Ended sessions"),
    "uploads": mark("Uploads broken off"),
    "drafts": mark("Old drafts"),
    "notifications": mark("Old notifications"),
    "read": mark("Files read"),
}
"""What the counts of results are called."""


@view_config(
    route_name="admin_jobs", request_method="GET", permission=Permission.ADMINISTER, renderer="admin_jobs.jinja2"
)
def list_all(request: Request) -> dict[str, Any]:
    """Everybody's jobs with filters in the list grammar, the processes that run them, what can be asked for."""
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    page, errors = _page(request, given, everybodys=True)
    return {
        **_lines(request, page, given, ADMIN_URL),
        "errors": errors,
        "given": given,
        "counts": dict.fromkeys(STATES, 0) | count_by_state(request.db),
        "workers": live_workers(request.db),
        "states": [(state, _(STATE_WORDS[state][0])) for state in STATES],
        "kinds": sorted(((name, _(kind.label)) for name, kind in all_job_kinds().items()), key=lambda pair: pair[1]),
        **frame(request, {}, (_("Jobs"), ADMIN_URL), ""),
    }


@view_config(route_name="jobs", request_method="GET", permission=Permission.SIGNED_IN, renderer="jobs.jinja2")
def list_own(request: Request) -> dict[str, Any]:
    """What the asker asked for."""
    page, _errors = _page(request, {}, everybodys=False)
    return {**_lines(request, page, {}, "/-/jobs"), "breadcrumbs": breadcrumbs(request, _("Your jobs"))}


@view_config(route_name="job", request_method="GET", permission=Permission.SIGNED_IN, renderer="job.jinja2")
def show(request: Request) -> dict[str, Any]:
    """One job: how far it is, what came of it."""
    row = _job(request)
    trail = breadcrumbs(request, _("Your jobs"), title_of(row))
    trail[-2] = (_("Your jobs"), request.node_url("/-/jobs"))
    return {**_shown(request, row), "breadcrumbs": trail}


@view_config(
    route_name="job_state", request_method="GET", permission=Permission.SIGNED_IN, renderer="job_state.jinja2"
)
def show_state(request: Request) -> dict[str, Any]:
    """The part of its page that changes while it runs."""
    request.response.cache_control = "no-store"
    return _shown(request, _job(request))


@view_config(route_name="job_cancel", request_method="POST", permission=Permission.SIGNED_IN)
def cancel(request: Request) -> Response:
    """Stop it."""
    cancel_job(request.db, _job(request).id, by=request.identity)
    return _back(request)


@view_config(route_name="job_retry", request_method="POST", permission=Permission.SIGNED_IN)
def retry(request: Request) -> Response:
    """Let it begin again."""
    retry_job(request.db, _job(request).id, by=request.identity)
    return _back(request)


@view_config(route_name="job_file", request_method="GET", permission=Permission.SIGNED_IN)
def download(request: Request) -> Response:
    """The file that it made, for whoever asked for it."""
    row = job_of(request.db, request.identity, id_in_url(request), everybodys=False)
    made = made_by(row, now=utc_now())
    if made is None:
        raise Missing
    return content_response(request, made, as_download=True)


@view_config(route_name="admin_reindex", request_method="POST", permission=Permission.ADMINISTER)
def reindex(request: Request) -> Response:
    """Let a job make the search index anew."""
    job_id = enqueue(request.db, "reindex", {}, by=request.identity, unique_key="reindex")
    return HTTPSeeOther(request.node_url(f"/-/jobs/{job_id}"))


def title_of(row: Row[Any]) -> str:
    """What a job is called where it is listed."""
    label = _(label_of(row.kind))
    return f"{label}: {row.title}" if row.title else label


def _job(request: Request) -> Row[Any]:
    return job_of(request.db, request.identity, id_in_url(request), everybodys=request.identity.is_admin)


def _back(request: Request) -> HTTPSeeOther:
    return HTTPSeeOther(request.node_url(f"/-/jobs/{id_in_url(request)}"))


def _page(request: Request, given: dict[str, str], *, everybodys: bool) -> tuple[Page, dict[str, list[str]]]:
    query = [(name, value) for name, value in given.items() if value]
    if cursor := request.GET.get("cursor"):
        query.append(("cursor", cursor))
    try:
        return jobs_page(request.db, request.identity, parse(JOBS, query), everybodys=everybodys), {}
    except BadQuery as problem:
        request.response.status_int = 400
        return Page([], None), {problem.field: [problem.message]}


def _lines(request: Request, page: Page, given: dict[str, str], path: str) -> dict[str, Any]:
    filters = {name: value for name, value in given.items() if value}
    following = page.next_cursor
    return {
        "rows": page.rows,
        "title_of": title_of,
        "state_words": STATE_WORDS,
        "names": principal_titles(request.db, {row.asked_by for row in page.rows}),
        "next": request.node_url(path, **filters, cursor=following) if following else None,
    }


def _shown(request: Request, row: Row[Any]) -> dict[str, Any]:
    done, total, progress = far_of(request, row)
    result = row.result or {}
    counts = [(_(COUNTS[name]), count) for name, count in result.get("counts", {}).items() if name in COUNTS and count]
    made = made_by(row, now=utc_now()) if row.asked_by == request.identity.name else None
    return {
        "job": row,
        "title": title_of(row),
        "state": STATE_WORDS[row.state],
        "is_open": row.state in OPEN_STATES,
        "done": done,
        "total": total,
        "progress": progress,
        "counts": counts,
        "remarks": result.get("remarks", ()),
        "place": result.get("path"),
        "made": made,
        "undo": _undo_of(request, row),
        "names": principal_titles(request.db, {row.asked_by}),
    }


def far_of(request: Request, row: Row[Any]) -> tuple[int, int, str]:
    """How far a job is: done, of how many, and in words; of one that runs in this process, as of this moment."""
    running = request.registry.get("running_jobs", {}).get((row.id, row.lease)) if row.state == RUNNING else None
    return running.far if running is not None else (row.done, row.total, row.progress)


def _undo_of(request: Request, row: Row[Any]) -> int | None:
    """The change that a job made, for whoever asked for it, if it can be taken back."""
    change_id = (row.result or {}).get("change")
    if change_id is None or row.asked_by != request.identity.name:
        return None
    try:
        return change_id if can_be_undone(change_by_id(request.db, change_id)) else None
    except Missing:
        return None


def includeme(config: Configurator) -> None:
    """The routes and views of this module."""
    config.add_route("admin_jobs", ADMIN_URL)
    config.add_route("admin_reindex", f"{ADMIN_URL}/reindex")
    config.add_route("jobs", "/-/jobs")
    config.add_route("job", "/-/jobs/{id}")
    config.add_route("job_state", "/-/jobs/{id}/state")
    config.add_route("job_cancel", "/-/jobs/{id}/cancel")
    config.add_route("job_retry", "/-/jobs/{id}/retry")
    config.add_route("job_file", "/-/jobs/{id}/file")
    config.scan(__name__)
