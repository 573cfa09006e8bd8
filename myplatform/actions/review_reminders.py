"""Owners of pages are told on the day when these are due to be read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Text, cast, exists, literal, select
from sqlalchemy.orm import Session

from ..content.page import Page
from ..models import Notification, OwnEntry, User, utc_now
from ..models.node import NODES, is_live
from ..models.notifications import REVIEW
from ..queries.identities import identities_of_users
from ..queries.visibility import is_among, viewers_at
from .inserting import insert_into

NOTIFICATIONS, PAGES, ENTRIES, USERS = Notification.__table__, Page.table, OwnEntry.__table__, User.__table__
AT_ONCE = 500


def remind_of_reviews(db: Session, *, public: bool, today: dt.date | None = None) -> set[int]:
    """Tell the owner of each page whose day of review has come, or who made it if it has none; once for each day."""
    day, told, last = today or utc_now().date(), set(), 0
    while due := _due(db, day, after=last):
        told |= _remind(db, due, public=public)
        last = due[-1].id
    return told


def _due(db: Session, day: dt.date, *, after: int) -> Sequence[Row[Any]]:
    """The next pages by id that are due and of which nobody was told yet."""
    key = literal(f"{REVIEW}:") + cast(NODES.c.id, Text) + ":" + cast(PAGES.c.review_by, Text)
    is_told = exists().where(NOTIFICATIONS.c.node_id == NODES.c.id, NOTIFICATIONS.c.key == key)
    statement = (
        select(NODES.c.id, NODES.c.access_id, PAGES.c.review_by, ENTRIES.c.user_id, USERS.c.id.label("maker_id"))
        .select_from(NODES)
        .join(PAGES, PAGES.c.node_id == NODES.c.id)
        .outerjoin(ENTRIES, ENTRIES.c.employee_id == PAGES.c.owner)
        .outerjoin(USERS, (USERS.c.name == NODES.c.created_by) & PAGES.c.owner.is_(None))
        .where(PAGES.c.review_by <= day, PAGES.c.review_by > day - dt.timedelta(days=30), is_live())
        .where(NODES.c.id > after, ~is_told)
        .order_by(NODES.c.id)
        .limit(AT_ONCE)
    )
    return db.execute(statement).all()


def _remind(db: Session, rows: Sequence[Row[Any]], *, public: bool) -> set[int]:
    due = [(row, row.user_id or row.maker_id) for row in rows if row.user_id or row.maker_id]
    identities = identities_of_users(db, {user_id for _, user_id in due}, public=public)
    viewers = viewers_at(db, {row.access_id for row, _ in due})
    told = set()
    for row, user_id in due:
        if user_id not in identities or not is_among(identities[user_id], viewers.get(row.access_id, frozenset())):
            continue
        values = {"user_id": user_id, "key": f"{REVIEW}:{row.id}:{row.review_by}", "reason": REVIEW, "node_id": row.id}
        values |= {"action": "", "actor": "", "times": 1, "at": utc_now()}
        if db.execute(insert_into(db, NOTIFICATIONS).values(values).on_conflict_do_nothing()).rowcount:
            told.add(user_id)
    return told
