"""What people are told of: one row a person and matter, how they want to hear of it, and how far changes were read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, utc_now

MENTION, COMMENT, CHANGE, REQUEST, ANSWER, REVIEW = "mention", "comment", "change", "request", "answer", "review"
"""Why somebody is told: they were named; somebody commented, or changed something, where they follow or take part;
somebody asks them for access, or has answered them; a page of theirs is due to be read again."""

ALL, MENTIONS, NONE = "all", "mentions", "none"
"""What somebody hears of a place: all is to follow it."""

AT_ONCE, DAILY, NEVER = "at-once", "daily", "none"
"""When somebody gets mail."""


class Notification(Base):
    """Something that a person should hear of. Nothing of its content is kept: that is read, as far as it may be, when
    it is shown.

    `key` names the matter, so that nobody is told twice. More of the same while it is unread counts up `times`.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_notifications_user_id_id", "user_id", "id"),
        Index("ix_notifications_user_id_read_at", "user_id", "read_at"),
        Index("ix_notifications_mailed_at", "mailed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str]
    reason: Mapped[str]
    node_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(comment="the comment it is about; it may be gone")
    action: Mapped[str] = mapped_column(default="")
    actor: Mapped[str] = mapped_column(default="", comment="name of a user; empty: the site itself")
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    read_at: Mapped[dt.datetime | None]
    mailed_at: Mapped[dt.datetime | None] = mapped_column(comment="when mail began to be sent, or was not wanted")


class PlaceLevel(Base):
    """Somebody wants to hear less of a node and what is below it; who wants all of it follows it."""

    __tablename__ = "place_levels"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True, index=True)
    level: Mapped[str] = mapped_column(comment="mentions or none")


class NotificationChoice(Base):
    """How somebody wants to hear of what waits for them."""

    __tablename__ = "notification_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    mail: Mapped[str | None] = mapped_column(comment="at-once, daily or none; null: as the site says")
    stop_secret: Mapped[str] = mapped_column(unique=True, comment="ends the mail of this person, and nothing else")
    digest_at: Mapped[dt.datetime | None] = mapped_column(comment="when the last daily mail was made")


class FeedReader(Base):
    """How far something that reads every change once has come."""

    __tablename__ = "feed_readers"

    name: Mapped[str] = mapped_column(primary_key=True)
    transaction_number: Mapped[int]
    change_id: Mapped[int]
