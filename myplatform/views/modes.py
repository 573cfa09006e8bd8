"""Administration: closing the site for maintenance or for writing, with a reason and an end."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from .. import languages
from ..actions.modes import end_mode, parse_until, set_mode
from ..errors import Invalid, Missing
from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission
from ..queries.modes import MODE_WORDS
from .inputs import messages_of, texts_of
from .users import frame

URL = "/-/admin/modes"
MESSAGES = {"begun": mark("It is closed from now on"), "ended": mark("It is open again")}


@view_defaults(permission=Permission.ADMINISTER, renderer="admin_modes.jinja2")
class ModesOfSite:
    """One form for each mode: to begin it, or to change and to end one that is on."""

    def __init__(self, request: Request):
        self.request = request

    @view_config(route_name="admin_modes", request_method="GET")
    def show(self) -> dict[str, Any]:
        """What is on."""
        return self._page("", {}, {})

    @view_config(route_name="admin_mode", request_method="POST")
    def change(self) -> dict[str, Any] | Response:
        """Begin or end one."""
        path = self.request.matchdict["mode"]
        if path not in MODE_WORDS:
            raise Missing(_("There is no such mode."))
        sent = texts_of(self.request, f"{path}-reason", f"{path}-until", "end")
        given = {name.removeprefix(f"{path}-"): text for name, text in sent.items()}
        by = self.request.identity
        if given["end"]:
            end_mode(self.request.db, MODE_WORDS[path], by=by)
            return HTTPSeeOther(self.request.node_url(URL, done="ended"))
        try:
            until = parse_until(given["until"], languages.reader().time_zone)
            set_mode(self.request.db, MODE_WORDS[path], reason=given["reason"], until=until, by=by)
        except Invalid as problem:
            errors = messages_of(self.request, problem)
            return self._page(path, given, {f"{path}-{name}" if name else "": told for name, told in errors.items()})
        return HTTPSeeOther(self.request.node_url(URL, done="begun"))

    def _page(self, failed: str, given: dict[str, str], errors: dict[str, list[str]]) -> dict[str, Any]:
        on = {path: getattr(self.request.modes, name) for path, name in MODE_WORDS.items()}
        around = frame(self.request, MESSAGES, (_("Open or closed"), URL), "")
        return {"on": on, "failed": failed, "given": given, "errors": errors, "tab": "modes", **around}


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("admin_modes", URL)
    config.add_route("admin_mode", f"{URL}/{{mode}}")
    config.scan(__name__)
