"""Jobs: the caller's own, everybody's for administrators; cancelled, tried again; imports and exports asked for."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Row

from ...actions.account_checks import may_administer
from ...actions.jobs import cancel_job, retry_job
from ...actions.transferring import ask_for_export, ask_for_import, imports_of
from ...delivery import content_response
from ...errors import Missing
from ...models import utc_now
from ...permissions import Permission
from ...queries.jobs import JOBS, job_of, jobs_page, made_by
from ...queries.listing import parse
from ...representations import job_document
from ...resources import id_in_url
from .answers import NO_CONTENT, page
from .describing import collection_parameters
from .files import sent_upload
from .operations import Answer, Operation
from .parameters import only, page_document, pairs
from .services import on_node, service

TAG = "jobs"
JOB_LIST = service("jobs", "/jobs")
ONE_JOB = service("job", "/jobs/{id:[0-9]+}")
CANCEL = service("job-cancel", "/jobs/{id:[0-9]+}/cancel")
RETRY = service("job-retry", "/jobs/{id:[0-9]+}/retry")
CONTENT = service("job-content", "/jobs/{id:[0-9]+}/content")
NAMES = {"application/zip": "import.zip", "text/csv": "import.csv"}
"""What a body is taken for, by its media type; one of another is taken for what fits the place."""
JOB = Answer("The job.", "Job")
ACCEPTED = Answer("It will be done: the job, whose progress can be asked for.", "Job", headers={"Location": "The job."})


@JOB_LIST.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listJobs",
        "List jobs",
        TAG,
        {200: page("Job")},
        description="The caller's own; everybody's for administrators whose token has the scope admin.",
        parameters=lambda: collection_parameters(JOBS),
        problems=(400,),
    ),
)
def list_jobs(request: Request) -> dict[str, Any]:
    """The newest first."""
    listing = parse(JOBS, pairs(request))
    found = jobs_page(request.db, request.identity, listing, everybodys=may_administer(request.identity))
    items = [document(request, row) for row in found.rows]
    if listing.fields is not None:
        items = [{name: item[name] for name in ("id", *listing.fields)} for item in items]
    return page_document(request, found, items)


@ONE_JOB.get(
    permission=Permission.SIGNED_IN,
    operation=Operation("getJob", "Read a job", TAG, {200: JOB}, problems=(400, 404)),
)
def get_job(request: Request) -> dict[str, Any]:
    """How far it is, and what came of it."""
    only(request)
    return document(request, _job(request))


@CANCEL.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "cancelJob",
        "Cancel a job",
        TAG,
        {204: NO_CONTENT},
        description="One that runs stops at its next step, and nothing of what it did in one is kept.",
        problems=(400, 403, 404, 409),
    ),
)
def cancel(request: Request) -> Response:
    """Stop it."""
    only(request)
    cancel_job(request.db, _job(request).id, by=request.identity)
    return Response(status=204)


@RETRY.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "retryJob",
        "Try a job again",
        TAG,
        {204: NO_CONTENT},
        description="One that failed or was cancelled begins anew.",
        problems=(400, 403, 404, 409),
    ),
)
def retry(request: Request) -> Response:
    """Let it begin again."""
    only(request)
    retry_job(request.db, _job(request).id, by=request.identity)
    return Response(status=204)


@CONTENT.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "getJobContent",
        "Download what a job made",
        TAG,
        {200: Answer("The bytes.", None)},
        description="For a day, and only for whoever asked for it.",
        problems=(400, 404),
    ),
)
def get_content(request: Request) -> Response:
    """The file, for whoever asked for it."""
    only(request)
    made = made_by(job_of(request.db, request.identity, id_in_url(request), everybodys=False), now=utc_now())
    if made is None:
        raise Missing
    return content_response(request, made, as_download=True)


@on_node(
    "POST",
    "@export",
    permission=Permission.VIEW,
    operation=Operation(
        "exportNode",
        "Export as a zip",
        TAG,
        {202: ACCEPTED},
        description="A job makes a zip of what the caller may see here; a token needs no more than the scope read.",
        problems=(400, 404),
    ),
)
def export_node(request: Request) -> dict[str, Any]:
    """Let a job make a zip of what the caller may see here."""
    only(request)
    title = request.registry["settings"]["site.title"]
    return accepted(
        request, ask_for_export(request.db, [request.context.node], by=request.identity, site_title=title)
    )


@on_node(
    "POST",
    "@import",
    permission=Permission.ADD,
    body_limit="files.max_size",
    operation=Operation(
        "importInto",
        "Import pages or people",
        TAG,
        {202: ACCEPTED},
        description="The body is a zip of Markdown and files (application/zip), or a CSV file (text/csv) for a people "
        "directory. A job takes it over.",
        body="bytes",
        problems=(400, 403, 404, 413, 422),
    ),
)
def import_into(request: Request) -> dict[str, Any]:
    """Let a job bring what was sent to the place."""
    only(request)
    fitting = "".join(imports_of(request.context.node)[:1])
    name = NAMES.get(request.content_type, f"import{fitting}")
    given = {"by": request.identity, "max_size": request.registry["settings"]["files.max_size"]}
    place, upload = request.context.node, sent_upload(request, name)
    return accepted(request, ask_for_import(request.db, request.files, place, upload, **given))


def accepted(request: Request, job_id: int) -> dict[str, Any]:
    """202 with the job that was just asked for."""
    request.response.status_int = 202
    request.response.headers["Location"] = request.route_url("api.job", id=job_id)
    return document(request, job_of(request.db, request.identity, job_id, everybodys=may_administer(request.identity)))


def document(request: Request, row: Row[Any]) -> dict[str, Any]:
    """A job as JSON, with the address of the file that it made for the caller."""
    has_content = row.asked_by == request.identity.name and made_by(row, now=utc_now()) is not None
    content = request.route_url("api.job-content", id=row.id) if has_content else None
    return {**job_document(row, is_admin=may_administer(request.identity)), "content": content}


def _job(request: Request) -> Row[Any]:
    return job_of(request.db, request.identity, id_in_url(request), everybodys=may_administer(request.identity))
