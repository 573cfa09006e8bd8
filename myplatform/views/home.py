"""The first page: what concerns whoever looks at it, and for an administrator of a new site what to do first."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.view import view_config

from ..languages import gettext as _
from ..languages import mark, reader
from ..models import utc_now
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.changes import recent_changes
from ..queries.following import last_worked_on, news_for
from ..queries.news import latest_pages, opening
from ..queries.nodes import NodeRow, parent_path
from ..queries.people import new_colleagues, upcoming_birthdays
from ..queries.places import entry_points, first_steps, is_of_the_start
from ..resources import Home
from .frame import breadcrumbs, kind_icon
from .showing import shown, texts
from .visits import visited_nodes
from .waiting import draft_lines, waiting_lines

CONCERNING = 8
RECENT_ON_HOME = 8
RECENT_ON_PAGE = 100
NEWS_ON_HOME = 3
DRAFTS_ON_HOME = 4
NEW_FOR = dt.timedelta(days=60)
NEWCOMERS = 5
BIRTHDAYS_AHEAD = 7
"""Days."""
CONTINUED = 6
LONG_RUN = 4
"""From so many alike changes on, one after the other at one place, they are told as one."""
FETCHED = 60
"""Changes that are looked at to fill a section, as long runs are told as one."""
VERBS = {
    "created": mark("Created"),
    "edited": mark("Edited"),
    "reverted": mark("Taken back"),
    "moved": mark("Moved"),
    "trashed": mark("Moved to the trash"),
    "restored": mark("Restored"),
}


@view_config(context=Home, request_method="GET", permission=Permission.VIEW, renderer="home.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The root of the tree as the first page."""
    db, me = request.db, request.identity
    values = shown(request)
    written = texts(request, values["kind"], values["values"])
    concerning = news_for(db, me, limit=FETCHED) if me.is_oneself else []
    told = {change.node_id for change in concerning}
    changes = recent_changes(db, me, limit=FETCHED, such_that=[~is_of_the_start()])
    lately = [change for change in changes if change.node_id not in told]
    return {
        **values,
        "text": written[0][1] if written else None,
        "news": _news(request),
        "concerning": recent_lines(request, concerning)[:CONCERNING],
        "recent": recent_lines(request, lately)[:RECENT_ON_HOME],
        "waiting": waiting_lines(request),
        "drafts": draft_lines(request, DRAFTS_ON_HOME),
        **_people(request),
        "continued": [{"node": node, "icon": kind_icon(node.kind)} for node in _continued(request)],
        "places": entry_points(db, me),
        "steps": _steps(request),
    }


def _people(request: Request) -> dict[str, Any]:
    """Who is new, and whose birthday is near, where the site shows birthdays."""
    if not request.identity.is_signed_in:
        return {"newcomers": [], "birthdays": []}
    today = utc_now().astimezone(reader().time_zone).date()
    newcomers = new_colleagues(request.db, request.identity, today - NEW_FOR, NEWCOMERS)
    birthdays = []
    if request.registry["settings"]["people.birthdays"]:
        birthdays = upcoming_birthdays(request.db, request.identity, today, BIRTHDAYS_AHEAD)
    return {"newcomers": newcomers, "birthdays": birthdays}


def _news(request: Request) -> list[Any]:
    place_id = request.appearance.news_id
    if place_id is None:
        return []
    pages = latest_pages(request.db, request.identity, place_id, limit=NEWS_ON_HOME)
    return [{"page": page, "words": opening(page.words or "")} for page in pages]


def _continued(request: Request) -> list[NodeRow]:
    """Where the asker was last, then what they worked on last."""
    if not request.identity.is_oneself:
        return []
    visited, worked = visited_nodes(request), last_worked_on(request.db, request.identity, limit=CONTINUED)
    known = {node.id: node for node in [*visited, *worked]}
    return list(known.values())[:CONTINUED]


def _steps(request: Request) -> list[tuple[bool, str, str]] | None:
    """What an administrator does first: whether it is done, what, where. None for others and once all is done."""
    if not request.identity.is_admin:
        return None
    done = first_steps(request.db)
    steps = [
        (done["appearance"], _("Give the site its name, colour and logo"), request.node_url("/-/admin/appearance")),
        (done["content"], _("Make the first folder or page"), request.node_url("/", "@new", kind="folder")),
        (done["users"], _("Add the people who will sign in"), request.node_url("/-/admin/users")),
        (done["groups"], _("Put them into groups, such as Finance"), request.node_url("/-/admin/groups")),
        (done["people"], _("Make a people directory"), request.node_url("/", "@new", kind="people")),
    ]
    return None if all(is_done for is_done, _label, _url in steps) else steps


@view_config(
    route_name="recent", request_method="GET", permission=Permission.SIGNED_IN, renderer="recent.jinja2"
)
def recent(request: Request) -> dict[str, Any]:
    """All that changed lately."""
    changes = recent_changes(request.db, request.identity, limit=RECENT_ON_PAGE)
    return {"recent": recent_lines(request, changes), "breadcrumbs": breadcrumbs(request, _("Recently changed"))}


def recent_lines(request: Request, changes: list[Any]) -> list[dict[str, Any]]:
    """Changes with the icon of what changed and the name of who did it.

    A long run of the same doing at one place, such as an import, is one line: its first change and `more`, how many
    came with it.
    """
    names = principal_titles(request.db, {change.actor for change in changes})
    lines = []
    for (actor, action, _place), run in groupby(changes, key=_doing):
        alike = list(run)
        shown = alike if len(alike) < LONG_RUN else alike[:1]
        lines += [
            {
                "change": change,
                "icon": kind_icon(change.now_kind),
                "who": names[actor],
                "verb": _(VERBS.get(action, "Changed")),
                "more": len(alike) - len(shown),
                "place": parent_path(change.now_path),
            }
            for change in shown
        ]
    return lines


def _doing(change: Any) -> tuple[str, str, str]:
    return change.actor, change.action, parent_path(change.now_path)


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("recent", "/-/recent")
    config.scan(__name__)
