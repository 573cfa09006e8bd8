"""Which texts link where, kept when they are written, so that "what links here" needs to read no text."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, OrderedText


class Reference(Base):
    """A link or image in a node's text. `target` is a path, or "/-/id/42" for a permanent link."""

    __tablename__ = "text_references"

    source_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(OrderedText, primary_key=True, index=True)
    is_relative: Mapped[bool] = mapped_column(comment="written relative to where the text stands: it moves along")
