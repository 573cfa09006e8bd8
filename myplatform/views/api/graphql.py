"""GraphQL at one address: queries by POST, and a page with the schema for people."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated
from pyramid.request import Request
from pyramid.response import Response

from ...graphql.bounds import Bounds
from ...graphql.cohorts import Reading
from ...graphql.execution import Asked, Service
from ...graphql.registered import Registered, read_queries
from ...languages import gettext as _
from ...permissions import Permission
from ...settings import SettingsError
from .bodies import Body, body_of
from .parameters import only, page_url
from .rendering import json_bytes

ROUTE, SCHEMA = "api.graphql", "api.graphql_schema"
JSON = "application/json"
EXAMPLE = """{
  items(path: "/", limit: 10) {
    items { kind path title children(limit: 5) { title url } }
    next
  }
}"""


class Query(Body):
    """What GraphQL over HTTP sends."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the name that the protocol gives it
    extensions: dict[str, Any] | None = None


def service_of(request: Request) -> Service:
    """The schema, made once for each process, when every plug-in has added its kinds."""
    if "graphql" not in request.registry:
        request.registry["graphql"] = Service()
    return request.registry["graphql"]


def answer_query(request: Request) -> Response:
    """Run the query that the body has, with the rights of the caller."""
    only(request)
    body = body_of(request, Query)
    settings = request.registry["settings"]
    seconds = settings["graphql.timeout"].total_seconds()
    bounds = Bounds(settings["graphql.max_depth"], settings["graphql.max_cost"], seconds)
    reading = Reading(request.db, request.identity, partial(page_url, request), time.monotonic() + seconds)
    asked = Asked(body.query, body.variables or {}, body.operationName, body.extensions)
    was_run, document = service_of(request).answer(asked, reading, bounds, request.request_id)
    return Response(body=json_bytes(document), status=200 if was_run else 400, content_type=JSON, charset=None)


def show_page(request: Request) -> dict[str, Any]:
    """What there is to know, for people: an example and the schema."""
    return {
        "sdl": service_of(request).sdl,
        "schema_url": request.route_path(SCHEMA),
        "endpoint": request.route_url(ROUTE),
        "example": EXAMPLE,
        "breadcrumbs": [(_("Home"), request.node_url("/")), ("GraphQL", None)],
    }


def show_schema(request: Request) -> Response:
    """The schema in GraphQL's own language, for tools."""
    only(request)
    return Response(text=service_of(request).sdl, content_type="text/plain", charset="utf-8")


def read_registered(config: Configurator) -> None:
    """Read the queries of `graphql.queries`. Raises `SettingsError`."""
    settings = config.registry["settings"]
    if settings["graphql.queries"] is None:
        return
    try:
        config.registry["graphql_queries"] = read_queries(Path(settings["graphql.queries"]))
    except ValueError as error:
        raise SettingsError([settings.problem("graphql.queries", "CFG047", str(error))]) from None
    config.add_subscriber(judge_registered, ApplicationCreated)


def judge_registered(event: ApplicationCreated) -> None:
    """Nothing is served with a registered query that cannot be run. Raises `SettingsError`."""
    registry = event.app.registry
    settings, queries = registry["settings"], registry["graphql_queries"]
    service = Service(Registered.of(queries.values(), only=settings["graphql.only_registered"]))
    told = zip(queries, service.problems(queries.values()), strict=True)
    wrong = [settings.problem("graphql.queries", "CFG047", f"{file}: {problem}") for file, problem in told if problem]
    if wrong:
        raise SettingsError(wrong)
    registry["graphql"] = service


def includeme(config: Configurator) -> None:
    """The address for programs and people, and the schema below it."""
    read_registered(config)
    config.add_route(SCHEMA, "/api/graphql/schema.graphql")
    config.add_route(ROUTE, "/api/graphql")
    signed_in = {"permission": Permission.SIGNED_IN}
    config.add_view(answer_query, route_name=ROUTE, request_method="POST", raw_body=True, **signed_in)
    config.add_view(show_page, route_name=ROUTE, request_method="GET", renderer="graphql.jinja2", **signed_in)
    config.add_view(show_schema, route_name=SCHEMA, request_method="GET", **signed_in)
