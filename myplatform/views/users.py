"""Administration of users."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.links import make_password_link
from ..actions.sessions import end_other_sessions
from ..actions.users import change_user, create_user, disable_user, enable_user
from ..errors import Conflict, Invalid
from ..languages import gettext as _
from ..languages import mark
from ..models import User, utc_now
from ..permissions import Permission
from ..queries.accounts import groups_with, list_users, sessions_of, tokens_of
from ..schemes import site_origin
from .frame import breadcrumbs
from .inputs import messages_of, text_of, texts_of
from .subjects import SubjectOfUser

URL = "/-/admin/users"
PAGE = 100
MESSAGES = {
    "created": mark("Added"),
    "saved": mark("Saved"),
    "disabled": mark("Disabled; all sessions and tokens have ended"),
    "enabled": mark("Enabled"),
    "ended": mark("Signed out everywhere"),
}


@view_config(route_name="admin", request_method="GET", permission=Permission.ADMINISTER)
def administration(request: Request) -> Response:
    """Administration begins with the users."""
    return HTTPSeeOther(request.node_url(URL))


@view_defaults(permission=Permission.ADMINISTER)
class Users(SubjectOfUser):
    """The list of users, the form for a new one, and a page for each."""

    @view_config(route_name="admin_users", request_method="GET", renderer="admin_users.jinja2")
    def list(self) -> dict[str, Any]:
        """All users, or those with some words in name or address."""
        words = self.request.GET.get("q", "")
        users = list_users(self.db, words=words, after=self.request.GET.get("after", ""), limit=PAGE + 1)
        following = users[PAGE - 1].name if len(users) > PAGE else None
        more = self.request.node_url(URL, q=words or None, after=following) if following else None
        return {"users": users[:PAGE], "words": words, "next": more, **self._frame()}

    @view_config(route_name="admin_user_new", request_method="GET", renderer="admin_user_new.jinja2")
    def new(self) -> dict[str, Any]:
        """The form for a new user."""
        return self._new_page({"name": "", "display_name": "", "email": "", "is_admin": ""})

    @view_config(route_name="admin_user_new", request_method="POST", renderer="admin_user_new.jinja2")
    def create(self) -> dict[str, Any] | Response:
        """Add a user, and go to the page where a link for choosing a password can be made."""
        given = texts_of(self.request, "name", "display_name", "email", "is_admin")
        values = {**given, "is_admin": given["is_admin"] == "true"}
        try:
            user = create_user(self.db, by=self.by, **values)
        except Invalid as problem:
            return self._new_page(given, messages_of(self.request, problem))
        return self._see(user, "created")

    @view_config(route_name="admin_user", request_method="GET", renderer="admin_user.jinja2")
    def show(self) -> dict[str, Any]:
        """One user."""
        user = self.user
        rank = "true" if user.is_admin else ""
        return self._user_page(user, {"display_name": user.display_name, "email": user.email or "", "is_admin": rank})

    @view_config(route_name="admin_user", request_method="POST", renderer="admin_user.jinja2")
    def save(self) -> dict[str, Any] | Response:
        """Change name, e-mail address and rank."""
        given = texts_of(self.request, "display_name", "email", "is_admin")
        user = self.user
        try:
            change_user(self.db, user, by=self.by, **{**given, "is_admin": given["is_admin"] == "true"})
        except (Invalid, Conflict) as problem:
            return self._user_page(user, given, messages_of(self.request, problem))
        return self._see(user, "saved")

    @view_config(route_name="admin_user_state", request_method="POST", renderer="admin_user.jinja2")
    def change_state(self) -> dict[str, Any] | Response:
        """Disable or enable."""
        user = self.user
        enabled = text_of(self.request, "enabled") == "true"
        try:
            (enable_user if enabled else disable_user)(self.db, user, by=self.by)
        except Conflict as problem:
            return {**self.show(), "errors": messages_of(self.request, problem)}
        return self._see(user, "enabled" if enabled else "disabled")

    @view_config(route_name="admin_user_sessions", request_method="POST")
    def end_sessions(self) -> Response:
        """Sign the user out everywhere, but for the session that asks."""
        user = self.user
        end_other_sessions(self.db, user, by=self.by, keep=self.request.credential.session_id)
        return self._see(user, "ended")

    @view_config(route_name="admin_user_link", request_method="POST", renderer="admin_user.jinja2")
    def make_link(self) -> dict[str, Any]:
        """Make the link through which the user chooses a password, and show it, this once."""
        try:
            secret = make_password_link(self.db, self.user, by=self.by)
        except Conflict as problem:
            return {**self.show(), "errors": messages_of(self.request, problem)}
        self.request.response.cache_control = "no-store"
        return {**self.show(), "link": site_origin(self.request) + self.request.node_url(f"/-/password/{secret}")}

    def _user_page(
        self, user: User, given: dict[str, str], errors: dict[str, list[str]] | None = None
    ) -> dict[str, Any]:
        times = {"idle_timeout": self.settings["session.idle_timeout"], "max_age": self.settings["session.max_age"]}
        return {
            **self._frame(user.display_name),
            "user": user,
            "given": given,
            "errors": errors or {},
            "groups": groups_with(self.db, user),
            "sessions": sessions_of(self.db, user.id, **times),
            "tokens": tokens_of(self.db, user.id),
            "now": utc_now(),
            "link": None,
        }

    def _new_page(self, given: dict[str, str], errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
        return {**self._frame(_("New user")), "given": given, "errors": errors or {}}

    def _frame(self, title: str = "") -> dict[str, Any]:
        return frame(self.request, MESSAGES, (_("Users"), URL), title)

    def _see(self, user: User, done: str) -> Response:
        return HTTPSeeOther(self.request.node_url(f"{URL}/{user.name}", done=done))


def frame(request: Request, messages: dict[str, str], section: tuple[str, str], title: str) -> dict[str, Any]:
    """Breadcrumbs of an administration page, and what has just been done."""
    told = messages.get(request.GET.get("done", ""))
    trail = breadcrumbs(request, _("Administration"), section[0], *([title] if title else []))
    if title:
        trail[-2] = (section[0], request.node_url(section[1]))
    return {"toast": {"message": _(told), "undo": None} if told else None, "breadcrumbs": trail}


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("admin", "/-/admin")
    config.add_route("admin_users", URL)
    config.add_route("admin_user_new", "/-/admin/new-user")
    config.add_route("admin_user", f"{URL}/{{name}}")
    config.add_route("admin_user_state", f"{URL}/{{name}}/state")
    config.add_route("admin_user_sessions", f"{URL}/{{name}}/end-sessions")
    config.add_route("admin_user_link", f"{URL}/{{name}}/password-link")
    config.scan(__name__)
