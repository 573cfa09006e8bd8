"""Texts that people have begun and not saved yet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Json, utc_now


class Draft(Base):
    """What a form held when it was last kept; each user has one for each form.

    `values` maps the names of the form's inputs to the texts that were sent. No foreign key leads to the place: a
    draft must outlive it, so that its owner can still take the text elsewhere.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        Index("uq_drafts_form", "user_id", "place_id", "kind", unique=True),
        Index("ix_drafts_user_saved_at", "user_id", "saved_at"),
        Index("ix_drafts_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    place_id: Mapped[int] = mapped_column(comment="the node that is edited, or the one that a new one is made in")
    kind: Mapped[str] = mapped_column(comment="kind of the new node; empty: the place itself is edited")
    version: Mapped[int] = mapped_column(comment="of the node that the edit began from; 0 for a new one")
    title: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    saved_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
