"""Accounts: users, groups, server-side sessions, API tokens, one-time links and the count of failed sign-ins."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, utc_now
from .clock import database_now


class User(Base):
    """A person or program that can sign in. `name` never changes: grants and history refer to it."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True, comment="lower case, as typed at sign-in")
    display_name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None] = mapped_column(
        comment="argon2id; null: cannot sign in with a password"
    )
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    disabled_at: Mapped[dt.datetime | None]
    language: Mapped[str | None] = mapped_column(comment="as chosen by the person; null: as the browser says")
    time_zone: Mapped[str | None] = mapped_column(comment="as chosen by the person; null: as the browser says")


class OwnEntry(Base):
    """Which entry of a people directory a user is: the profile that they may look after themselves."""

    __tablename__ = "own_entries"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), unique=True)


class Group(Base):
    """A named set of users and of other groups, one level deep. `name` never changes."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class Membership(Base):
    """A user, or a whole group, belongs to a group."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (member_group_id IS NULL)", name="one_member"),
        Index("uq_memberships_user", "group_id", "user_id", unique=True),
        Index("uq_memberships_group", "group_id", "member_group_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    member_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), index=True
    )


class BrowserSession(Base):
    """A signed-in browser; the cookie holds a secret of which only the SHA-256 is kept here."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=database_now())
    last_seen_at: Mapped[dt.datetime] = mapped_column(default=database_now())
    address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    seen_as_id: Mapped[int | None] = mapped_column(comment="the user as whom the site is shown, read-only")
    seen_as_until: Mapped[dt.datetime | None]
    seen_as_from: Mapped[int | None] = mapped_column(comment="the node from which that began")


class Token(Base):
    """An API token; shown once, kept as SHA-256, recognised by its `prefix`."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scopes: Mapped[str] = mapped_column(comment="space separated: read write admin")
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]


class OneTimeLink(Base):
    """A secret in a URL that works once: the first administrator's set-up, or choosing a new password."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(comment="setup or password")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[dt.datetime]


class SignInFailure(Base):
    """A failed sign-in, counted per account and per address within a window of time."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(comment='"account:NAME" or "address:IP"')
    at: Mapped[dt.datetime] = mapped_column(default=database_now())
