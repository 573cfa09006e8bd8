"""Requests for access: those that wait for whoever may share the place, and one's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from ..errors import Missing
from ..identity import Identity
from ..models import AccessRequest, User, is_live, utc_now
from ..models.node import NODES
from ..permissions import Permission
from .visibility import may

REQUESTS = AccessRequest.__table__
OPEN_FOR = dt.timedelta(days=30)
"""A request that nobody answered lapses, be there something at its address or not."""
SHOWN = 100


def is_open() -> ColumnElement[bool]:
    """Condition: the request has not been answered and has not lapsed."""
    return (REQUESTS.c.answered_at.is_(None)) & (REQUESTS.c.asked_at > utc_now() - OPEN_FOR)


def requests_waiting(db: Session, identity: Identity, limit: int = SHOWN) -> list[Row[Any]]:
    """Open requests for places that the asker may share, the oldest first: the request's columns, who asks
    (`user_name`, `display_name`), and the place (`node_id`, `node_path`, `node_title`, `node_kind`). One statement.
    """
    return list(db.execute(_waiting(identity).order_by(REQUESTS.c.asked_at, REQUESTS.c.id).limit(limit)))


def requests_at(db: Session, identity: Identity, node_id: int) -> list[Row[Any]]:
    """Those of them that are for this very node."""
    found = _waiting(identity).where(REQUESTS.c.node_id == node_id)
    return list(db.execute(found.order_by(REQUESTS.c.asked_at, REQUESTS.c.id).limit(SHOWN)))


def request_waiting(db: Session, identity: Identity, request_id: int) -> Row[Any]:
    """One of them. Raises `Missing`."""
    row = db.execute(_waiting(identity).where(REQUESTS.c.id == request_id)).one_or_none()
    if row is None:
        raise Missing
    return row


def requests_of(db: Session, identity: Identity, limit: int = SHOWN) -> list[Row[Any]]:
    """What the asker asked for, the newest first; of a place only what they may see now (`node_path`, `node_title`).

    Of an address at which there is nothing, a row looks like one of what they may not see.
    """
    asked = REQUESTS.outerjoin(NODES, (NODES.c.id == REQUESTS.c.node_id) & is_live() & may(identity))
    place = (NODES.c.path.label("node_path"), NODES.c.title.label("node_title"))
    is_known = REQUESTS.c.answered_at.is_not(None) | (REQUESTS.c.asked_at > utc_now() - OPEN_FOR)
    found = (
        select(*(REQUESTS.c[name] for name in SEEN_BY_ASKER), *place)
        .select_from(asked)
        .where(REQUESTS.c.user_id == identity.user_id, is_known)
        .order_by(REQUESTS.c.asked_at.desc(), REQUESTS.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(found))


SEEN_BY_ASKER = ("id", "path", "permission", "message", "asked_at", "answered_at", "answered_by", "role", "reply")


def asked_lately(db: Session, user_id: int, since: dt.datetime) -> int:
    """How many addresses the user asked for since a moment."""
    of_user = (REQUESTS.c.user_id == user_id, REQUESTS.c.asked_at > since)
    return db.execute(select(func.count()).select_from(REQUESTS).where(*of_user)).scalar_one()


def _waiting(identity: Identity) -> Select[Any]:
    place = (NODES.c.path.label("node_path"), NODES.c.title.label("node_title"), NODES.c.kind.label("node_kind"))
    return (
        select(*REQUESTS.c, User.name.label("user_name"), User.display_name, *place)
        .join(NODES, NODES.c.id == REQUESTS.c.node_id)
        .join(User, User.id == REQUESTS.c.user_id)
        .where(is_open(), is_live(), User.disabled_at.is_(None), REQUESTS.c.user_id != (identity.user_id or 0))
        .where(may(identity, Permission.SHARE))
    )
