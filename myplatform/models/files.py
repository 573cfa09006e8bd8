"""Stored bytes: one row per distinct content, whatever number of files and versions refer to it; uploads under way."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Json, utc_now


class Blob(Base):
    """Bytes kept in the file store under their SHA-256 in hexadecimal."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class FileText(Base):
    """The words inside a content and what it says of itself, read once for all files that have it.

    `state` is one of `documents.State`: done, nothing, too-big or failed. A content without a row was not read yet.
    """

    __tablename__ = "file_texts"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    text: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    read_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class PartialUpload(Base):
    """Bytes that arrive in pieces and become a file in a place, or the next version of a file, with the last one."""

    __tablename__ = "uploads"

    key: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    place_id: Mapped[int] = mapped_column(ForeignKey("nodes.id", ondelete="CASCADE"))
    version: Mapped[int | None] = mapped_column(
        comment="of the file that is replaced, as the sender saw it; null: a new file"
    )
    file_name: Mapped[str]
    length: Mapped[int] = mapped_column(comment="bytes in all")
    received: Mapped[int] = mapped_column(default=0, comment="bytes so far")
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("nodes.id", ondelete="CASCADE"), comment="the file that it became"
    )
