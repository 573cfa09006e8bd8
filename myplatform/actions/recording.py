"""The last step of every action: the change row that history, undo, audit and the feed read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Change, utc_now


def record(
    db: Session,
    *,
    by: Identity,
    action: str,
    node: Any = None,
    subject: str | None = None,
    values: dict[str, tuple[Any, Any]] | None = None,
    version: int | None = None,
) -> int:
    """Write one change and return its id.

    `node` is any object with the columns of a node row as they stand after the change, `version` its version if
    the row in hand is older; `subject` names what is not a node ("user:ada"). `values` maps each changed field to
    (before, after).
    """
    statement = (
        insert(Change.__table__)
        .values(
            at=utc_now(),
            actor=by.name,
            via=by.via,
            action=action,
            node_id=node.id if node is not None else None,
            node_kind=node.kind if node is not None else None,
            node_path=node.path if node is not None else None,
            node_title=node.title if node is not None else None,
            node_version=(version or node.version) if node is not None else None,
            access_id=node.access_id if node is not None else None,
            subject=subject,
            values={
                name: [storable(before), storable(after)] for name, (before, after) in (values or {}).items()
            },
        )
        .returning(Change.__table__.c.id)
    )
    return db.execute(statement).scalar_one()


def storable(value: Any) -> Any:
    """A field's value as JSON can hold it."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value
