"""What administrators set for the whole site, and a stamp that tells whether it changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ..models import SiteValue

SITE_VALUES = SiteValue.__table__
NEVER = ""
"""The stamp of a site of which nothing was ever set."""


def newest_stamp() -> ColumnElement[str]:
    """As a column of any statement: changes whenever a value is written, wherever."""
    return func.coalesce(select(func.max(SITE_VALUES.c.stamp)).scalar_subquery(), NEVER).label("site_stamp")


def site_values(db: Session) -> tuple[str, dict[str, Any]]:
    """The stamp and all values by key. One statement."""
    rows = db.execute(select(SITE_VALUES.c.key, SITE_VALUES.c.value, SITE_VALUES.c.stamp)).all()
    return max((row.stamp for row in rows), default=NEVER), {row.key: row.value["is"] for row in rows}
