"""The asker's own account: name and e-mail address, password, sessions, tokens."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.sessions import end_other_sessions, end_session
from ..actions.sign_in import prove_again
from ..actions.tokens import create_token, revoke_token
from ..actions.users import change_user, set_password
from ..database import open_session
from ..errors import Conflict, Invalid, NotAllowed, Throttled
from ..languages import ZONES, language_name, languages, mark
from ..languages import gettext as _
from ..models import User, utc_now
from ..permissions import Permission
from ..queries.accounts import groups_with, sessions_of, tokens_of
from ..resources import id_in_url
from .frame import breadcrumbs
from .inputs import choices_of, messages_of, number_of, texts_of
from .sign_in import limits_of
from .subjects import Subject
from .wording import browser_name

URL = "/-/account"
MESSAGES = {
    "saved": mark("Saved"),
    "password": mark("Your password is changed and all other browsers are signed out"),
    "ended": mark("Signed out"),
    "revoked": mark("The token is revoked"),
}
USUAL_DAYS = 90


@view_defaults(permission=Permission.SIGNED_IN)
class Account(Subject):
    """Each page shows one tab; each form posts to an address of its own and comes back to its tab."""

    @property
    def user(self) -> User:
        """The row of whoever asks."""
        return self.db.get_one(User, self.by.user_id)

    @view_config(route_name="account", request_method="GET", renderer="account.jinja2")
    def show(self) -> dict[str, Any]:
        """Name, e-mail address, language, time zone and password."""
        user = self.user
        chosen = {name: getattr(user, name) or "" for name in ("email", "language", "time_zone")}
        return self._profile({"display_name": user.display_name, **chosen})

    @view_config(route_name="account", request_method="POST", renderer="account.jinja2")
    def save(self) -> dict[str, Any] | Response:
        """Change name, e-mail address, language and time zone."""
        given = texts_of(self.request, "display_name", "email", "language", "time_zone")
        try:
            change_user(self.db, self.user, by=self.by, **given)
        except Invalid as problem:
            return self._profile(given, messages_of(self.request, problem))
        return self._see("", "saved")

    @view_config(route_name="account_password", request_method="POST", renderer="account.jinja2")
    def change_password(self) -> dict[str, Any] | Response:
        """Change the password, which ends all other sessions."""
        given = texts_of(self.request, "current", "password")
        limits = {"min_length": self.settings["password.min_length"], "keep_session": self._session_id()}
        try:
            self._prove(given["current"])
            set_password(self.db, self.user, given["password"], by=self.by, **limits)
        except (Invalid, Throttled) as problem:
            return {**self.show(), "password_errors": messages_of(self.request, problem)}
        return self._see("", "password")

    @view_config(route_name="account_sessions", request_method="GET", renderer="account_sessions.jinja2")
    def sessions(self) -> dict[str, Any]:
        """Where one is signed in."""
        times = {"idle_timeout": self.settings["session.idle_timeout"], "max_age": self.settings["session.max_age"]}
        found = sessions_of(self.db, self.user.id, **times)
        lines = [{"session": each, "browser": browser_name(each.user_agent)} for each in found]
        return {**self._page(_("Sessions")), "lines": lines, "current": self._session_id()}

    @view_config(route_name="account_session_end", request_method="POST")
    def end(self) -> Response:
        """Sign one browser out."""
        end_session(self.db, id_in_url(self.request), by=self.by)
        return self._see("/sessions", "ended")

    @view_config(route_name="account_sessions_end", request_method="POST")
    def end_others(self) -> Response:
        """Sign all other browsers out."""
        end_other_sessions(self.db, self.user, by=self.by, keep=self._session_id())
        return self._see("/sessions", "ended")

    @view_config(route_name="account_tokens", request_method="GET", renderer="account_tokens.jinja2")
    def tokens(self) -> dict[str, Any]:
        """The tokens of one's programs."""
        return self._tokens(
            {"name": "", "days": str(min(USUAL_DAYS, self.settings["token.max_days"])), "scopes": ["read"]}
        )

    @view_config(route_name="account_tokens", request_method="POST", renderer="account_tokens.jinja2")
    def make_token(self) -> dict[str, Any]:
        """Make a token and show it, this once."""
        scopes = choices_of(self.request, "scopes")
        given = {**texts_of(self.request, "name", "days"), "scopes": scopes}
        limits = {"max_days": self.settings["token.max_days"]}
        try:
            days = number_of(self.request, "days")
            made = create_token(self.db, self.user, by=self.by, name=given["name"], scopes=scopes, days=days, **limits)
        except (Invalid, Conflict, NotAllowed) as problem:
            return self._tokens(given, messages_of(self.request, problem))
        self.request.response.cache_control = "no-store"
        return {**self.tokens(), "made": made}

    @view_config(route_name="account_token_revoke", request_method="POST")
    def revoke(self) -> Response:
        """End a token."""
        revoke_token(self.db, id_in_url(self.request), by=self.by)
        return self._see("/tokens", "revoked")

    def _prove(self, password: str) -> None:
        """Ask for the present password; wrong ones are counted, so this request has no transaction open meanwhile."""
        name, request = self.user.name, self.request
        request.tm.abort()
        request.tm.begin()
        transaction = partial(open_session, request.registry["session_factory"])
        prove_again(transaction, name, password, address=request.remote_addr or "", limits=limits_of(request))

    def _session_id(self) -> int | None:
        return self.request.credential.session_id

    def _page(self, title: str) -> dict[str, Any]:
        told = MESSAGES.get(self.request.GET.get("done", ""))
        return {
            "user": self.user,
            "errors": {},
            "toast": {"message": _(told), "undo": None} if told else None,
            "breadcrumbs": breadcrumbs(self.request, _("Your account"), *([title] if title else [])),
        }

    def _profile(self, given: dict[str, str], errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
        values = {
            "given": given,
            "errors": errors or {},
            "password_errors": {},
            "languages": [("", _("As the browser says")), *((tag, language_name(tag)) for tag in languages())],
            "time_zones": [("", _("As the browser says")), *((zone, zone.replace("_", " ")) for zone in sorted(ZONES))],
            "groups": groups_with(self.db, self.user),
            "min_length": self.settings["password.min_length"],
        }
        return {**self._page(""), **values}

    def _tokens(self, given: dict[str, Any], errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
        found = tokens_of(self.db, self.user.id)
        limits = {"max_days": self.settings["token.max_days"], "now": utc_now()}
        form = {"given": given, "errors": errors or {}, "made": None}
        return {**self._page(_("Tokens")), "tokens": found, **form, **limits}

    def _see(self, tab: str, done: str) -> Response:
        return HTTPSeeOther(self.request.node_url(f"{URL}{tab}", done=done))


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("account", URL)
    config.add_route("account_password", f"{URL}/password")
    config.add_route("account_sessions", f"{URL}/sessions")
    config.add_route("account_sessions_end", f"{URL}/sessions/end-others")
    config.add_route("account_session_end", f"{URL}/sessions/{{id}}/end")
    config.add_route("account_tokens", f"{URL}/tokens")
    config.add_route("account_token_revoke", f"{URL}/tokens/{{id}}/revoke")
    config.scan(__name__)
