"""Following places. What somebody follows is their own affair: nothing is recorded of it."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ..errors import Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import Follow, utc_now
from ..queries.nodes import NodeRow
from .inserting import insert_into

FOLLOWS = Follow.__table__
MOST_FOLLOWED = 500
"""Places that one person can follow: more is no choice any more."""


def follow(db: Session, node: NodeRow, *, by: Identity) -> None:
    """From now on `by` follows the node; it may be followed already. Raises `Invalid` where it is too much."""
    user_id = _user_id(by)
    count = db.execute(select(func.count()).where(FOLLOWS.c.user_id == user_id)).scalar_one()
    if count >= MOST_FOLLOWED:
        raise Invalid.one("", _("You follow %(count)s places already. Stop following some first.", count=count))
    row = {"user_id": user_id, "node_id": node.id, "since": utc_now()}
    db.execute(insert_into(db, FOLLOWS).values(row).on_conflict_do_nothing())


def unfollow(db: Session, node_id: int, *, by: Identity) -> None:
    """`by` does not follow the node any more; it need not have been followed."""
    db.execute(delete(FOLLOWS).where(FOLLOWS.c.user_id == _user_id(by), FOLLOWS.c.node_id == node_id))


def _user_id(by: Identity) -> int:
    if by.user_id is None:
        raise NotAllowed(_("Sign in to follow a place."))
    if not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))
    return by.user_id
