"""What people say about a node, in threads, and who is named in it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, utc_now


class Comment(Base):
    """A remark; `thread_id` is the first one of its thread, null for that one itself.

    What is removed keeps its row without words, so that the answers to it still have a place.
    """

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_node_id_id", "node_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    author: Mapped[str] = mapped_column(comment="name of a user")
    body: Mapped[str] = mapped_column(comment="Markdown")
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    edited_at: Mapped[dt.datetime | None]
    removed_at: Mapped[dt.datetime | None]
    resolved_at: Mapped[dt.datetime | None]
    resolved_by: Mapped[str | None]


class Mention(Base):
    """A user was named in a comment; until `seen_at` it waits for them."""

    __tablename__ = "mentions"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    seen_at: Mapped[dt.datetime | None]
