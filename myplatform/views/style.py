"""A page with every part of the interface in every state; only where templates are reloaded, that is in development."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from ..assets import manifest
from ..models import utc_now
from ..permissions import Permission
from .frame import breadcrumbs

PEOPLE = (
    ("Ada Example", 36, "Finance"),
    ("Grace Example", 41, "Information technology"),
    ("Linus Example with a rather long name", 7, "Human resources"),
    ("Zoë", 55, "Sales"),
)


def style(request: Request) -> dict[str, Any]:
    """What the style page shows."""
    now = utc_now() - dt.timedelta(hours=3)
    return {"people": PEOPLE, "now": now, "icons": manifest()["icons"], "breadcrumbs": breadcrumbs(request, "Style")}


def includeme(config: Configurator) -> None:
    """The page at /-/style."""
    config.add_route("style", "/-/style")
    config.add_view(
        style, route_name="style", request_method="GET", permission=Permission.SIGNED_IN, renderer="style.jinja2"
    )
