"""What the live service asks the database: for all open windows at once, never for one alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from ..models import Change, Job, Node, User
from .changes import end_of_complete
from .prepared import Prepared, among

CHANGES, NODES, USERS, JOBS = Change.__table__, Node.__table__, User.__table__, Job.__table__
Place = tuple[int, int]
"""Transaction number and id of a change: the order of the feed."""
COLUMNS = (
    *(column for column in CHANGES.c if column.name not in ("values", "note", "via")),
    CHANGES.c["values"][("path", 0)].as_string().label("path_before"),
    CHANGES.c["values"][("path", 1)].as_string().label("path_after"),
    CHANGES.c["values"][("comment", 1)].as_integer().label("comment_id"),
    NODES.c.parent_id.label("now_parent"),
    NODES.c.access_id.label("now_access"),
    USERS.c.display_name.label("actor_name"),
)

STANDING = Prepared(
    lambda dialect: select(NODES.c.id, NODES.c.access_id, NODES.c.version).where(among(NODES.c.id, "ids", dialect))
)
OWNERS = Prepared(lambda dialect: select(JOBS.c.id, JOBS.c.asked_by).where(among(JOBS.c.id, "ids", dialect)))
"""Of more than the 65,535 values that PostgreSQL takes one by one, if so many are watched."""


class News(NamedTuple):
    """Changes in the order of the feed, and the place behind all that was read.

    `more` says that there are more to read; `coming` that some were committed, but older transactions still run.
    """

    rows: list[Row[Any]]
    place: Place
    more: bool
    coming: bool


class Standing(NamedTuple):
    """How a node stands now."""

    access_id: int
    version: int


def newest_place(db: Session) -> Place:
    """The place behind all changes that are complete."""
    return end_of_complete(db)


def news_behind(db: Session, place: Place, *, limit: int) -> News:
    """Changes behind a place, of nodes and of accounts alike; three statements, two where nothing new is complete."""
    end = end_of_complete(db)
    this = tuple_(CHANGES.c.transaction_number, CHANGES.c.id)
    rows = list(db.execute(_changes().where(this > place, CHANGES.c.transaction_number <= end[0]).limit(limit)))
    more = len(rows) == limit
    behind = (rows[-1].transaction_number, rows[-1].id) if more else max(place, end)
    return News(rows, behind, more, _is_something_coming(db, end))


def _is_something_coming(db: Session, end: Place) -> bool:
    if db.get_bind().dialect.name != "postgresql":
        return False
    running = select(CHANGES.c.id).where(CHANGES.c.transaction_number > end[0]).limit(1)
    return db.execute(running).first() is not None


def changes_to_repeat(
    db: Session, place: Place, *, after: Place | None, since: dt.datetime | None, limit: int
) -> list[Row[Any]]:
    """Changes up to a place that are behind another or were made since a moment, oldest first."""
    this = tuple_(CHANGES.c.transaction_number, CHANGES.c.id)
    wanted = [this > after] if after is not None else []
    wanted += [CHANGES.c.at >= since] if since is not None else []
    if not wanted:
        return []
    return list(db.execute(_changes().where(and_(this <= place, or_(*wanted))).limit(limit)))


def _changes() -> Any:
    joined = CHANGES.outerjoin(NODES, NODES.c.id == CHANGES.c.node_id).outerjoin(
        USERS, USERS.c.name == CHANGES.c.actor
    )
    return select(*COLUMNS).select_from(joined).order_by(CHANGES.c.transaction_number, CHANGES.c.id)


def standing_of(db: Session, node_ids: Collection[int]) -> dict[int, Standing]:
    """How each of many nodes stands, without those that are gone. One statement."""
    if not node_ids:
        return {}
    return {row.id: Standing(row.access_id, row.version) for row in STANDING.run(db, {"ids": list(node_ids)})}


def owners_of_jobs(db: Session, job_ids: Collection[int]) -> dict[int, str]:
    """The names of those who asked for some jobs. One statement."""
    if not job_ids:
        return {}
    return {row.id: row.asked_by for row in OWNERS.run(db, {"ids": list(job_ids)})}


def ids_at(db: Session, paths: Collection[str]) -> dict[str, int]:
    """The ids of the live nodes at some addresses. One statement."""
    if not paths:
        return {}
    statement = select(NODES.c.path, NODES.c.id).where(NODES.c.path.in_(paths), NODES.c.trash_id.is_(None))
    return {row.path: row.id for row in db.execute(statement)}
