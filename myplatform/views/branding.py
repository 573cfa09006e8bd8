"""Administration: what the site is called and looks like, and where its news is."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.site_values import ACCENT, LOGO, NEWS, TITLE, set_appearance
from ..errors import Invalid
from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission
from ..queries.nodes import visible_nodes
from ..queries.site_values import site_values
from .inputs import messages_of, texts_of
from .subjects import Subject
from .users import frame

URL = "/-/admin/appearance"
MESSAGES = {"saved": mark("Saved; everybody sees it with the next page")}


@view_defaults(route_name="admin_appearance", permission=Permission.ADMINISTER, renderer="admin_appearance.jinja2")
class Branding(Subject):
    """The form, filled with what was set in the browser; what is empty there comes from the INI file."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """What was set."""
        _stamp, values = site_values(self.db)
        given = {TITLE: values.get(TITLE) or "", ACCENT: values.get(ACCENT) or "", NEWS: ""}
        if (news_id := values.get(NEWS)) is not None:
            news = visible_nodes(self.db, self.request.identity, [news_id]).get(news_id)
            given[NEWS] = news.path if news is not None else ""
        return self._page(given, {})

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        """Set it."""
        given = texts_of(self.request, TITLE, ACCENT, NEWS, "remove_logo")
        sent = self.request.POST.get(LOGO)
        logo = sent.file if getattr(sent, "filename", "") else None
        try:
            set_appearance(self.db, given, logo=logo, by=self.request.identity)
        except Invalid as problem:
            return self._page(given, messages_of(self.request, problem))
        return HTTPSeeOther(self.request.node_url(URL, done="saved"))

    def _page(self, given: dict[str, str], errors: dict[str, list[str]]) -> dict[str, Any]:
        settings = self.request.registry["settings"]
        defaults = {"title": settings["site.title"], "accent": settings["site.accent"]}
        around = frame(self.request, MESSAGES, (_("Appearance"), URL), "")
        return {"given": given, "errors": errors, "defaults": defaults, "tab": "appearance", **around}


def includeme(config: Configurator) -> None:
    """The route of this module."""
    config.add_route("admin_appearance", URL)
    config.scan(__name__)
