"""Who gets mail about what now: decided and noted before anything is sent, so that nothing is sent twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from ..languages import ZONES
from ..models import Notification, NotificationChoice, User, utc_now
from ..models.notifications import AT_ONCE, DAILY, NEVER
from ..queries.identities import identities_of_users
from ..queries.notifications import notifications_of
from .notifications import stop_secret_of

NOTIFICATIONS, CHOICES, USERS = Notification.__table__, NotificationChoice.__table__, User.__table__
PAUSE = dt.timedelta(seconds=60)
"""How long something waits before it is mailed at once: more of the same comes along in one mail."""
MOST_LINES = 40


@dataclass(frozen=True)
class Habits:
    """What the site says: when mail comes, from which hour on the mail of the day, in which zone and language."""

    mail: str
    digest_hour: int
    time_zone: str
    language: str
    public: bool


@dataclass(frozen=True)
class Letter:
    """One mail to be: to whom, in which language, what about, and the secret of the link that ends such mail."""

    user_id: int
    email: str
    name: str
    language: str
    is_digest: bool
    rows: list[Row[Any]]
    stop_secret: str
    at: dt.datetime


def users_to_write(db: Session, habits: Habits, *, now: dt.datetime | None = None) -> list[int]:
    """The users for whom mail is due now. What people who want none were told of is never mailed."""
    now = now or utc_now()
    never = select(CHOICES.c.user_id).where(CHOICES.c.mail == NEVER)
    wants_none = NOTIFICATIONS.c.user_id.in_(never)
    if habits.mail == NEVER:
        wants_none |= NOTIFICATIONS.c.user_id.not_in(select(CHOICES.c.user_id).where(CHOICES.c.mail.is_not(None)))
    waits = NOTIFICATIONS.c.mailed_at.is_(None)
    db.execute(update(NOTIFICATIONS).where(waits, wants_none).values(mailed_at=now))
    oldest = func.min(NOTIFICATIONS.c.at).label("oldest")
    statement = (
        select(USERS.c.id, USERS.c.time_zone, CHOICES.c.mail, CHOICES.c.digest_at, oldest)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.user_id == USERS.c.id)
        .outerjoin(CHOICES, CHOICES.c.user_id == USERS.c.id)
        .where(waits, NOTIFICATIONS.c.read_at.is_(None), USERS.c.disabled_at.is_(None), USERS.c.email.is_not(None))
        .group_by(USERS.c.id, USERS.c.time_zone, CHOICES.c.mail, CHOICES.c.digest_at)
        .order_by(USERS.c.id)
    )
    return [row.id for row in db.execute(statement) if _is_due(row, habits, now)]


def _is_due(row: Row[Any], habits: Habits, now: dt.datetime) -> bool:
    mail = row.mail or habits.mail
    if mail == AT_ONCE:
        return row.oldest <= now - PAUSE
    zone = ZoneInfo(row.time_zone if row.time_zone in ZONES else habits.time_zone)
    here = now.astimezone(zone)
    last = row.digest_at.astimezone(zone).date() if row.digest_at else None
    return mail == DAILY and here.hour >= habits.digest_hour and last != here.date()


def take_letter(db: Session, user_id: int, habits: Habits, *, now: dt.datetime | None = None) -> Letter | None:
    """What to write to a user, noted as mailed in this transaction: send it once that is committed.

    It has only what they may see now. None where that is nothing.
    """
    now = now or utc_now()
    waits = (
        NOTIFICATIONS.c.user_id == user_id,
        NOTIFICATIONS.c.mailed_at.is_(None),
        NOTIFICATIONS.c.read_at.is_(None),
    )
    taken = set(db.scalars(update(NOTIFICATIONS).where(*waits).values(mailed_at=now).returning(NOTIFICATIONS.c.id)))
    asker = identities_of_users(db, [user_id], public=habits.public).get(user_id)
    if asker is None or not taken:
        return None
    rows = notifications_of(db, asker, limit=MOST_LINES, such_that=[NOTIFICATIONS.c.id.in_(taken)])
    user = db.get_one(User, user_id)
    if not rows or user.email is None:
        return None
    if len(rows) == MOST_LINES:
        _leave_waiting(db, taken - {row.id for row in rows})
    secret = stop_secret_of(db, user_id)
    mail = db.execute(select(CHOICES.c.mail).where(CHOICES.c.user_id == user_id)).scalar() or habits.mail
    if mail == DAILY:
        db.execute(update(CHOICES).where(CHOICES.c.user_id == user_id).values(digest_at=now))
    language = user.language or habits.language
    return Letter(user_id, user.email, user.display_name, language, mail == DAILY, rows, secret, now)


def _leave_waiting(db: Session, ids: set[int]) -> None:
    """What found no room in a letter is for the next one."""
    db.execute(update(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(ids)).values(mailed_at=None))


def put_back(db: Session, letter: Letter) -> None:
    """The letter was not sent: what it was about waits again."""
    taken = (NOTIFICATIONS.c.user_id == letter.user_id, NOTIFICATIONS.c.mailed_at == letter.at)
    db.execute(update(NOTIFICATIONS).where(*taken).values(mailed_at=None))
    db.execute(update(CHOICES).where(CHOICES.c.user_id == letter.user_id).values(digest_at=None))
