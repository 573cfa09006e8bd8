"""What waits to be heard of, as far as its person may see it now, and who is to be told of a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Comment, Follow, Mention, Node, Notification, NotificationChoice, PlaceLevel, User, is_live
from ..models.notifications import ALL
from .visibility import may

NOTIFICATIONS, CHOICES, LEVELS = Notification.__table__, NotificationChoice.__table__, PlaceLevel.__table__
NODES, USERS, FOLLOWS = Node.__table__, User.__table__, Follow.__table__
COMMENTS, MENTIONS = Comment.__table__, Mention.__table__
MOST_COUNTED = 100
PAGE = 50


def _is_theirs(asker: Identity) -> tuple[ColumnElement[bool], ...]:
    """Conditions on notifications left joined to nodes: they are the asker's, and about what they may see now."""
    visible = or_(NOTIFICATIONS.c.node_id.is_(None), is_live() & may(asker))
    return NOTIFICATIONS.c.user_id == asker.user_id, visible


def notifications_of(
    db: Session, asker: Identity, *, limit: int = PAGE, before: int | None = None, such_that: Iterable[Any] = ()
) -> list[Row[Any]]:
    """What the asker should hear of, newest first, with the place (`node_path`, `node_title`, `node_kind`) and
    `actor_name`; `before` continues behind the id of one. One statement.
    """
    statement = (
        select(
            *NOTIFICATIONS.c,
            NODES.c.path.label("node_path"),
            NODES.c.title.label("node_title"),
            NODES.c.kind.label("node_kind"),
            USERS.c.display_name.label("actor_name"),
        )
        .select_from(NOTIFICATIONS)
        .outerjoin(NODES, NODES.c.id == NOTIFICATIONS.c.node_id)
        .outerjoin(USERS, USERS.c.name == NOTIFICATIONS.c.actor)
        .where(*_is_theirs(asker), *such_that)
        .order_by(NOTIFICATIONS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(NOTIFICATIONS.c.id < before)
    return list(db.execute(statement))


def unread_count(db: Session, asker: Identity) -> int:
    """How many are unread; `MOST_COUNTED` stands for more too. One statement."""
    found = (
        select(NOTIFICATIONS.c.id)
        .select_from(NOTIFICATIONS)
        .outerjoin(NODES, NODES.c.id == NOTIFICATIONS.c.node_id)
        .where(*_is_theirs(asker), NOTIFICATIONS.c.read_at.is_(None))
        .limit(MOST_COUNTED)
    )
    return db.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def level_at(db: Session, node_id: int, *, by: Identity) -> str:
    """What the asker chose to hear of this very place: all, mentions, none, or "" where nothing is chosen."""
    followed = select(FOLLOWS.c.node_id).where(FOLLOWS.c.user_id == by.user_id, FOLLOWS.c.node_id == node_id)
    if db.execute(followed).first() is not None:
        return ALL
    chosen = select(LEVELS.c.level).where(LEVELS.c.user_id == by.user_id, LEVELS.c.node_id == node_id)
    return db.execute(chosen).scalar() or ""


def choice_of(db: Session, user_id: int | None) -> str | None:
    """When the user wants mail: at-once, daily or none; None where they leave it to the site."""
    return db.execute(select(CHOICES.c.mail).where(CHOICES.c.user_id == user_id)).scalar()


def levels_along(db: Session, node_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """For each of some nodes, what users chose to hear of it: user id → level. Two statements."""
    found: dict[int, dict[int, str]] = {}
    less = select(LEVELS.c.user_id, LEVELS.c.node_id, LEVELS.c.level).where(LEVELS.c.node_id.in_(node_ids))
    for user_id, node_id, level in db.execute(less):
        found.setdefault(node_id, {})[user_id] = level
    everything = select(FOLLOWS.c.user_id, FOLLOWS.c.node_id).where(FOLLOWS.c.node_id.in_(node_ids))
    for user_id, node_id in db.execute(everything):
        found.setdefault(node_id, {})[user_id] = ALL
    return found


def named_in(db: Session, comment_ids: Collection[int]) -> dict[int, set[int]]:
    """The users that some comments name. One statement."""
    found: dict[int, set[int]] = {}
    statement = select(MENTIONS.c.comment_id, MENTIONS.c.user_id).where(MENTIONS.c.comment_id.in_(comment_ids))
    for comment_id, user_id in db.execute(statement):
        found.setdefault(comment_id, set()).add(user_id)
    return found


def taking_part(db: Session, comment_ids: Collection[int]) -> dict[int, set[int]]:
    """The users who wrote in the threads of some comments. One statement."""
    this, other = COMMENTS.alias("this"), COMMENTS.alias("other")
    thread = func.coalesce(this.c.thread_id, this.c.id)
    statement = (
        select(this.c.id, USERS.c.id)
        .join(other, or_(other.c.id == thread, other.c.thread_id == thread))
        .join(USERS, USERS.c.name == other.c.author)
        .where(this.c.id.in_(comment_ids))
    )
    found: dict[int, set[int]] = {}
    for comment_id, user_id in db.execute(statement):
        found.setdefault(comment_id, set()).add(user_id)
    return found


def user_ids(db: Session, names: Collection[str]) -> dict[str, int]:
    """The ids of enabled users by name. One statement."""
    statement = select(USERS.c.name, USERS.c.id).where(USERS.c.name.in_(names), USERS.c.disabled_at.is_(None))
    return {row.name: row.id for row in db.execute(statement)} if names else {}
