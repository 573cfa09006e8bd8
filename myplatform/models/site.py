"""What administrators set in the browser; it wins over the INI file."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class SiteValue(Base):
    """One value of the whole site. `stamp` is new with every writing, so that processes see that theirs is old."""

    __tablename__ = "site_values"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(comment='{"is": …}, since SQLite makes numbers of JSON that is one')
    stamp: Mapped[str] = mapped_column(comment="when it was written, then something random")
