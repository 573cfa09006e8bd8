"""Query strings: every name is known, and given once, filters of lists aside; that of the next page keeps them all."""

from __future__ import annotations

import difflib
from typing import Any
from urllib.parse import quote, urlencode

from pyramid.request import Request

from ...errors import BadQuery
from ...queries.listing import Page
from ...queries.nodes import NodeRow, visible_by_path
from ...schemes import site_origin
from .services import BASE


def pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters as they were given, for lists, whose grammar says which may be given several times."""
    return list(request.GET.items()) if request.environ.get("QUERY_STRING") else []


def only(request: Request, *known: str) -> dict[str, str]:
    """The parameters of a call that takes these and no others, each once. Raises `BadQuery`."""
    given: dict[str, str] = {}
    for name, value in pairs(request):
        if name in given:
            raise BadQuery(f"{name} is given twice.", field=name)
        given[name] = value
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            others = f"there are {', '.join(known)}." if known else "there is none."
            hint = f"did you mean {near[0]!r}?" if near else others
            raise BadQuery(f"{name!r} is no parameter here; {hint}", field=name)
    return given


def number(given: dict[str, str], name: str, default: int | None, *, at_least: int = 1, at_most: int) -> int | None:
    """A whole number among the parameters. Raises `BadQuery`."""
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and at_least <= int(text) <= at_most):
        raise BadQuery(f"{name} must be a number from {at_least} to {at_most}, not {text!r}.", field=name)
    return int(text)


def yes_or_no(given: dict[str, str], name: str) -> bool:
    """Whether a parameter is true; false where it was not given. Raises `BadQuery`."""
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise BadQuery(f"{name} must be true or false, not {text!r}.", field=name)
    return text == "true"


def place_named(request: Request, given: dict[str, str], name: str) -> NodeRow | None:
    """The node whose path a parameter gives, None where it was not given. Raises `BadQuery`."""
    path = given.get(name)
    if path is None:
        return None
    node = None
    if path.startswith("/"):
        path = "/" + path.strip("/")
        node = visible_by_path(request.db, request.identity, [path]).get(path)
    if node is None:
        raise BadQuery(f"{name} must be the path of something that you can see, not {given[name]!r}.", field=name)
    return node


def only_fields(item: dict[str, Any], fields: tuple[str, ...] | None) -> dict[str, Any]:
    """Of a node in a list the fields that were asked for, beside those that name it; all of them for None."""
    if fields is None:
        return item
    return {name: value for name, value in item.items() if name in ("id", "kind", "path", *fields)}


def page_document(request: Request, page: Page, items: list[Any] | None = None) -> dict[str, Any]:
    """One page of a collection: `items`, `next`, and `total` where it was asked for."""
    document: dict[str, Any] = {"items": page.rows if items is None else items, "next": None}
    if page.next_cursor is not None:
        document["next"] = next_url(request, page.next_cursor)
    if page.total is not None:
        document["total"] = page.total
    return document


def next_url(request: Request, cursor: str) -> str:
    """The address of the next page, with all parameters of this one."""
    kept = [(name, value) for name, value in request.GET.items() if name != "cursor"]
    return f"{request.path_url}?{urlencode([*kept, ('cursor', cursor)])}"


def content_url(request: Request, path: str) -> str:
    """The address of a node for programs."""
    return f"{site_origin(request)}{quote(request.script_name)}{BASE}/content{quote(path, safe=PATH_SAFE)}"


def page_url(request: Request, path: str) -> str:
    """The address of a node for people."""
    return f"{site_origin(request)}{quote(request.script_name)}{quote(path, safe=PATH_SAFE)}"


PATH_SAFE = "/@:+~!$,="
