"""The two services over the tree, by path and by id, and how views join them; services of the site's own things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from cornice import Service
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMethodNotAllowed
from pyramid.request import Request
from pyramid.response import Response

from ...errors import Missing
from ...permissions import Permission
from ...resources import RESTORE_VIEW, NewName, NodeResource, node_by_id_factory
from .operations import Operation

BASE = "/api/v1"
View = Callable[[Request], Any]


def service(name: str, path: str, **options: Any) -> Service:
    """A service below /api/v1; its views answer with our JSON and declare permission and operation."""
    return Service(name=f"api.{name}", path=f"{BASE}{path}", renderer="json", raw_body=True, **options)


CONTENT = service("content", "/content/*traverse")
NODES = service("nodes", "/nodes/{id:[0-9]+}*traverse", factory=node_by_id_factory)

_methods: dict[str, list[str]] = defaultdict(list)


def services_for(name: str, operation: Operation) -> tuple[Service, ...]:
    """By path and by id; in the trash nothing has a path any more, but that from which it is brought back."""
    return (NODES,) if operation.in_trash and name != RESTORE_VIEW else (CONTENT, NODES)


def on_node(
    method: str, name: str = "", *, permission: Permission, operation: Operation, **options: Any
) -> Callable[[View], View]:
    """Decorator: the view answers `method` at a node's address with `name` behind it.

    By path and by id: see `services_for`.
    """

    def register(view: View) -> View:
        for each in services_for(name, operation):
            given = {"context": NodeResource, "name": name, "permission": permission, "operation": operation}
            each.add_view(method, view, **given, **options)
        if method not in _methods[name]:
            _methods[name] += [method, "HEAD"] if method == "GET" else [method]
        return view

    return register


def on_new_name(method: str, name: str, *, operation: Operation, **options: Any) -> Callable[[View], View]:
    """Decorator: the view makes something at an address that is still free."""

    def register(view: View) -> View:
        given = {"context": NewName, "name": name, "permission": Permission.ADD, "operation": operation}
        CONTENT.add_view(method, view, **given, **options)
        return view

    return register


def wrong_method(request: Request) -> Response:
    """A method that the address has not; only whoever may see the node hears of it."""
    allowed = _methods[request.view_name]
    if request.method in allowed:
        raise Missing  # the method is right, but not for this kind of node
    words = ", ".join((*sorted(allowed), "OPTIONS"))
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": words})
    raise HTTPMethodNotAllowed(f"This address takes {words}.", headers={"Allow": words})


def includeme(config: Configurator) -> None:
    """Register the two services; all views must have joined them by now."""
    for each in (CONTENT, NODES):
        config.add_cornice_service(each)
        for name in _methods:
            config.add_view(
                wrong_method,
                route_name=each.name,
                context=NodeResource,
                name=name,
                permission=Permission.VIEW,
                require_csrf=False,
            )
