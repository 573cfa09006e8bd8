"""The last step of every action: the change row that history, undo, audit and the feed read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Insert, bindparam, insert
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Change, utc_now
from ..models.changes import RECORDED
from ..queries.prepared import Prepared

CHANGES = Change.__table__


def record(
    db: Session,
    *,
    by: Identity,
    action: str,
    node: Any = None,
    subject: str | None = None,
    values: dict[str, tuple[Any, Any]] | None = None,
    version: int | None = None,
    note: str | None = None,
) -> int:
    """Write one change and return its id.

    `node` is any object with the columns of a node row as they stand after the change, `version` its version if
    the row in hand is older; `subject` names what is not a node ("user:ada"). `values` maps each changed field to
    (before, after). `note` is what its author says about it.
    """
    kept = {name: [storable(before), storable(after)] for name, (before, after) in (values or {}).items()}
    row = {"at": utc_now(), "actor": by.name, "via": by.via, "action": action, "subject": subject, "values": kept}
    row["note"] = note
    db.info[RECORDED] = True
    return _INSERTION.run(db, row | (_about(node, version) if node is not None else _ABOUT_NO_NODE))[0].id


_ABOUT_NO_NODE = dict.fromkeys(("node_id", "node_kind", "node_path", "node_title", "node_version", "access_id"))
_WRITTEN = ("at", "actor", "via", "action", "subject", "values", "note", *_ABOUT_NO_NODE)


def _insertion(_dialect: str) -> Insert:
    written = {name: bindparam(name, type_=CHANGES.c[name].type) for name in _WRITTEN}
    return insert(CHANGES).values(written).returning(CHANGES.c.id)


_INSERTION = Prepared(_insertion)


def _about(node: Any, version: int | None) -> dict[str, Any]:
    return {
        "node_id": node.id,
        "node_kind": node.kind,
        "node_path": node.path,
        "node_title": node.title,
        "node_version": version or node.version,
        "access_id": node.access_id,
    }


def storable(value: Any) -> Any:
    """A field's value as JSON can hold it."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value
