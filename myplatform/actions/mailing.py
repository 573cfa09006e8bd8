"""Who gets mail about what now. A letter is made, sent, and only then noted as sent, so that none is lost.

Whoever is killed between the last two leaves a letter that is made again. It has the same notifications as long as
nothing was added, and with these the same Message-ID, by which mail programs know it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, select, update
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
MOST_LINES = 200
"""What a letter tells, the newest first; of more it says that it is on the site, and it is not written about again."""


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
    has_more: bool
    """More waited than are told of."""
    covers: frozenset[int]
    """The notifications that wait no more once it is sent: also those that may not be seen now."""
    stop_secret: str

    @property
    def key(self) -> str:
        """The same whenever it is made of the same notifications."""
        return "notifications:" + ",".join(f"{row.id}@{row.at.isoformat()}" for row in self.rows)


def users_to_write(db: Session, habits: Habits, *, now: dt.datetime | None = None) -> list[int]:
    """The users for whom mail is due now. What people were told of who want none, or get none, is never mailed."""
    now = now or utc_now()
    never = select(CHOICES.c.user_id).where(CHOICES.c.mail == NEVER)
    out_of_reach = select(USERS.c.id).where(USERS.c.email.is_(None) | USERS.c.disabled_at.is_not(None))
    wants_none = NOTIFICATIONS.c.user_id.in_(never) | NOTIFICATIONS.c.user_id.in_(out_of_reach)
    if habits.mail == NEVER:
        wants_none |= NOTIFICATIONS.c.user_id.not_in(select(CHOICES.c.user_id).where(CHOICES.c.mail.is_not(None)))
    waits = NOTIFICATIONS.c.mailed_at.is_(None)
    db.execute(update(NOTIFICATIONS).where(waits, wants_none).values(mailed_at=now))
    oldest = func.min(NOTIFICATIONS.c.at).label("oldest")
    statement = (
        select(USERS.c.id, USERS.c.time_zone, CHOICES.c.mail, CHOICES.c.digest_at, oldest)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.user_id == USERS.c.id)
        .outerjoin(CHOICES, CHOICES.c.user_id == USERS.c.id)
        .where(waits, NOTIFICATIONS.c.read_at.is_(None))
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


def make_letter(db: Session, user_id: int, habits: Habits) -> Letter | None:
    """What to write to a user: only what they may see now. None where that is nothing, which then waits no more."""
    waits = (
        NOTIFICATIONS.c.user_id == user_id,
        NOTIFICATIONS.c.mailed_at.is_(None),
        NOTIFICATIONS.c.read_at.is_(None),
    )
    waiting = frozenset(db.scalars(select(NOTIFICATIONS.c.id).where(*waits)))
    asker = identities_of_users(db, [user_id], public=habits.public).get(user_id)
    found = notifications_of(db, asker, limit=MOST_LINES + 1, such_that=waits) if asker is not None and waiting else []
    rows = found[:MOST_LINES]
    user = db.get_one(User, user_id)
    if not rows or user.email is None:
        _note(db, waiting)
        return None
    secret = stop_secret_of(db, user_id)
    mail = db.execute(select(CHOICES.c.mail).where(CHOICES.c.user_id == user_id)).scalar() or habits.mail
    language = user.language or habits.language
    return Letter(
        user_id, user.email, user.display_name, language, mail == DAILY, rows, len(found) > len(rows), waiting, secret
    )


def note_letter(db: Session, letter: Letter, *, now: dt.datetime | None = None) -> None:
    """The letter was taken, or refused for good: what it was about is mailed no more."""
    now = now or utc_now()
    _note(db, letter.covers, now)
    if letter.is_digest:
        db.execute(update(CHOICES).where(CHOICES.c.user_id == letter.user_id).values(digest_at=now))


def _note(db: Session, ids: Collection[int], now: dt.datetime | None = None) -> None:
    """One statement for each: after an import there may be more of them than one statement takes values."""
    this = NOTIFICATIONS.c.id == bindparam("this")
    statement = update(NOTIFICATIONS).where(this, NOTIFICATIONS.c.mailed_at.is_(None))
    if ids:
        db.execute(statement.values(mailed_at=now or utc_now()), [{"this": each} for each in ids])
