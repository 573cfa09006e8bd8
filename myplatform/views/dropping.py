"""What the scripts of a page ask when files are dropped on it: one file sent, names that clash, folders made."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from ..actions.content import create_node
from ..errors import Invalid
from ..kinds import kind_named, kind_of
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.files import folder_titled, named_alike
from ..resources import NodeResource
from .described import described
from .files import add_sent, replace_by_sent, sent_files
from .inputs import text_of

MOST_NAMES = 1000
LONGEST_TITLE = 200


@view_config(
    context=NodeResource,
    name="@files",
    request_method="POST",
    permission=Permission.ADD,
    renderer="json",
    body_limit="files.max_size",
)
def add(request: Request) -> dict[str, Any] | None:
    """Make a file node of the file sent."""
    made = add_sent(request, sent_files(request)[0])
    request.response.status_int = 201
    return described(request, made)


@view_config(
    context=NodeResource,
    kind="file",
    name="@files",
    request_method="POST",
    permission=Permission.EDIT,
    renderer="json",
    body_limit="files.max_size",
)
def renew(request: Request) -> dict[str, Any] | None:
    """Give the file the bytes sent as its next version."""
    return described(request, replace_by_sent(request))


@view_config(
    context=NodeResource, name="@clashes", request_method="POST", permission=Permission.ADD, renderer="json"
)
def clashes(request: Request) -> dict[str, Any]:
    """Those of the names sent that files here have already, and whether the asker may give these a new version."""
    names = [name for name in request.POST.getall("name") if isinstance(name, str)][:MOST_NAMES]
    rows = named_alike(request.db, request.identity, request.context.node, names)
    return {"clashes": [_clash(request, row) for row in {row.file_name: row for row in reversed(rows)}.values()]}


def _clash(request: Request, row: Any) -> dict[str, Any]:
    about = {"name": row.file_name, "id": row.id, "title": row.title, "path": row.path, "version": row.version}
    return {**about, "url": request.node_url(row.path), "may_replace": row.may_replace}


@view_config(
    context=NodeResource, name="@subfolder", request_method="POST", permission=Permission.ADD, renderer="json"
)
def subfolder(request: Request) -> dict[str, Any]:
    """The folder of that title in here, made where there is none that the asker may see and add to."""
    title = text_of(request, "title").strip()[:LONGEST_TITLE]
    kind = kind_named("folder")
    if not title:
        raise Invalid.one("title", _("is missing"))
    if not kind_of(request.context.node.kind).may_contain(kind):
        raise Invalid.one("title", _("is a folder, which cannot lie in here"))
    node = folder_titled(request.db, request.identity, request.context.node, title)
    if node is None:
        node = create_node(request.db, request.context.node, kind, {"title": title}, by=request.identity).node
    return {"id": node.id, "title": node.title, "path": node.path, "url": request.node_url(node.path)}
