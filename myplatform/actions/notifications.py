"""What people do with what they are told, and how they want to be told. It is their own affair: nothing is recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..account_secrets import new_secret
from ..errors import Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import Notification, NotificationChoice, PlaceLevel, utc_now
from ..models.notifications import ALL, AT_ONCE, DAILY, MENTIONS, NEVER, NONE
from ..queries.nodes import NodeRow
from .following import follow, unfollow
from .inserting import insert_into

NOTIFICATIONS, CHOICES, LEVELS = Notification.__table__, NotificationChoice.__table__, PlaceLevel.__table__
MOST_LEVELS = 500


def read_notifications(db: Session, *, by: Identity, ids: Collection[int] | None = None, read: bool = True) -> int:
    """Note that `by` has read these of theirs, or all; with `read` false that they have not. Returns how many."""
    conditions = [NOTIFICATIONS.c.user_id == _user_id(by)]
    conditions.append(NOTIFICATIONS.c.read_at.is_(None) if read else NOTIFICATIONS.c.read_at.is_not(None))
    if ids is not None:
        conditions.append(NOTIFICATIONS.c.id.in_(ids))
    statement = update(NOTIFICATIONS).where(*conditions).values(read_at=utc_now() if read else None)
    return db.execute(statement).rowcount


def remove_old_notifications(db: Session, *, before: dt.datetime) -> int:
    """Remove those of what happened before a moment, read or not; returns how many.

    A reminder of a review is its own note that somebody was reminded: it has to stay for the month in which it is due.
    """
    return db.execute(delete(NOTIFICATIONS).where(NOTIFICATIONS.c.at < before)).rowcount


def set_level(db: Session, node: NodeRow, level: str, *, by: Identity) -> None:
    """Choose what `by` hears of a node and what is below it: all, mentions, none, or "" for no choice of its own."""
    user_id = _user_id(by)
    if level not in (ALL, MENTIONS, NONE, ""):
        raise Invalid.one("level", _("must be one of %(names)s", names=f"{ALL}, {MENTIONS}, {NONE}"))
    db.execute(delete(LEVELS).where(LEVELS.c.user_id == user_id, LEVELS.c.node_id == node.id))
    if level == ALL:
        follow(db, node, by=by)
        return
    unfollow(db, node.id, by=by)
    if level:
        if len(db.scalars(select(LEVELS.c.node_id).where(LEVELS.c.user_id == user_id)).all()) >= MOST_LEVELS:
            raise Invalid.one("level", _("You have chosen for too many places already."))
        row = {"user_id": user_id, "node_id": node.id, "level": level}
        db.execute(insert_into(db, LEVELS).values(row).on_conflict_do_nothing())


def choose_mail(db: Session, mail: str, *, by: Identity) -> None:
    """Choose when `by` gets mail: at-once, daily, none, or "" for what the site says."""
    if mail not in (AT_ONCE, DAILY, NEVER, ""):
        raise Invalid.one("mail", _("must be one of %(names)s", names=f"{AT_ONCE}, {DAILY}, {NEVER}"))
    _choose(db, _user_id(by), {"mail": mail or None})


def stop_secret_of(db: Session, user_id: int) -> str:
    """The secret in the links of the user's mail, made where there is none yet."""
    found = select(CHOICES.c.stop_secret).where(CHOICES.c.user_id == user_id)
    secret = db.execute(found).scalar()
    if secret is None:
        _choose(db, user_id, {})
        secret = db.execute(found).scalar_one()
    return secret


def knows_stop_secret(db: Session, secret: str) -> bool:
    """Whether somebody's mail carries this secret."""
    return db.execute(select(CHOICES.c.user_id).where(CHOICES.c.stop_secret == secret)).first() is not None


def stop_mail(db: Session, secret: str) -> bool:
    """Send no more mail to the person whose mail carries this secret; False where there is nobody."""
    statement = update(CHOICES).where(CHOICES.c.stop_secret == secret).values(mail=NEVER)
    return bool(db.execute(statement).rowcount)


def _choose(db: Session, user_id: int, values: dict[str, Any]) -> None:
    statement = insert_into(db, CHOICES).values({"user_id": user_id, "stop_secret": new_secret(), **values})
    if values:
        statement = statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
    else:
        statement = statement.on_conflict_do_nothing()
    db.execute(statement)


def _user_id(by: Identity) -> int:
    if by.user_id is None:
        raise NotAllowed(_("Sign in first."))
    if not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))
    return by.user_id
