"""What people ask for: access to a place that they may not see, or may do less with than they need."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, utc_now


class AccessRequest(Base):
    """Somebody asked for a permission at an address.

    There is a row whether something stands at the address or not, so that asking costs and answers the same; only
    where something did stand there has it a node, whose managers get to see it.
    """

    __tablename__ = "access_requests"
    __table_args__ = (
        Index(
            "uq_access_requests_open",
            "user_id",
            "path",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(comment="the address as it was asked for")
    node_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), index=True)
    permission: Mapped[str]
    message: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None]
    role: Mapped[str | None] = mapped_column(comment="what was granted; null with an answer: declined")
    reply: Mapped[str | None]
