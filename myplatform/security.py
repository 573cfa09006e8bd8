"""Who is asking and what that lets through: tokens, cookie sessions, permissions, CSRF."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pyramid.authorization import ACLHelper, Everyone
from pyramid.config import Configurator
from pyramid.events import ContextFound
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.security import Denied as PyramidDenied
from sqlalchemy.exc import OperationalError
from webob.cookies import make_cookie
from zope.interface import implementer

from . import csrf, registration
from .actions.sessions import create_session, end_session, touch_session
from .actions.tokens import touch_token
from .database import only_reads, open_session
from .errors import Missing, NotAllowed
from .identity import Identity, anonymous
from .languages import gettext as _
from .models import User
from .permissions import ENTRY_PERMISSIONS, OWN_PERMISSIONS, SCOPE_OF, Permission, Scope
from .queries.identities import Proof, identity_of_session, identity_of_token
from .queries.kept import begin_keeping
from .schemes import cookie_prefix, is_https, prefix_of
from .settings import Settings

COOKIE = "myplatform"
BEARER = "bearer "
ALLOWED_WHILE_SEEING = ("stop_seeing", "sign_out", "sign_in")
"""The routes that change who one is, and nothing else."""
OWN = frozenset(permission for given in OWN_PERMISSIONS.values() for permission in given)
ON_ENTRIES = frozenset(permission for given in ENTRY_PERMISSIONS.values() for permission in given)


class Denied(PyramidDenied):
    """Why something was denied: the permission the asker lacks, or the scope or validity the token lacks."""

    def __new__(cls, permission: str, *, scope: Scope | None = None, has_bad_token: bool = False) -> Denied:
        reason = f"the token lacks the scope {scope}" if scope else "the token is not valid" if has_bad_token else ""
        denied = super().__new__(cls, "%s", reason or f"the permission {permission} is missing")
        denied.permission = permission
        denied.scope = scope
        denied.has_bad_token = has_bad_token
        return denied


@dataclass(frozen=True)
class Credential:
    """What a request shows for itself: a session, a token, a token that is good for nothing, or nothing.

    `site_stamp` and `has_unread` are what `Proof` says of it.
    """

    identity: Identity
    session_id: int | None = None
    token_id: int | None = None
    has_bad_token: bool = False
    site_stamp: str | None = None
    has_unread: bool = False

    @property
    def user_identity(self) -> Identity:
        """The user behind a token, without the limits of its scopes."""
        return replace(self.identity, scopes=None)


def bearer_token(request: Request) -> str | None:
    """The token in the Authorization header; a request with one is never taken for a browser's."""
    header = request.environ.get("HTTP_AUTHORIZATION", "")
    return header[len(BEARER) :].strip() if header[: len(BEARER)].lower() == BEARER else None


def credential(request: Request) -> Credential:
    """What this request shows for itself, looked up once. One statement, none where it shows nothing."""
    settings: Settings = request.registry["settings"]
    public = settings["access.public"]
    token = bearer_token(request)
    if token is not None:
        proof = identity_of_token(request.primary_db, token, public=public)
        if proof is None:
            return Credential(anonymous(public=False), has_bad_token=True)
        _note(request, proof, touch_token)
        return Credential(proof.identity, token_id=proof.row_id, site_stamp=proof.site_stamp)
    secret = request.cookies.get(cookie_name(request))
    if secret:
        times = {"idle_timeout": settings["session.idle_timeout"], "max_age": settings["session.max_age"]}
        proof = identity_of_session(request.primary_db, secret, public=public, **times)
        if proof is not None:
            _note(request, proof, touch_session)
            more = {"site_stamp": proof.site_stamp, "has_unread": proof.has_unread}
            return Credential(proof.identity, session_id=proof.row_id, **more)
    return Credential(anonymous(public=public))


def _note(request: Request, proof: Proof, touch: Any) -> None:
    """Let a request that only reads keep what it counts, and write the time of last use when it is over."""
    if only_reads(request):
        begin_keeping(request.primary_db, request.registry["answers"], proof.newest_change)
    if proof.is_stale:
        _touch_afterwards(request, proof, touch)


def _touch_afterwards(request: Request, proof: Proof, touch: Any) -> None:
    """Write the time of last use when the request's own transaction is over, whatever became of it."""

    def write(request: Request) -> None:
        if "modes" in request.__dict__ and request.modes.read_only is not None:
            return
        try:
            with open_session(request.registry["session_factory"]) as db:
                touch(db, proof.row_id)
        except OperationalError:
            return  # a busy database: the next request tries again

    request.add_finished_callback(write)


def cookie_name(request: Request) -> str:
    """The session cookie's name; with https, browsers hold `__Host-` cookies to this very host."""
    path = prefix_of(request.registry["settings"])
    return cookie_prefix(https=is_https(request), path=path) + COOKIE


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Pyramid's questions, answered from the credential and the context's access lists."""

    def __init__(self) -> None:
        self.lists = ACLHelper()

    def identity(self, request: Request) -> Identity:
        """Who is asking; an anonymous visitor is an identity too."""
        return request.credential.identity

    def authenticated_userid(self, request: Request) -> str | None:
        """The name of the user, None for a visitor."""
        identity = request.credential.identity
        return identity.name if identity.is_signed_in else None

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        """The token's scope first, then the access lists of the context's lineage."""
        shown = request.credential
        if shown.has_bad_token:
            return Denied(permission, has_bad_token=True)
        identity = shown.identity
        if not _scope_allows(identity, permission):
            return Denied(permission, scope=SCOPE_OF.get(permission, Scope.ADMIN))
        for each in identity.judged:
            allowed = self._permits_alone(context, each, permission)
            if not allowed:
                return Denied(permission)
        return allowed

    def _permits_alone(self, context: Any, identity: Identity, permission: str) -> Any:
        principals = (*identity.principals, Everyone)
        allowed = self.lists.permits(context, principals, permission)
        if not allowed and permission in OWN and _is_own(context, identity):
            allowed = self.lists.permits(context, principals, f"own:{permission}")
        if not allowed and permission in ON_ENTRIES and _is_entry(context, identity):
            allowed = self.lists.permits(context, principals, f"entry:{permission}")
        return allowed

    def remember(self, request: Request, userid: int, **_others: Any) -> list[tuple[str, str]]:
        """Begin a session of the user with this id, in place of one in use; the headers set its cookie."""
        self.forget(request)
        user = request.db.get_one(User, userid)
        agent = request.user_agent or ""
        secret = create_session(request.db, user, address=request.remote_addr or "", user_agent=agent)
        return [_set_cookie(request, secret, int(request.registry["settings"]["session.max_age"].total_seconds()))]

    def forget(self, request: Request, **_others: Any) -> list[tuple[str, str]]:
        """End the session in use; the headers delete its cookie."""
        shown = request.credential
        if shown.session_id is not None:
            with suppress(Missing):  # signed out in another window meanwhile
                end_session(request.db, shown.session_id, by=shown.identity)
        return [_set_cookie(request, None, 0)]


def _scope_allows(identity: Identity, permission: str) -> bool:
    return identity.scopes is None or SCOPE_OF.get(permission, Scope.ADMIN) in identity.scopes


def _is_own(context: Any, identity: Identity) -> bool:
    is_created_by = getattr(context, "is_created_by", None)
    return is_created_by is not None and is_created_by(identity)


def _is_entry(context: Any, identity: Identity) -> bool:
    is_entry_of = getattr(context, "is_entry_of", None)
    return is_entry_of is not None and is_entry_of(identity)


def _set_cookie(request: Request, value: str | None, max_age: int) -> tuple[str, str]:
    cookie = make_cookie(
        cookie_name(request),
        value,
        max_age=max_age,
        path=prefix_of(request.registry["settings"]) or "/",
        secure=is_https(request),
        httponly=True,
        samesite="Lax",
    )
    return ("Set-Cookie", cookie)


def refuse_changes_while_seeing(event: ContextFound) -> None:
    """Whoever sees the site as somebody else only reads, whatever the view would do. Raises `NotAllowed`."""
    request = event.request
    route = request.matched_route.name if request.matched_route is not None else ""
    if only_reads(request) or route in ALLOWED_WHILE_SEEING:
        return
    seen_as = request.credential.identity.seen_as
    if seen_as is not None:
        name = seen_as.display_name
        raise NotAllowed(_("You are seeing the site as %(name)s and can only read. Stop that first.", name=name))


def includeme(config: Configurator) -> None:
    """Security policy, CSRF checks, headers, and the rules of registering views."""
    config.add_subscriber(refuse_changes_while_seeing, ContextFound)
    config.add_request_method(credential, reify=True)
    config.set_security_policy(SecurityPolicy())
    config.include(registration)
    config.include(csrf)
    config.include(".headers")
    config.include(".sanity")


__all__ = ["Credential", "Denied", "Permission", "SecurityPolicy", "bearer_token"]
