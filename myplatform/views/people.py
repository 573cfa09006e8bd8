"""The directory of people as a table and as cards, with facets and search, and what is found as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import FileIter, Response
from pyramid.view import view_config

from ..delivery import disposition
from ..errors import BadQuery
from ..fields import Field
from ..permissions import Permission
from ..queries.children import ItemQuery
from ..queries.facets import Facets, facets_of
from ..queries.people import CARD_FIELDS
from ..resources import NodeResource
from ..transfer.people_export import FORMATS, people_file
from .folders import place
from .tables import Table, given_parameters, query_of, table_of

VIEW_COOKIE = "people-view"
VIEWS = ("table", "cards")
FIRST_COLUMNS = ("job_title", "department", "manager", "location", "phone")
A_YEAR = 365 * 86400


@dataclass(frozen=True)
class Choice:
    """One value of a facet: how many people have it, and whether it is chosen."""

    value: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A filter of which several values can be chosen."""

    field: Field
    choices: list[Choice]


@view_config(
    context=NodeResource, kind="people", request_method="GET", permission=Permission.VIEW, renderer="people.jinja2"
)
def people(request: Request) -> dict[str, Any]:
    """The directory of people, with filters, search, columns to choose and order."""
    view = chosen_view(request)
    columns = {"first": CARD_FIELDS[:1], "also": CARD_FIELDS} if view == "cards" else {"first": FIRST_COLUMNS}
    table = table_of(request, **columns)
    query, _ = query_of(request.context.node, given_parameters(request))
    found = facets_of(request.db, request.identity, request.context.node, query)
    values = {"table": table, "view": view, "total": found.total, "facets": shown_facets(found, query, table)}
    names = [facet.field.name for facet in values["facets"]]
    return {**place(request), **values, "facet_names": names, "formats": FORMATS}


def chosen_view(request: Request) -> str:
    """Table or cards: as the URL says, which the browser remembers, or as it said the last time."""
    asked = request.GET.get("view", "")
    if asked in VIEWS:
        request.response.set_cookie(VIEW_COOKIE, asked, max_age=A_YEAR, samesite="Lax", httponly=True)
        return asked
    kept = request.cookies.get(VIEW_COOKIE, "")
    return kept if kept in VIEWS else VIEWS[0]


def shown_facets(found: Facets, query: ItemQuery, table: Table) -> list[Facet]:
    """The facets with what the URL chooses, also where nobody has that value any more."""
    assert query.kind is not None
    facets = []
    for name, values in found.values.items():
        chosen = [value for given, value in table.given if given == name]
        counts = dict(values) | {value: 0 for value in chosen if value not in dict(values)}
        choices = [Choice(value, count, value in chosen) for value, count in counts.items()]
        facets.append(Facet(query.kind.fields[name], choices))
    return facets


@view_config(
    context=NodeResource, kind="people", name="@export", request_method="GET", permission=Permission.VIEW
)
def export(request: Request) -> Response:
    """Everybody whom the directory shows for the same URL, in the same order, as `?format=csv` or xlsx."""
    given = given_parameters(request)
    wanted = next((value for name, value in given if name == "format"), FORMATS[0])
    if wanted not in FORMATS:
        raise BadQuery(f"There is no format {wanted!r}; there are {', '.join(FORMATS)}.", field="format")
    left_out = ("format", "fields", "cursor", "limit", "count", "as")
    asked = [(name, value) for name, value in given if name not in left_out]
    hidden = () if request.registry["settings"]["people.birthdays"] else ("birthday",)
    node = request.context.node
    made = people_file(request.db, request.identity, node, asked, wanted, hidden=hidden)
    response = Response(content_type=made.media_type, app_iter=FileIter(made.stream), content_length=made.size)
    response.headers["Content-Disposition"] = disposition(f"{node.title}.{wanted}", inline=False)
    response.cache_control = "private, no-store"
    return response


def includeme(config: Configurator) -> None:
    """The directory, the people in it, their photos, and the chart of who reports to whom."""
    for module in ("people", "profiles", "photos", "org_chart"):
        config.scan(f"myplatform.views.{module}")
