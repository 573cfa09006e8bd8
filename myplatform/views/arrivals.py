"""`/-/arrived/SECRET`: tells `myplatform check` that its request reached this site, and what the site took it for."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ..actions.probing import is_probe
from ..errors import Missing
from ..languages import gettext as _
from .problems import NOTHING_HERE


@view_config(route_name="arrived", request_method="GET", permission=NO_PERMISSION_REQUIRED, renderer="json")
def show_arrival(request: Request) -> dict[str, str | None]:
    """Who asks, by which host and how, for whoever wrote the secret into the database; nothing here for others."""
    if not is_probe(request.db, request.matchdict["secret"]):
        raise Missing(_(NOTHING_HERE))
    request.response.headers["Cache-Control"] = "no-store"
    return {"address": request.remote_addr, "host": request.host, "scheme": request.scheme}


def includeme(config: Configurator) -> None:
    """The route."""
    config.add_route("arrived", "/-/arrived/{secret}")
    config.scan(__name__)
