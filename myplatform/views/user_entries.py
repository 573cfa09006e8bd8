"""Administration of which entry of a people directory a user is."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.own_entries import link_entry
from ..errors import Conflict, Invalid
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.nodes import NodeRow, visible_by_path
from ..queries.own_entries import entry_of_user, matches_of_user
from ..queries.people import people_called
from .inputs import messages_of, text_of
from .subjects import SubjectOfUser
from .users import URL, frame


@view_defaults(route_name="admin_user_entry", permission=Permission.ADMINISTER, renderer="admin_user_entry.jinja2")
class UserEntry(SubjectOfUser):
    """The entry that a user is, the entries with the same e-mail address, and a form for any other."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """What there is to link."""
        return self._page("", {})

    @view_config(request_method="POST")
    def link(self) -> dict[str, Any] | Response:
        """Link the entry that was named by path, name or e-mail address; an empty one takes the link off."""
        typed, user = text_of(self.request, "entry").strip(), self.user
        try:
            entry = self._entry(typed) if typed else None
            link_entry(self.db, user, entry, by=self.by)
        except (Invalid, Conflict) as problem:
            return self._page(typed, messages_of(self.request, problem))
        back = text_of(self.request, "from")
        is_entry = entry is not None and back == entry.path
        return HTTPSeeOther(self.request.node_url(back if is_entry else f"{URL}/{user.name}/entry"))

    def _entry(self, typed: str) -> NodeRow:
        if typed.startswith("/"):
            found = list(visible_by_path(self.db, self.by, [typed]).values())
        else:
            paths = [row.path for row in people_called(self.db, self.by, typed)]
            found = list(visible_by_path(self.db, self.by, paths).values())
        if not found:
            raise Invalid.one("entry", _("nobody is called “%(words)s” in a directory", words=typed))
        if len(found) > 1:
            which = ", ".join(sorted(row.path for row in found))
            raise Invalid.one("entry", _("several people are called so; write one of %(paths)s", paths=which))
        return found[0]

    def _page(self, typed: str, errors: dict[str, list[str]]) -> dict[str, Any]:
        user = self.user
        entry = entry_of_user(self.db, self.by, user)
        page = frame(self.request, {}, (_("Users"), URL), user.display_name)
        page["breadcrumbs"].append((_("Directory entry"), ""))
        page["breadcrumbs"][-2] = (user.display_name, self.request.node_url(f"{URL}/{user.name}"))
        matches = matches_of_user(self.db, self.by, user) if entry is None else []
        return {**page, "user": user, "entry": entry, "matches": matches, "typed": typed, "errors": errors}


def includeme(config: Configurator) -> None:
    """The route of this module."""
    config.add_route("admin_user_entry", f"{URL}/{{name}}/entry")
    config.scan(__name__)
