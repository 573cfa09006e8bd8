"""One-time links: the set-up of the first administrator, and choosing a new password."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..account_secrets import digest, new_secret
from ..errors import Conflict, Missing
from ..identity import SYSTEM, Identity
from ..languages import gettext as _
from ..languages import mark
from ..models import OneTimeLink, User
from ..models.clock import database_now
from .account_checks import may_administer
from .recording import record
from .sessions import acting
from .users import create_user, set_password, subject_of

SETUP = "setup"
PASSWORD = "password"  # noqa: S105 - the purpose of a link
LIFETIME = dt.timedelta(days=1)
SIBLING_TIME = dt.timedelta(minutes=1)
"""Processes of one server start within this time; each prints its own link, and all of these work."""

USED_UP = mark("This link has been used, has expired or was replaced by a newer one.")


def needs_setup(db: Session) -> bool:
    """Whether nobody can administer the site."""
    return db.scalar(select(User.id).where(User.is_admin, User.disabled_at.is_(None)).limit(1)) is None


def make_setup_link(db: Session) -> str:
    """The secret of a link that makes the first administrator; links of earlier starts end.

    Raises `Conflict` where there is an enabled administrator.
    """
    if not needs_setup(db):
        raise Conflict(_("There is an administrator already, who can make others."))
    earlier = database_now((LIFETIME - SIBLING_TIME).total_seconds())
    db.execute(delete(OneTimeLink).where(OneTimeLink.purpose == SETUP, OneTimeLink.expires_at < earlier))
    return _new_link(db, SETUP, None)


def ensure_setup_link(db: Session, secret: str) -> None:
    """Raise `Missing` unless the set-up link still works."""
    _find_link(db, SETUP, secret)
    if not needs_setup(db):
        raise Missing(_(USED_UP))


def use_setup_link(
    db: Session, secret: str, *, name: str, display_name: str, password: str, min_length: int, email: str = ""
) -> User:
    """Make the first administrator and end all set-up links. Raises `Missing`, `Invalid`."""
    _take_link(db, SETUP, secret)
    if not needs_setup(db):
        raise Missing(_(USED_UP))
    user = create_user(
        db,
        by=SYSTEM,
        name=name,
        display_name=display_name,
        email=email,
        is_admin=True,
        password=password,
        min_length=min_length,
    )
    db.execute(delete(OneTimeLink).where(OneTimeLink.purpose == SETUP))
    return user


def make_password_link(db: Session, user: User, *, by: Identity) -> str:
    """The secret of a link for choosing a password; earlier ones end. Raises `Conflict` if disabled."""
    if not may_administer(by):
        raise Missing()
    if user.disabled_at is not None:
        raise Conflict(_("%(display_name)s is disabled. Enable the account first.", display_name=user.display_name))
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))
    record(db, by=by, action="password-link-made", subject=subject_of(user))
    return _new_link(db, PASSWORD, user.id)


def user_of_password_link(db: Session, secret: str) -> User:
    """Whose password the link may set. Raises `Missing`."""
    return _enabled_user(db, _find_link(db, PASSWORD, secret).user_id)


def use_password_link(db: Session, secret: str, password: str, *, min_length: int) -> User:
    """Set the password, end the link and all sessions of the user. Raises `Missing`, `Invalid`."""
    user = _enabled_user(db, _take_link(db, PASSWORD, secret))
    set_password(db, user, password, by=acting(user, "password link"), min_length=min_length)
    return user


def _new_link(db: Session, purpose: str, user_id: int | None) -> str:
    secret = new_secret()
    until = database_now(LIFETIME.total_seconds())
    db.add(OneTimeLink(secret_hash=digest(secret), purpose=purpose, user_id=user_id, expires_at=until))
    db.flush()
    return secret


def _is_valid(purpose: str, secret: str) -> tuple[object, ...]:
    return (
        OneTimeLink.secret_hash == digest(secret),
        OneTimeLink.purpose == purpose,
        OneTimeLink.expires_at > database_now(),
    )


def _find_link(db: Session, purpose: str, secret: str) -> OneTimeLink:
    link = db.scalar(select(OneTimeLink).where(*_is_valid(purpose, secret)))
    if link is None:
        raise Missing(_(USED_UP))
    return link


def _take_link(db: Session, purpose: str, secret: str) -> int | None:
    """Delete the link, return its user's id; of two who use it at once the second waits and finds none."""
    taken = db.execute(
        delete(OneTimeLink).where(*_is_valid(purpose, secret)).returning(OneTimeLink.id, OneTimeLink.user_id)
    ).first()
    if taken is None:
        raise Missing(_(USED_UP))
    return taken.user_id


def _enabled_user(db: Session, user_id: int | None) -> User:
    user = db.get(User, user_id) if user_id is not None else None
    if user is None or user.disabled_at is not None:
        raise Missing(_(USED_UP))
    return user
