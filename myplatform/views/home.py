"""The first page: what changed lately, the asker's places, and for an administrator of a new site what to do first."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.changes import recent_changes
from ..queries.places import entry_points, first_steps
from ..resources import Home
from .frame import breadcrumbs, kind_icon
from .showing import shown, texts

RECENT_ON_HOME = 12
RECENT_ON_PAGE = 100
VERBS = {
    "created": "Created",
    "edited": "Edited",
    "reverted": "Taken back",
    "moved": "Moved",
    "trashed": "Moved to the trash",
    "restored": "Restored",
}


@view_config(context=Home, request_method="GET", permission=Permission.VIEW, renderer="home.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The root of the tree as the first page."""
    values = shown(request)
    changes = recent_changes(request.db, request.identity, limit=RECENT_ON_HOME)
    written = texts(request, values["kind"], values["values"])
    return {
        **values,
        "text": written[0][1] if written else None,
        "recent": recent_lines(request, changes),
        "places": entry_points(request.db, request.identity),
        "steps": first_steps(request.db) if request.identity.is_admin else None,
    }


@view_config(
    route_name="recent", request_method="GET", permission=Permission.SIGNED_IN, renderer="recent.jinja2"
)
def recent(request: Request) -> dict[str, Any]:
    """All that changed lately."""
    changes = recent_changes(request.db, request.identity, limit=RECENT_ON_PAGE)
    return {"recent": recent_lines(request, changes), "breadcrumbs": breadcrumbs(request, "Recently changed")}


def recent_lines(request: Request, changes: list[Any]) -> list[dict[str, Any]]:
    """Changes with the icon of what changed and the name of who did it."""
    names = principal_titles(request.db, {change.actor for change in changes})
    return [
        {
            "change": change,
            "icon": kind_icon(change.now_kind),
            "who": names[change.actor],
            "verb": VERBS.get(change.action, "Changed"),
        }
        for change in changes
    ]
