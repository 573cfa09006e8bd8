"""The description of the API for programs, and the page on which people try it."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.request import Request
from pyramid.response import Response

from ...languages import gettext as _
from ...permissions import Permission
from .description import describe
from .operations import Answer, Operation
from .parameters import only
from .preconditions import is_unmodified, not_modified
from .rendering import json_bytes
from .services import service

OPENAPI = service("openapi", "/openapi.json")
DOCS = "api.docs"


@OPENAPI.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "getDescription",
        "Read this description",
        "description",
        {200: Answer("OpenAPI 3.1.", "Description"), 304: Answer("It is still the same.", None)},
        problems=(400,),
    ),
)
def get_description(request: Request) -> Response:
    """The document, made once for each process."""
    only(request)
    if "openapi" not in request.registry:
        request.registry["openapi"] = json_bytes(describe(request.registry))
    body = request.registry["openapi"]
    etag = f'"{crc32(body):08x}"'
    if is_unmodified(request, etag):
        return not_modified(etag)
    response = Response(body=body, content_type="application/json", charset=None)
    response.headers["ETag"] = etag
    return response


def show_docs(request: Request) -> dict[str, Any]:
    """The page with Swagger UI; it calls with the session of whoever looks at it."""
    return {
        "openapi": request.route_path(OPENAPI.name),
        "csrf": get_csrf_token(request),
        "breadcrumbs": [(_("Home"), request.node_url("/")), ("REST API", None)],
    }


def includeme(config: Configurator) -> None:
    """The page's route, where the site wants it."""
    if not config.registry["settings"]["api.docs"]:
        return
    config.add_route(DOCS, "/api/docs")
    config.add_view(
        show_docs,
        route_name=DOCS,
        request_method="GET",
        permission=Permission.SIGNED_IN,
        renderer="api_docs.jinja2",
    )
