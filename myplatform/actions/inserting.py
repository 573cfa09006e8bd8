"""INSERT that says what happens where a row is there already: both databases can, in SQLAlchemy each by its own class.

`insert_into(db, Blob).values(…).on_conflict_do_nothing()`; `on_conflict_do_update` and `excluded` are as SQLAlchemy has
them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(db: Session, table: Any) -> Any:
    """An INSERT for the database of a session; `table` is a model or its table."""
    return insert_on(db.get_bind().dialect.name, table)


def insert_on(dialect: str, table: Any) -> Any:
    """The same for a dialect, "postgresql" or "sqlite"."""
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
