"""What happened: one row per changed thing, written in the same transaction and never altered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Json, current_transaction_number, utc_now

RECORDED = "changes recorded"
"""Set in a session's `info` by what writes changes: when they are committed, whoever waits for changes is told."""


class Change(Base):
    """One thing changed. History, undo, audit, the feed and "recently changed" read these rows and nothing else.

    `values` maps each changed field to `[before, after]`, `note` is what its author says about it. `subject` names what
    is not a node ("user:ada"). The node's kind, path, title and access root are kept as they were, so that a row still
    speaks when the node is gone.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_feed", "transaction_number", "id"),
        Index("ix_changes_node", "node_id", "id"),
        Index("ix_changes_at", "at"),
        Index("ix_changes_actor", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_number: Mapped[int] = mapped_column(server_default=current_transaction_number())
    at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    via: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    node_id: Mapped[int | None]
    node_kind: Mapped[str | None]
    node_path: Mapped[str | None]
    node_title: Mapped[str | None]
    node_version: Mapped[int | None]
    access_id: Mapped[int | None]
    subject: Mapped[str | None]
    values: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    note: Mapped[str | None]
