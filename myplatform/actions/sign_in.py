"""Signing in by name or e-mail address and password, throttled for each account and each network address."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ..account_secrets import digest
from ..errors import Invalid, Throttled
from ..languages import gettext as _
from ..languages import mark
from ..models import SignInFailure, User
from ..models.clock import database_now
from . import passwords
from .account_checks import normal_name

IPV6_NETWORK_BITS = 64
"""One household or machine has a whole network of this size and could use each address once."""

WRONG = mark("The name or the password is not right.")


@dataclass(frozen=True)
class Limits:
    """How many failed attempts are borne within a window of time."""

    per_account: int
    per_address: int
    window: dt.timedelta


@dataclass(frozen=True)
class Attempt:
    """An attempt that counts as failed until the password proves right."""

    user_id: int | None
    password_hash: str | None
    account_key: str
    failure_ids: tuple[int, ...]


def sign_in(
    transaction: Callable[[], AbstractContextManager[Session]],
    typed_name: str,
    password: str,
    *,
    address: str,
    limits: Limits,
) -> int:
    """The id of the user who knows the password. Raises `Throttled`, or `Invalid` with no hint at the reason.

    `transaction` opens a session that is committed on its own: failures must stay although the answer is an
    error, and no transaction may be open while the password is hashed.
    """
    with transaction() as db:
        attempt = begin_attempt(db, typed_name, address=address, limits=limits)
    if not passwords.matches(attempt.password_hash, password) or attempt.user_id is None:
        raise Invalid.one("", _(WRONG))
    assert attempt.password_hash is not None
    renewed = None
    if passwords.is_outdated(attempt.password_hash):
        renewed = passwords.hash_of(passwords.normal_password(password))
    with transaction() as db:
        _finish(db, attempt, renewed=renewed, window=limits.window)
    return attempt.user_id


def prove_again(
    transaction: Callable[[], AbstractContextManager[Session]],
    name: str,
    password: str,
    *,
    address: str,
    limits: Limits,
) -> None:
    """Ask somebody who is signed in for the present password, which is guessed no faster here than at sign-in.

    `transaction` is as for `sign_in`. Raises `Throttled`, or `Invalid` of the field "current".
    """
    try:
        sign_in(transaction, name, password, address=address, limits=limits)
    except Invalid:
        raise Invalid.one("current", _("is not your present password")) from None


def begin_attempt(db: Session, typed_name: str, *, address: str, limits: Limits) -> Attempt:
    """Count the attempt before its password is checked: many at once must not slip through together."""
    name = normal_name(typed_name)
    user = db.execute(
        select(User.id, User.name, User.password_hash, User.disabled_at).where(
            or_(User.name == name, User.email == name)
        )
    ).first()
    account_key = f"account:{user.name}" if user else f"unknown:{digest(name)[:32]}"
    address_key = f"address:{network_of(address)}"
    _ensure_below(db, account_key, limits.per_account, limits.window)
    _ensure_below(db, address_key, limits.per_address, limits.window)
    failures = [SignInFailure(key=account_key), SignInFailure(key=address_key)]
    db.add_all(failures)
    db.flush()
    known = user is not None and user.disabled_at is None
    return Attempt(
        user_id=user.id if user is not None and known else None,
        password_hash=user.password_hash if user is not None and known else None,
        account_key=account_key,
        failure_ids=tuple(failure.id for failure in failures),
    )


def network_of(address: str) -> str:
    """What counts as one address; anything that is none counts as one together."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
    return str(parsed)


def _ensure_below(db: Session, key: str, limit: int, window: dt.timedelta) -> None:
    recent = (
        select(SignInFailure.at, database_now().label("now"))
        .where(SignInFailure.key == key, SignInFailure.at > database_now(-window.total_seconds()))
        .order_by(SignInFailure.at.desc())
        .limit(limit)
    )
    found = db.execute(recent).all()
    if len(found) >= limit:
        oldest = found[-1]
        seconds = max(1, math.ceil((oldest.at + window - oldest.now).total_seconds()))
        raise Throttled(_("Too many attempts. Wait a while before you try again."), seconds)


def _finish(db: Session, attempt: Attempt, *, renewed: str | None, window: dt.timedelta) -> None:
    """Forgive this attempt and the account's earlier ones; other failures of the address keep counting."""
    db.execute(
        delete(SignInFailure).where(
            or_(
                SignInFailure.id.in_(attempt.failure_ids),
                SignInFailure.key == attempt.account_key,
                SignInFailure.at <= database_now(-window.total_seconds()),
            )
        )
    )
    if renewed:
        same = (User.id == attempt.user_id, User.password_hash == attempt.password_hash)
        db.execute(update(User).where(*same).values(password_hash=renewed))
