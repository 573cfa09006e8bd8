"""From changes to what each person hears of: every change is read once, in the order of the feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from ..models import AccessRequest, FeedReader, Node, Notification, User
from ..models.notifications import ALL, ANSWER, CHANGE, COMMENT, MENTION, NONE, REQUEST
from ..permissions import Role
from ..queries.changes import CONTENT_ACTIONS
from ..queries.identities import identities_of_users
from ..queries.live import newest_place, news_behind
from ..queries.nodes import NODE_COLUMNS
from ..queries.notifications import levels_along, named_in, taking_part, user_ids
from ..queries.reach import who_can_see
from ..queries.visibility import is_among, viewers_at
from .inserting import insert_into

NOTIFICATIONS, READERS, NODES = Notification.__table__, FeedReader.__table__, Node.__table__
REQUESTS = AccessRequest.__table__
READER = "notifications"
BATCH = 200
"""Changes that are read at a time."""
MOST_ASKED = 50
"""People who are told that somebody asks for access."""
COMMENTING = ("commented", "comment-edited")
DUTIES = (REQUEST, ANSWER)
"""What somebody hears of whatever they chose for the place: it waits for them, or they waited for it."""


@dataclass(frozen=True)
class Telling:
    """Somebody might be told why; whether they may see it and want to hear of it is still to be judged.

    `about` names the matter where it is not the change itself: nobody is told of it twice.
    """

    user_id: int
    reason: str
    change: Row[Any]
    node_id: int | None
    about: str = ""


@dataclass
class Surroundings:
    """What was read once for all changes of a batch."""

    nodes: dict[int, Row[Any]]
    levels: dict[int, dict[int, str]]
    named: dict[int, set[int]]
    taking_part: dict[int, set[int]]
    ids: dict[str, int] = field(default_factory=dict)


def notify_of_changes(db: Session, *, public: bool, limit: int = BATCH) -> tuple[set[int], bool]:
    """Read the next changes and write down who hears of what; returns the users, and whether there is more to read.

    One at a time reads: whoever comes second finds nothing to do. A site that begins with this tells of nothing that
    was before.
    """
    place = _begin(db)
    if place is None:
        return set(), False
    news = news_behind(db, place, limit=limit)
    told = _tell(db, [row for row in news.rows if not (row.subject or "").startswith("node:")], public=public)
    if news.place != place:
        values = {"transaction_number": news.place[0], "change_id": news.place[1]}
        db.execute(update(READERS).where(READERS.c.name == READER).values(values))
    return told, news.more


def _begin(db: Session) -> tuple[int, int] | None:
    """How far was read, locked for this transaction; None where another reads now."""
    columns = (READERS.c.transaction_number, READERS.c.change_id)
    found = select(*columns).where(READERS.c.name == READER)
    row = db.execute(found.with_for_update(skip_locked=True)).one_or_none()
    if row is None and db.execute(found).one_or_none() is None:
        number, change_id = newest_place(db)
        values = {"name": READER, "transaction_number": number, "change_id": change_id}
        db.execute(insert_into(db, READERS).values(values).on_conflict_do_nothing())
    return tuple(row) if row is not None else None  # type: ignore[return-value]


def _tell(db: Session, rows: list[Row[Any]], *, public: bool) -> set[int]:
    around = _surroundings(db, rows)
    tellings = [telling for row in rows for telling in _tellings(db, row, around)]
    identities = identities_of_users(db, {each.user_id for each in tellings}, public=public)
    viewers = viewers_at(db, {node.access_id for node in around.nodes.values()})
    told = set()
    for each in tellings:
        asker, node = identities.get(each.user_id), around.nodes.get(each.node_id or 0)
        if asker is None or asker.name == each.change.actor:
            continue
        if each.node_id is not None:
            may_see = node is not None and is_among(asker, viewers.get(node.access_id, frozenset()))
            if not may_see or not _wants(each, node, around):
                continue
        _write(db, each)
        told.add(each.user_id)
    return told


def _surroundings(db: Session, rows: list[Row[Any]]) -> Surroundings:
    ids = {row.node_id for row in rows if row.node_id is not None} | _asked_for(db, rows)
    nodes = {row.id: row for row in db.execute(select(*NODE_COLUMNS).where(NODES.c.id.in_(ids)))} if ids else {}
    along = {step for node in nodes.values() for step in _lineage(node)}
    said = {row.comment_id for row in rows if row.action in COMMENTING and row.comment_id is not None}
    around = Surroundings(
        nodes,
        levels_along(db, along) if along else {},
        named_in(db, said) if said else {},
        taking_part(db, said) if said else {},
    )
    subjects = {row.subject.removeprefix("user:") for row in rows if row.subject}
    around.ids = user_ids(db, subjects | {node.created_by for node in nodes.values()})
    return around


def _asked_for(db: Session, rows: list[Row[Any]]) -> set[int]:
    asked = [row.path_after for row in rows if row.action == "access-requested"]
    if not asked:
        return set()
    statement = select(REQUESTS.c.node_id).where(REQUESTS.c.path.in_(asked), REQUESTS.c.node_id.is_not(None))
    return set(db.scalars(statement))


def _lineage(node: Row[Any]) -> list[int]:
    """The node and all above it, the nearest first."""
    return [node.id, *(int(step) for step in reversed(node.ancestry.split("/")) if step)]


def _tellings(db: Session, row: Row[Any], around: Surroundings) -> Iterable[Telling]:
    if row.action in COMMENTING and row.node_id in around.nodes:
        named = around.named.get(row.comment_id, set())
        yield from (Telling(user, MENTION, row, row.node_id) for user in named)
        if row.action == "commented":
            author = around.ids.get(around.nodes[row.node_id].created_by)
            others = {*around.taking_part.get(row.comment_id, ()), *_followers(row, around), *filter(None, [author])}
            yield from (Telling(user, COMMENT, row, row.node_id) for user in others - named)
    elif row.action in CONTENT_ACTIONS and row.node_id in around.nodes:
        yield from (Telling(user, CHANGE, row, row.node_id) for user in _followers(row, around))
    elif row.action == "access-requested":
        for request_id, node_id in _requested(db, row):
            if (node := around.nodes.get(node_id)) is not None:
                managers = who_can_see(db, node, role=Role.MANAGER, limit=MOST_ASKED)
                ids = user_ids(db, [each.name for each in managers])
                about = f"{REQUEST}:{request_id}"
                yield from (Telling(user, REQUEST, row, node_id, about) for user in ids.values())
    elif row.action in ("access-granted", "access-declined"):
        user_id = around.ids.get(row.subject.removeprefix("user:"))
        yield from [Telling(user_id, ANSWER, row, None)] if user_id is not None else []


def _requested(db: Session, row: Row[Any]) -> list[Row[Any]]:
    """The open requests, with their nodes, of whoever asked at the address: one, however often they asked."""
    asker = select(User.id).where(User.name == row.actor).scalar_subquery()
    is_open = (REQUESTS.c.answered_at.is_(None), REQUESTS.c.node_id.is_not(None))
    statement = select(REQUESTS.c.id, REQUESTS.c.node_id)
    return list(db.execute(statement.where(REQUESTS.c.path == row.path_after, REQUESTS.c.user_id == asker, *is_open)))


def _followers(row: Row[Any], around: Surroundings) -> set[int]:
    """Who chose something for the node or above it; what exactly is judged later."""
    return {user for step in _lineage(around.nodes[row.node_id]) for user in around.levels.get(step, ())}


def _wants(telling: Telling, node: Row[Any], around: Surroundings) -> bool:
    """By what somebody chose for the nearest place; without a choice, what concerns them themselves."""
    if telling.reason in DUTIES:
        return True
    steps = (around.levels.get(step, {}).get(telling.user_id) for step in _lineage(node))
    level = next((each for each in steps if each is not None), None)
    if telling.reason == MENTION:
        return level != NONE
    return level == ALL or (level is None and telling.reason == COMMENT)


def _write(db: Session, telling: Telling) -> None:
    """One row; more of the same about a node while that is unread only counts it up."""
    change, mine = telling.change, NOTIFICATIONS.c.user_id == telling.user_id
    values = {"actor": change.actor, "action": change.action, "at": change.at}
    if telling.reason in (CHANGE, COMMENT):
        same = (mine, NOTIFICATIONS.c.node_id == telling.node_id, NOTIFICATIONS.c.reason == telling.reason)
        more = {**values, "comment_id": change.comment_id, "times": NOTIFICATIONS.c.times + 1}
        statement = update(NOTIFICATIONS).where(*same, NOTIFICATIONS.c.read_at.is_(None)).values(more)
        if db.execute(statement).rowcount:
            return
    about = f"{MENTION}:{change.comment_id}" if telling.reason == MENTION else f"{telling.reason}:{change.id}"
    about = telling.about or about
    row = {"user_id": telling.user_id, "key": about, "reason": telling.reason, "node_id": telling.node_id}
    row |= {"comment_id": change.comment_id, "times": 1, **values}
    db.execute(insert_into(db, NOTIFICATIONS).values(row).on_conflict_do_nothing())


