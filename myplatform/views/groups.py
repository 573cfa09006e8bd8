"""Administration of groups and their members."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.groups import add_member, create_group, delete_group, remove_member, rename_group
from ..errors import Invalid
from ..languages import gettext as _
from ..languages import mark
from ..models import Group, User
from ..permissions import Permission
from ..queries.accounts import group_named, groups_with, list_groups, members_of, user_named
from ..queries.principals import find_principal, search_principals
from .inputs import messages_of, text_of, texts_of
from .subjects import Subject
from .users import frame

URL = "/-/admin/groups"
PAGE = 100
SUGGESTED = 300
MESSAGES = {
    "created": mark("Added"),
    "saved": mark("Saved"),
    "added": mark("Added to the group"),
    "removed": mark("Taken out of the group"),
    "deleted": mark("The group is deleted"),
}


@view_defaults(permission=Permission.ADMINISTER)
class Groups(Subject):
    """The list of groups, the form for a new one, and a page for each."""

    @property
    def group(self) -> Group:
        """The group that the URL names. Raises `Missing`."""
        return group_named(self.db, self.request.matchdict["name"])

    @view_config(route_name="admin_groups", request_method="GET", renderer="admin_groups.jinja2")
    def list(self) -> dict[str, Any]:
        """All groups, or those with some words in their names."""
        words = self.request.GET.get("q", "")
        lines = list_groups(self.db, words=words, after=self.request.GET.get("after", ""), limit=PAGE + 1)
        following = lines[PAGE - 1][0].name if len(lines) > PAGE else None
        more = self.request.node_url(URL, q=words or None, after=following) if following else None
        return {"lines": lines[:PAGE], "words": words, "next": more, **self._frame()}

    @view_config(route_name="admin_group_new", request_method="GET", renderer="admin_group_new.jinja2")
    def new(self) -> dict[str, Any]:
        """The form for a new group."""
        return {"given": {"name": "", "title": ""}, "errors": {}, **self._frame(_("New group"))}

    @view_config(route_name="admin_group_new", request_method="POST", renderer="admin_group_new.jinja2")
    def create(self) -> dict[str, Any] | Response:
        """Add a group, and go to the page where members can be added."""
        given = texts_of(self.request, "name", "title")
        try:
            group = create_group(self.db, by=self.by, **given)
        except Invalid as problem:
            return {"given": given, "errors": messages_of(self.request, problem), **self._frame(_("New group"))}
        return self._see(group, "created")

    @view_config(route_name="admin_group", request_method="GET", renderer="admin_group.jinja2")
    def show(self) -> dict[str, Any]:
        """One group and its members."""
        return self._page({})

    @view_config(route_name="admin_group", request_method="POST", renderer="admin_group.jinja2")
    def rename(self) -> dict[str, Any] | Response:
        """Give the group another title."""
        group = self.group
        try:
            rename_group(self.db, group, by=self.by, title=text_of(self.request, "title"))
        except Invalid as problem:
            return self._page(messages_of(self.request, problem))
        return self._see(group, "saved")

    @view_config(route_name="admin_group_add", request_method="POST", renderer="admin_group.jinja2")
    def add(self) -> dict[str, Any] | Response:
        """Add a user or a group."""
        group = self.group
        try:
            member = self._member(find_principal(self.db, text_of(self.request, "member"), field="member"))
            add_member(self.db, group, by=self.by, member=member)
        except Invalid as problem:
            return self._page(messages_of(self.request, problem), text_of(self.request, "member"))
        return self._see(group, "added")

    @view_config(route_name="admin_group_remove", request_method="POST")
    def remove(self) -> Response:
        """Take a user or a group out."""
        group = self.group
        remove_member(self.db, group, by=self.by, member=self._member(text_of(self.request, "member")))
        return self._see(group, "removed")

    @view_config(route_name="admin_group_delete", request_method="GET", renderer="admin_group_delete.jinja2")
    def ask_delete(self) -> dict[str, Any]:
        """Ask before the group is deleted."""
        return {"group": self.group, **self._frame(self.group.title)}

    @view_config(route_name="admin_group_delete", request_method="POST")
    def delete(self) -> Response:
        """Delete the group with all that was granted to it."""
        delete_group(self.db, self.group, by=self.by)
        return HTTPSeeOther(self.request.node_url(URL, done="deleted"))

    def _member(self, principal: str) -> User | Group:
        kind, _, name = principal.partition(":")
        if kind == "user":
            return user_named(self.db, name)
        if kind == "group":
            return group_named(self.db, name)
        raise Invalid.one("member", _("must be a user or a group"))

    def _page(self, errors: dict[str, list[str]], typed: str = "") -> dict[str, Any]:
        group = self.group
        users, groups = members_of(self.db, group)
        return {
            **self._frame(group.title),
            "group": group,
            "title": text_of(self.request, "title") or group.title,
            "typed": typed,
            "errors": errors,
            "users": users,
            "groups": groups,
            "parents": groups_with(self.db, group),
            "suggestions": search_principals(self.db, "", limit=SUGGESTED),
        }

    def _frame(self, title: str = "") -> dict[str, Any]:
        return frame(self.request, MESSAGES, (_("Groups"), URL), title)

    def _see(self, group: Group, done: str) -> Response:
        return HTTPSeeOther(self.request.node_url(f"{URL}/{group.name}", done=done))


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("admin_groups", URL)
    config.add_route("admin_group_new", "/-/admin/new-group")
    config.add_route("admin_group", f"{URL}/{{name}}")
    config.add_route("admin_group_add", f"{URL}/{{name}}/add")
    config.add_route("admin_group_remove", f"{URL}/{{name}}/remove")
    config.add_route("admin_group_delete", f"{URL}/{{name}}/delete")
    config.scan(__name__)
