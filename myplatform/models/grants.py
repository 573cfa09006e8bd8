"""Grants that people set on nodes, and the derived table that answers for lists what finally applies."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Grant(Base):
    """A role given on a node to "user:NAME", "group:NAME", "signed-in" or "public"."""

    __tablename__ = "grants"

    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True)
    principal: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class EffectiveGrant(Base):
    """What applies at an access root after inheritance; kept by `actions/access.py` in the same transaction.

    What applied at a node when it was deleted for good stays: it says who may read that it is gone.
    """

    __tablename__ = "effective_grants"
    __table_args__ = (Index("ix_effective_grants_principal", "principal", "role", "access_id"),)

    access_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    principal: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
