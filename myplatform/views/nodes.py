"""Reading one node: a page, or anything of a kind that has no page of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from ..languages import gettext as _
from ..permissions import Permission
from ..queries.navigation import things_below
from ..queries.surroundings import links_to, surroundings
from ..resources import NodeResource
from .comments import comments_of
from .frame import breadcrumbs, kind_icon
from .reviews import review_of
from .showing import facts, names_of, shown, texts
from .tables import table_of


@view_config(
    context=NodeResource, kind="page", request_method="GET", permission=Permission.VIEW, renderer="page.jinja2"
)
def page(request: Request) -> dict[str, Any]:
    """A page: its text, its table of contents, and what stands around it."""
    values = shown(request)
    written = texts(request, values["kind"], values["values"])
    text = written[0][1] if written else None
    return {
        **values,
        "names": names_of(request),
        "text": text,
        "around": around(request),
        "review": review_of(request, values["values"], values["may"]),
        "threads": comments_of(request),
    }


@view_config(context=NodeResource, request_method="GET", permission=Permission.VIEW, renderer="entry.jinja2")
def entry(request: Request) -> dict[str, Any]:
    """Any other kind: its fields as facts, its texts, and a table of what it holds."""
    values = shown(request)
    kind = values["kind"]
    return {
        **values,
        "names": names_of(request),
        "facts": facts(request, kind, values["values"]),
        "texts": texts(request, kind, values["values"]),
        "table": table_of(request) if kind.contains else None,
    }


@view_config(
    context=NodeResource, name="@links", request_method="GET", permission=Permission.VIEW, renderer="links.jinja2"
)
def links(request: Request) -> dict[str, Any]:
    """Everything that links here."""
    lineage = [step.node for step in request.context.lineage]
    found = links_to(request.db, request.identity, lineage)
    heading = _("What links here")
    return {
        "node": request.context.node,
        "links": lines(found),
        "heading": heading,
        "breadcrumbs": breadcrumbs(request, heading),
    }


def around(request: Request) -> dict[str, Any]:
    """What is kept below a page, its neighbours, and what links to it: short lines of each."""
    found = surroundings(request.db, request.identity, [step.node for step in request.context.lineage])
    return {
        "below": lines(found.below),
        "files": found.files,
        "previous": found.previous,
        "next": found.next,
        "links": lines(found.links),
        "has_more_links": found.has_more_links,
    }


def lines(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Nodes, each with the icon of its kind."""
    return [{"node": row, "icon": kind_icon(row.kind)} for row in rows]


def below(request: Request) -> list[dict[str, Any]]:
    """What lies directly below a node whose page is about something else: pages and files, as short lines."""
    return lines(things_below(request.db, request.identity, request.context.node.id))


