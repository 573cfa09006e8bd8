"""A place's page of import and export: a zip or CSV file in, a zip out, both done by jobs."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.transferring import ask_for_export, ask_for_import, imports_of
from ..errors import Invalid, TooLarge
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.access import permissions_on
from ..resources import NodeResource
from .files import sent_files
from .frame import breadcrumbs
from .inputs import UNPROCESSABLE


@view_config(
    context=NodeResource, name="@transfer", request_method="GET", permission=Permission.VIEW,
    renderer="transfer.jinja2",
)
def ask(request: Request) -> dict[str, Any]:
    """What can be brought in here and taken out."""
    return _page(request, {})


@view_config(
    context=NodeResource, name="@import", request_method="POST", permission=Permission.ADD,
    renderer="transfer.jinja2", body_limit="files.max_size",
)
def bring_in(request: Request) -> dict[str, Any] | Response:
    """Keep what was sent, and let a job take it over."""
    node, settings = request.context.node, request.registry["settings"]
    given = {"by": request.identity, "max_size": settings["files.max_size"]}
    try:
        job_id = ask_for_import(request.db, request.files, node, sent_files(request)[0], **given)
    except (Invalid, TooLarge) as problem:
        request.response.status_int = 413 if isinstance(problem, TooLarge) else UNPROCESSABLE
        told = problem.by_field() if isinstance(problem, Invalid) else {"file": [problem.message]}
        return _page(request, told)
    return HTTPSeeOther(request.node_url(f"/-/jobs/{job_id}"))


@view_config(context=NodeResource, name="@export", request_method="POST", permission=Permission.VIEW)
def take_out(request: Request) -> Response:
    """Let a job make a zip of the place."""
    node = request.context.node
    title = request.registry["settings"]["site.title"]
    job_id = ask_for_export(request.db, [node], by=request.identity, site_title=title)
    return HTTPSeeOther(request.node_url(f"/-/jobs/{job_id}"))


def _page(request: Request, errors: dict[str, list[str]]) -> dict[str, Any]:
    node = request.context.node
    may_add = Permission.ADD in permissions_on(request.db, request.identity, node)
    return {
        "node": node,
        "imports": imports_of(node) if may_add else (),
        "errors": errors,
        "max_size": request.registry["settings"]["files.max_size"],
        "breadcrumbs": breadcrumbs(request, _("Import and export")),
    }


def includeme(config: Configurator) -> None:
    """The views of this module."""
    config.scan(__name__)
