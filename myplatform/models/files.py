"""Stored bytes: one row per distinct content, whatever number of files and old versions refer to it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, utc_now


class Blob(Base):
    """Bytes kept in the file store under their SHA-256 in hexadecimal."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
