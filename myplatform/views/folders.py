"""Reading places that hold other things: a folder with its own text and its table."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from ..permissions import Permission
from ..resources import NodeResource
from .showing import shown, texts
from .tables import table_of


@view_config(
    context=NodeResource, kind="folder", request_method="GET", permission=Permission.VIEW, renderer="folder.jinja2"
)
def folder(request: Request) -> dict[str, Any]:
    """A folder: its own text and a table of what it holds."""
    return {**place(request), "table": table_of(request)}


def place(request: Request) -> dict[str, Any]:
    """The names of a page about a place: the node and its own text."""
    values = shown(request)
    written = texts(request, values["kind"], values["values"])
    return {**values, "text": written[0][1] if written else None}
