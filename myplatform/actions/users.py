"""Users: made, changed, disabled and enabled again, and given passwords."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotAllowed
from ..identity import Identity
from ..languages import ZONES, languages, mark
from ..languages import gettext as _
from ..models import BrowserSession, OneTimeLink, Token, User, utc_now
from ..permissions import Permission
from . import passwords
from .account_checks import (
    Wrong,
    account_name,
    account_title,
    email_address,
    ensure_own_or_administered,
    may_administer,
)
from .recording import record

TAKEN = mark("is taken by another user; choose another")


def create_user(
    db: Session,
    *,
    by: Identity,
    name: str,
    display_name: str = "",
    email: str | None = None,
    is_admin: bool = False,
    password: str | None = None,
    min_length: int = passwords.MIN_LENGTH,
) -> User:
    """A new user; without a password, one is chosen through a link. Raises `Invalid` with every wrong field.

    `min_length` is how many characters a password needs at least.
    """
    wrong = Wrong()
    checked = wrong.check("name", account_name, name)
    values = {
        "name": checked,
        "display_name": wrong.check("display_name", account_title, display_name) if display_name.strip() else checked,
        "email": wrong.check("email", email_address, email),
    }
    if password is not None:
        names = (name, email, display_name)
        password = wrong.check("password", passwords.good_password, password, min_length, names)
    _check_taken(db, wrong, name=values["name"], email=values["email"])
    wrong.raise_if_any()
    hashed = None if password is None else passwords.hash_of(password)
    user = User(**values, is_admin=is_admin, password_hash=hashed)
    db.add(user)
    db.flush()
    shown = {key: (None, value) for key, value in {**values, "is_admin": is_admin}.items()}
    record(db, by=by, action="created", subject=subject_of(user), values=shown)
    return user


def change_user(
    db: Session,
    user: User,
    *,
    by: Identity,
    display_name: str | None = None,
    email: str | None = None,
    is_admin: bool | None = None,
    language: str | None = None,
    time_zone: str | None = None,
) -> None:
    """Change what is given; None leaves a value, "" removes the e-mail or a choice. Raises `Invalid`, `Conflict`."""
    ensure_own_or_administered(by, user)
    wrong = Wrong()
    given: dict[str, Any] = {}
    if display_name is not None:
        given["display_name"] = wrong.check("display_name", account_title, display_name)
    if email is not None:
        given["email"] = wrong.check("email", email_address, email)
        _check_taken(db, wrong, email=given["email"], besides=user.id)
    if language is not None:
        given["language"] = wrong.check("language", _known, language, languages())
    if time_zone is not None:
        given["time_zone"] = wrong.check("time_zone", _known, time_zone, ZONES)
    wrong.raise_if_any()
    if is_admin is not None and is_admin != user.is_admin:
        _ensure_may_change_administrators(db, user, by=by, becomes=is_admin)
        given["is_admin"] = is_admin
    changed = {key: (getattr(user, key), value) for key, value in given.items() if getattr(user, key) != value}
    for key, (_before, value) in changed.items():
        setattr(user, key, value)
    if changed:
        db.flush()
        record(db, by=by, action="edited", subject=subject_of(user), values=changed)


def _known(choice: str, known: Collection[str]) -> str | None:
    """One of the known, None for an empty choice; ValueError for any other."""
    if choice and choice not in known:
        raise ValueError(_("is not one of those that can be chosen"))
    return choice or None


def disable_user(db: Session, user: User, *, by: Identity) -> None:
    """Shut somebody out: sessions, tokens and links end at once; what they wrote stays. Raises `Conflict`."""
    if user.disabled_at is not None:
        return
    if user.is_admin:
        _ensure_another_administrator(db, user)
    user.disabled_at = utc_now()
    db.flush()
    for table in (BrowserSession, Token, OneTimeLink):
        db.execute(delete(table).where(table.user_id == user.id))
    record(db, by=by, action="disabled", subject=subject_of(user), values={"enabled": (True, False)})


def enable_user(db: Session, user: User, *, by: Identity) -> None:
    """Let somebody in again, with the old password and memberships but no old sessions and tokens."""
    if user.disabled_at is None:
        return
    user.disabled_at = None
    db.flush()
    record(db, by=by, action="enabled", subject=subject_of(user), values={"enabled": (False, True)})


def set_password(
    db: Session,
    user: User,
    password: str,
    *,
    by: Identity,
    min_length: int = passwords.MIN_LENGTH,
    keep_session: int | None = None,
) -> None:
    """Give a password and end all sessions of the user but `keep_session`. Raises `Invalid`."""
    ensure_own_or_administered(by, user)
    wrong = Wrong()
    names = (user.name, user.email, user.display_name)
    checked = wrong.check("password", passwords.good_password, password, min_length, names)
    wrong.raise_if_any()
    user.password_hash = passwords.hash_of(checked)
    db.flush()
    ended = delete(BrowserSession).where(BrowserSession.user_id == user.id)
    db.execute(ended if keep_session is None else ended.where(BrowserSession.id != keep_session))
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))
    record(db, by=by, action="password-set", subject=subject_of(user))


def subject_of(user: User) -> str:
    """How change rows name a user."""
    return f"user:{user.name}"


def _check_taken(
    db: Session,
    wrong: Wrong,
    *,
    name: str | None = None,
    email: str | None = None,
    besides: int | None = None,
) -> None:
    for field, column, value in (("name", User.name, name), ("email", User.email, email)):
        if value and db.scalar(select(User.id).where(column == value, User.id != (besides or 0))):
            wrong.add(field, _(TAKEN))


def _ensure_may_change_administrators(db: Session, user: User, *, by: Identity, becomes: bool) -> None:
    if not may_administer(by):
        raise NotAllowed(_("Only administrators say who is one."), Permission.ADMINISTER)
    if not becomes and user.disabled_at is None:
        _ensure_another_administrator(db, user)


def _ensure_another_administrator(db: Session, user: User) -> None:
    """The rows are locked: two administrators who demote each other at once must not both succeed."""
    enabled = select(User.id).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).with_for_update()
    if set(db.scalars(enabled)) <= {user.id}:
        message = _("%(name)s is the last administrator. Make somebody else one first.", name=user.display_name)
        raise Conflict(message)
