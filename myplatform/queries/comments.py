"""What was said about a node, and where somebody was named, as far as they may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Comment, Mention, Node, User, is_live
from .prepared import Prepared
from .visibility import may

COMMENTS, MENTIONS, NODES, USERS = Comment.__table__, Mention.__table__, Node.__table__, User.__table__
MOST_SHOWN = 500
"""Comments of one node that are shown; the oldest of more are left out."""


@dataclass(frozen=True)
class Thread:
    """A first comment and the answers to it, oldest first. Each row is a comment with `author_name`."""

    first: Row[Any]
    answers: list[Row[Any]] = field(default_factory=list)


def _of_node(_dialect: str) -> Select[Any]:
    return (
        select(*COMMENTS.c, USERS.c.display_name.label("author_name"))
        .outerjoin(USERS, USERS.c.name == COMMENTS.c.author)
        .where(COMMENTS.c.node_id == bindparam("node_id", type_=COMMENTS.c.node_id.type))
        .order_by(COMMENTS.c.id.desc())
        .limit(MOST_SHOWN)
    )


_OF_NODE = Prepared(_of_node)


def threads_of(db: Session, node_id: int) -> list[Thread]:
    """The threads about a node, oldest first; the caller has seen that the asker may view it. One statement."""
    rows = list(reversed(_OF_NODE.run(db, {"node_id": node_id})))
    threads = {row.id: Thread(row) for row in rows if row.thread_id is None}
    for row in rows:
        if row.thread_id in threads:
            threads[row.thread_id].answers.append(row)
    return list(threads.values())


def comment_by_id(db: Session, asker: Identity, comment_id: int) -> Row[Any] | None:
    """The comment with `author_name`, if it is there and the asker may see its node."""
    statement = (
        select(*COMMENTS.c, USERS.c.display_name.label("author_name"))
        .join(NODES, NODES.c.id == COMMENTS.c.node_id)
        .outerjoin(USERS, USERS.c.name == COMMENTS.c.author)
        .where(COMMENTS.c.id == comment_id, is_live(), may(asker))
    )
    return db.execute(statement).one_or_none()


def mentions_waiting(db: Session, asker: Identity, *, limit: int) -> list[Row[Any]]:
    """Comments that name the asker and wait for them, newest first.

    Each with `node_path`, `node_kind`, `node_title` and `author_name`.
    """
    statement = (
        select(
            *COMMENTS.c,
            USERS.c.display_name.label("author_name"),
            NODES.c.path.label("node_path"),
            NODES.c.kind.label("node_kind"),
            NODES.c.title.label("node_title"),
        )
        .join(MENTIONS, MENTIONS.c.comment_id == COMMENTS.c.id)
        .join(NODES, NODES.c.id == COMMENTS.c.node_id)
        .outerjoin(USERS, USERS.c.name == COMMENTS.c.author)
        .where(MENTIONS.c.user_id == asker.user_id, MENTIONS.c.seen_at.is_(None), is_live(), may(asker))
        .order_by(COMMENTS.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(statement))
