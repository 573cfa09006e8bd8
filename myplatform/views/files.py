"""Files in the browser: a page with a preview, the bytes, small versions of images, uploading and replacing."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.files import Limits, Upload, add_file, replace_file
from ..delivery import content_response, stream_response
from ..errors import Conflict, Invalid, Missing, Problem, TooLarge
from ..kinds import kind_named
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.changes import values_at
from ..queries.files import files_beside, versions_of
from ..queries.nodes import entry_of, values_of
from ..resources import NodeResource, is_number
from ..schemes import declared_origin
from ..thumbnails import MEDIA_TYPE, SIZES, has_thumbnail, thumbnail
from .comments import comments_of
from .editing import UNPROCESSABLE, sent_version
from .frame import breadcrumbs
from .previews import preview_of, type_label
from .showing import shown
from .toasts import see

VERSIONS_SHOWN = 200
"""Changes that a file's page looks through for its versions; all of them are in its history."""


@view_config(
    context=NodeResource, kind="file", request_method="GET", permission=Permission.VIEW, renderer="file.jinja2"
)
def file_page(request: Request) -> dict[str, Any]:
    """A file: what can be shown of it, its details, versions, and the files beside it."""
    values = shown(request)
    node, file = values["node"], values["values"]
    versions = versions_of(request.db, node, file, limit=VERSIONS_SHOWN)
    people = {node.created_by, node.modified_by, *(each.by for each in versions)}
    before, after = files_beside(request.db, request.identity, node)
    return {
        **values,
        "file": file,
        "type_label": type_label(file["media_type"] or ""),
        "preview": preview_of(request, file),
        "has_picture": has_thumbnail(file["media_type"], file["width"]),
        "versions": versions,
        "before": before,
        "after": after,
        "link": declared_origin(request.registry["settings"]) + request.node_url(f"/-/id/{node.id}"),
        "names": principal_titles(request.db, people),
        "threads": comments_of(request),
    }


@view_config(context=NodeResource, kind="file", name="@content", request_method="GET", permission=Permission.VIEW)
def content(request: Request) -> Response:
    """The bytes, to show or with `?download=1` to keep; `?version=N` gives those of an earlier version."""
    entry = entry_of(request.db, request.context.node)
    file = dict(entry.values)
    version = request.GET.get("version")
    if version is not None:
        if not is_number(version):
            raise Missing(_("There is no such version."))
        file = values_at(request.db, entry, int(version))
    return content_response(request, file, as_download="download" in request.GET)


@view_config(context=NodeResource, kind="file", name="@thumbnail", request_method="GET", permission=Permission.VIEW)
@view_config(route_name="thumbnail", request_method="GET", permission=Permission.VIEW)
def small_image(request: Request) -> Response:
    """A small version of an image; `?size=` is small or large."""
    node, size = request.context.node, request.GET.get("size", "small")
    if node.kind != "file" or node.trash_id is not None or size not in SIZES:
        raise Missing
    file = values_of(request.db, kind_named("file"), node.id)
    can_shrink = has_thumbnail(file["media_type"], file["width"])
    stream = thumbnail(request.files, file["sha256"], size) if can_shrink else None
    if stream is None:
        raise Missing(_("There is no small version of this file."))
    length = stream.seek(0, 2)
    stream.seek(0)
    return stream_response(stream, MEDIA_TYPE, f"{file['sha256']}-{size}", length)


@view_config(
    context=NodeResource, name="@upload", request_method="GET", permission=Permission.ADD, renderer="upload.jinja2"
)
def upload_form(request: Request) -> dict[str, Any]:
    """Choose files to put here."""
    return _upload_page(request, _("Upload files"))


@view_config(
    context=NodeResource,
    name="@upload",
    request_method="POST",
    permission=Permission.ADD,
    renderer="upload.jinja2",
    body_limit="files.max_size",
)
def upload(request: Request) -> dict[str, Any] | Response:
    """Make a file node of each file sent; all or none."""
    try:
        with request.db.begin_nested():
            made = [add_sent(request, each).node for each in sent_files(request)]
    except (Invalid, Conflict, TooLarge) as error:
        return _upload_page(request, _("Upload files"), error)
    if len(made) == 1:
        return see(request, made[0].path, changed_node=made[0].id)
    return see(request, request.context.node.path)


@view_config(
    context=NodeResource,
    kind="file",
    name="@replace",
    request_method="GET",
    permission=Permission.EDIT,
    renderer="upload.jinja2",
)
def replace_form(request: Request) -> dict[str, Any]:
    """Choose the file that becomes the next version."""
    return _upload_page(request, _("Upload a new version"))


@view_config(
    context=NodeResource,
    kind="file",
    name="@replace",
    request_method="POST",
    permission=Permission.EDIT,
    renderer="upload.jinja2",
    body_limit="files.max_size",
)
def replace(request: Request) -> dict[str, Any] | Response:
    """Give the file new bytes."""
    node = request.context.node
    try:
        with request.db.begin_nested():
            replace_by_sent(request)
    except (Invalid, Conflict, TooLarge) as error:
        return _upload_page(request, _("Upload a new version"), error)
    return see(request, node.path, changed_node=node.id)


def sent_files(request: Request) -> list[Upload]:
    """The files that a form sent. Raises `Invalid` where there are none."""
    parts = [part for part in request.POST.getall("file") if hasattr(part, "file") and part.filename]
    if not parts:
        raise Invalid.one("file", _("is missing: choose one"))
    return [Upload(part.file, part.filename) for part in parts]


def add_sent(request: Request, upload: Upload) -> Any:
    """Make a file node of a file sent, where the request is; returns what was made. Raises as `add_file` does."""
    limits = Limits.of(request.registry["settings"])
    return add_file(request.db, request.files, request.context.node, upload, by=request.identity, limits=limits)


def replace_by_sent(request: Request) -> Any:
    """Give the file of the request the bytes sent; returns what was written. Raises as `replace_file` does."""
    limits, version = Limits.of(request.registry["settings"]), sent_version(request)
    given = {"by": request.identity, "limits": limits, "expected_version": version}
    return replace_file(request.db, request.files, request.context.node, sent_files(request)[0], **given)


def _upload_page(request: Request, heading: str, problem: Problem | None = None) -> dict[str, Any]:
    if problem is not None:
        request.response.status_int = 413 if isinstance(problem, TooLarge) else UNPROCESSABLE
    return {
        "node": request.context.node,
        "heading": heading,
        "errors": {"file": [problem.message]} if problem is not None else {},
        "max_size": request.registry["settings"]["files.max_size"],
        "breadcrumbs": breadcrumbs(request, heading),
    }


def includeme(config: Configurator) -> None:
    """The route and views of this module."""
    config.add_route("thumbnail", "/-/thumbnail/{id}", factory="myplatform.resources.node_by_id_factory")
    config.scan(__name__)
