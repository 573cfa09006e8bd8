"""API tokens: shown once, kept as a hash, limited in what they may be used for and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..account_secrets import digest, new_secret
from ..errors import Conflict, Missing
from ..identity import Identity
from ..languages import gettext as _
from ..models import Token, User
from ..models.clock import database_now, moment_of
from ..permissions import Scope
from .account_checks import Wrong, account_title, ensure_handles_accounts, ensure_own_or_administered, may_administer
from .recording import record
from .users import subject_of

MARK = "mp_"
"""How every token begins, so that scanners of repositories and logs can recognise one."""
SHOWN_LENGTH = 10
MAX_DAYS = 365


class NewToken(NamedTuple):
    """A token in the only moment when its secret is known."""

    id: int
    secret: str
    expires_at: dt.datetime


def create_token(
    db: Session,
    user: User,
    *,
    by: Identity,
    name: str,
    scopes: Collection[str],
    days: int | None = None,
    max_days: int = MAX_DAYS,
) -> NewToken:
    """A token that acts as the user within `scopes` for `days` (the most allowed if None). Raises `Invalid`.

    A token makes tokens only if it has the scope admin itself, none with more scopes, none that outlive it.
    """
    ensure_own_or_administered(by, user)
    if user.disabled_at is not None:
        raise Conflict(_("%(display_name)s is disabled. Enable the account first.", display_name=user.display_name))
    wrong = Wrong()
    title = wrong.check("name", account_title, name)
    chosen = wrong.check("scopes", _known_scopes, scopes)
    expires_at = wrong.check("days", _end_of, moment_of(db), days, max_days)
    if by.scopes is not None:
        _check_within_own(db, wrong, by, chosen, expires_at)
    wrong.raise_if_any()
    secret = MARK + new_secret()
    words = " ".join(scope for scope in Scope if scope in chosen)
    known = {"user_id": user.id, "name": title, "scopes": words, "expires_at": expires_at}
    token = Token(secret_hash=digest(secret), prefix=secret[:SHOWN_LENGTH], **known)
    db.add(token)
    db.flush()
    shown = {"token": token.prefix, "name": title, "scopes": words, "expires": expires_at}
    values = {key: (None, value) for key, value in shown.items()}
    record(db, by=by, action="token-created", subject=subject_of(user), values=values)
    return NewToken(token.id, secret, expires_at)


def revoke_token(db: Session, token_id: int, *, by: Identity) -> None:
    """End a token at once. Raises `Missing` for other people's, `NotAllowed` without the scope admin."""
    token = db.get(Token, token_id)
    if token is None or (token.user_id != by.user_id and not may_administer(by)):
        raise Missing(_("There is no such token; it may have been revoked already."))
    if by.via != f"token:{token_id}":
        ensure_handles_accounts(by)
    user = db.get_one(User, token.user_id)
    values = {"token": (token.prefix, None), "name": (token.name, None)}
    db.delete(token)
    db.flush()
    record(db, by=by, action="token-revoked", subject=subject_of(user), values=values)


def touch_token(db: Session, token_id: int) -> None:
    """Note that the token is in use; not a change that anybody needs to hear of."""
    db.execute(update(Token).where(Token.id == token_id).values(last_used_at=database_now()))


def _known_scopes(words: Collection[str]) -> frozenset[Scope]:
    known = ", ".join(Scope)
    unknown = sorted(set(words) - set(Scope))
    if unknown:
        raise ValueError(
            _("has no %(unknown)s; there are %(known)s", unknown=", ".join(map(repr, unknown)), known=known)
        )
    if not words:
        raise ValueError(_("needs at least one of %(known)s", known=known))
    return frozenset(Scope(word) for word in words)


def _end_of(now: dt.datetime, days: int | None, max_days: int) -> dt.datetime:
    if days is not None and not 1 <= days <= max_days:
        raise ValueError(_("must be from 1 to %(max_days)s", max_days=max_days))
    return now + dt.timedelta(days=days or max_days)


def _check_within_own(
    db: Session, wrong: Wrong, by: Identity, scopes: frozenset[Scope] | None, expires_at: dt.datetime | None
) -> None:
    if scopes and by.scopes is not None and (beyond := scopes - by.scopes):
        lacking = ", ".join(sorted(beyond))
        wrong.add("scopes", _("goes beyond the token in use, which lacks %(scopes)s", scopes=lacking))
    own = db.get(Token, int(by.via.partition(":")[2]))
    if expires_at and own is not None and own.expires_at and expires_at > own.expires_at:
        left = max((own.expires_at - moment_of(db)).days, 0)
        wrong.add("days", _("goes beyond the token in use; days that it has left: %(days)s", days=left))
