"""Who is behind a cookie or token: one statement each, with groups and the groups these are in.

Every request asks this: the selects are built once, read columns only, and leave times to the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from ..account_secrets import digest
from ..identity import Identity, principals_of
from ..models import BrowserSession, Group, Membership, Notification, OwnEntry, Token, User
from ..models.clock import database_ago, database_now
from ..permissions import Scope
from .kept import newest_change
from .prepared import Prepared, among
from .site_values import newest_stamp

TOUCH_AFTER = dt.timedelta(minutes=5)
"""How exact "last seen" and "last used" are; a write with every request would cost more than the request."""

SEPARATOR = "/"
"""Stands in no group's name."""

users = User.__table__
groups = Group.__table__
sessions = BrowserSession.__table__
tokens = Token.__table__
NOTIFICATIONS = Notification.__table__


class Proof(NamedTuple):
    """An identity and the row that proved it.

    `is_stale`: its time of last use should be written again. `site_stamp` tells whether what
    administrators set for the site changed, `has_unread` whether anything behind the bell may be unread, and
    `newest_change` which state of the site may be kept (`kept.py`).
    """

    identity: Identity
    row_id: int
    is_stale: bool
    site_stamp: str | None = None
    has_unread: bool = False
    newest_change: str | None = None


def _group_names(users: Any = users) -> Any:
    """The names of a user's groups and of the groups these are members of, in one text."""
    direct = Membership.__table__.alias("direct")
    parent = Membership.__table__.alias("parent")
    belongs = (
        select(direct.c.group_id)
        .where(direct.c.user_id == users.c.id)
        .correlate(users)
        .union_all(
            select(parent.c.group_id)
            .join(direct, parent.c.member_group_id == direct.c.group_id)
            .where(direct.c.user_id == users.c.id)
            .correlate(users)
        )
    )
    joined = select(func.aggregate_strings(groups.c.name, literal_column(f"'{SEPARATOR}'"))).where(
        groups.c.id.in_(belongs)
    )
    return joined.correlate(users).scalar_subquery()


def _entry_id() -> Any:
    """The entry of a people directory that a user is."""
    found = select(OwnEntry.employee_id).where(OwnEntry.user_id == users.c.id)
    return found.correlate(users).scalar_subquery().label("entry_id")


USER = (
    users.c.id,
    users.c.name,
    users.c.display_name,
    users.c.is_admin,
    users.c.language,
    users.c.time_zone,
    _entry_id(),
    _group_names().label("group_names"),
)

seen = users.alias("seen")
SEEN_AS = (
    seen.c.id.label("seen_id"),
    seen.c.name.label("seen_name"),
    seen.c.display_name.label("seen_display_name"),
    seen.c.is_admin.label("seen_is_admin"),
    _group_names(seen).label("seen_group_names"),
)
"""The user as whom a session sees the site, if it does now: all null otherwise."""


_SESSION: Select[Any] = (
    select(
        *USER,
        *SEEN_AS,
        sessions.c.id.label("row_id"),
        (sessions.c.last_seen_at < database_now(-TOUCH_AFTER.total_seconds())).label("is_stale"),
        newest_stamp(),
        exists(NOTIFICATIONS.c.id)
        .where(NOTIFICATIONS.c.user_id == users.c.id, NOTIFICATIONS.c.read_at.is_(None))
        .correlate(users)
        .label("has_unread"),
    )
    .select_from(
        sessions.join(users, users.c.id == sessions.c.user_id).outerjoin(
            seen,
            and_(
                seen.c.id == sessions.c.seen_as_id,
                sessions.c.seen_as_until > database_now(),
                seen.c.disabled_at.is_(None),
            ),
        )
    )
    .where(
        sessions.c.secret_hash == bindparam("secret_hash"),
        sessions.c.last_seen_at > database_ago("idle"),
        sessions.c.created_at > database_ago("age"),
        users.c.disabled_at.is_(None),
    )
)

_TOKEN: Select[Any] = (
    select(
        *USER,
        tokens.c.id.label("row_id"),
        or_(
            tokens.c.last_used_at.is_(None), tokens.c.last_used_at < database_now(-TOUCH_AFTER.total_seconds())
        ).label("is_stale"),
        tokens.c.scopes,
        newest_stamp(),
    )
    .select_from(tokens.join(users, users.c.id == tokens.c.user_id))
    .where(
        tokens.c.secret_hash == bindparam("secret_hash"),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > database_now()),
        users.c.disabled_at.is_(None),
    )
)

_NAMED: Select[Any] = select(*USER).where(users.c.name == bindparam("name"), users.c.disabled_at.is_(None))

_SESSIONS = (
    select(*USER, *SEEN_AS, sessions.c.id.label("row_id"))
    .select_from(_SESSION.get_final_froms()[0])
    .where(
        sessions.c.last_seen_at > database_ago("idle"),
        sessions.c.created_at > database_ago("age"),
        users.c.disabled_at.is_(None),
    )
)
_TOKENS = (
    select(*USER, tokens.c.id.label("row_id"), tokens.c.scopes)
    .select_from(_TOKEN.get_final_froms()[0])
    .where(or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > database_now()), users.c.disabled_at.is_(None))
)
SESSIONS = Prepared(lambda dialect: _SESSIONS.where(among(sessions.c.id, "row_ids", dialect)))
TOKENS = Prepared(lambda dialect: _TOKENS.where(among(tokens.c.id, "row_ids", dialect)))
"""The same for many at a time, which proved who they are before."""

SESSION, TOKEN = (
    Prepared(lambda dialect, built=built: built.add_columns(newest_change(dialect))) for built in (_SESSION, _TOKEN)
)
NAMED = Prepared(lambda _dialect: _NAMED)

SCOPES = {
    " ".join(chosen): frozenset(chosen)
    for count in range(len(Scope) + 1)
    for chosen in combinations(Scope, count)
}
"""The set of scopes for each text of a token's column: made once, there are eight."""


def identity_of_session(
    db: Session, secret: str, *, idle_timeout: dt.timedelta, max_age: dt.timedelta, public: bool
) -> Proof | None:
    """Who signed in to the session with this secret, if it still runs.

    `public` says whether grants to the public take effect.
    """
    times = {"idle": idle_timeout.total_seconds(), "age": max_age.total_seconds()}
    rows = SESSION.run(db, {"secret_hash": digest(secret), **times})
    if not rows:
        return None
    *columns, row_id, is_stale, site_stamp, has_unread, newest = rows[0]
    user, seen = columns[: len(USER)], tuple(columns[len(USER) :])
    identity = _identity(*user, public=public, via=f"session:{row_id}")
    if seen[0] is not None:
        identity = _seeing(identity, seen, public=public)
    return Proof(identity, row_id, is_stale, site_stamp, has_unread, newest)


def identity_of_token(db: Session, secret: str, *, public: bool) -> Proof | None:
    """Whom the token with this secret speaks for, if it is valid."""
    rows = TOKEN.run(db, {"secret_hash": digest(secret)})
    if not rows:
        return None
    *user, row_id, is_stale, scopes, site_stamp, newest = rows[0]
    scopes = SCOPES.get(scopes, frozenset())
    identity = _identity(*user, public=public, via=f"token:{row_id}", scopes=scopes)
    return Proof(identity, row_id, is_stale, site_stamp, newest_change=newest)


def identities_of_sessions(
    db: Session, row_ids: list[int], *, idle_timeout: dt.timedelta, max_age: dt.timedelta, public: bool
) -> dict[int, Identity]:
    """Who stands behind each of many sessions by now, without those that ended. One statement."""
    times = {"idle": idle_timeout.total_seconds(), "age": max_age.total_seconds()}
    found = {}
    for *columns, row_id in SESSIONS.run(db, {"row_ids": row_ids, **times}) if row_ids else ():
        user, seen = columns[: len(USER)], tuple(columns[len(USER) :])
        identity = _identity(*user, public=public, via=f"session:{row_id}")
        found[row_id] = identity if seen[0] is None else _seeing(identity, seen, public=public)
    return found


def identities_of_tokens(db: Session, row_ids: list[int], *, public: bool) -> dict[int, Identity]:
    """For whom each of many tokens speaks by now, without those that are not valid any more. One statement."""
    found = {}
    for *user, row_id, scopes in TOKENS.run(db, {"row_ids": row_ids}) if row_ids else ():
        granted = SCOPES.get(scopes, frozenset())
        found[row_id] = _identity(*user, public=public, via=f"token:{row_id}", scopes=granted)
    return found


def identity_of_user(db: Session, name: str, *, public: bool, via: str = "") -> Identity | None:
    """The identity an enabled user has now, without any proof: for explaining what somebody may."""
    rows = NAMED.run(db, {"name": name})
    if not rows:
        return None
    return _identity(*rows[0], public=public, via=via)


def identities_of_users(db: Session, user_ids: Collection[int], *, public: bool) -> dict[int, Identity]:
    """The identities that many enabled users have now, without any proof. One statement."""
    if not user_ids:
        return {}
    rows = db.execute(select(*USER).where(users.c.id.in_(user_ids), users.c.disabled_at.is_(None)))
    return {row.id: _identity(*row, public=public, via="") for row in rows}


def _seeing(identity: Identity, seen: tuple[Any, ...], *, public: bool) -> Identity:
    """The identity, which sees the site as the user of the columns `SEEN_AS`; it administers only if both do."""
    *user, group_names = seen
    others = {"language": None, "time_zone": None, "entry_id": None}
    seen_as = _identity(*user, **others, group_names=group_names, public=public, via="")
    return replace(identity, is_admin=identity.is_admin and seen_as.is_admin, seen_as=seen_as)


def _identity(
    user_id: int,
    name: str,
    display_name: str,
    is_admin: bool,
    language: str | None,
    time_zone: str | None,
    entry_id: int | None,
    group_names: str | None,
    *,
    public: bool,
    via: str,
    scopes: frozenset[Scope] | None = None,
) -> Identity:
    """The identity of a row of `USER`."""
    groups = group_names.split(SEPARATOR) if group_names else []
    return Identity(
        name=name,
        display_name=display_name,
        user_id=user_id,
        principals=principals_of(name, groups, is_admin=is_admin, public=public),
        is_admin=is_admin,
        via=via,
        scopes=scopes,
        language=language,
        time_zone=time_zone,
        entry_id=entry_id,
    )
