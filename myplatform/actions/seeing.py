"""Seeing the site as somebody else does: read-only, for a while, and written down."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..errors import Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import BrowserSession, User
from ..models.clock import moment_of
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import NodeRow
from .recording import record
from .users import subject_of

LASTS = dt.timedelta(minutes=30)
"""After this it ends by itself."""


def start_seeing(db: Session, node: NodeRow, name: str, *, by: Identity, session_id: int | None) -> User:
    """From now on show the session the site as the user of that name sees it, as far as `by` may see it as well.

    Raises `NotAllowed` without the right to share the node or without a browser's session, `Invalid`.
    """
    if session_id is None or by.seen_as is not None:
        raise NotAllowed(_("Only a browser in which you are signed in as yourself can show the site as somebody else."))
    if Permission.SHARE not in permissions_on(db, by, node):
        raise NotAllowed(_("You may not see this place as others do."), Permission.SHARE)
    user = db.scalar(select(User).where(User.name == name, User.disabled_at.is_(None)))
    if user is None:
        raise Invalid.one("person", _("must be a person who can sign in"))
    if user.id == by.user_id:
        raise Invalid.one("person", _("must be somebody else; yourself you are already"))
    until = moment_of(db) + LASTS
    seen = {"seen_as_id": user.id, "seen_as_until": until, "seen_as_from": node.id}
    db.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(**seen))
    values = {"path": (None, node.path), "until": (None, until)}
    record(db, by=by, action="seeing-started", subject=subject_of(user), values=values)
    return user


def stop_seeing(db: Session, *, by: Identity, session_id: int | None) -> int | None:
    """Show the session the site as its own user again; the id of the node where the other began, if it is known."""
    started_at = db.scalar(select(BrowserSession.seen_as_from).where(BrowserSession.id == (session_id or 0)))
    nobody = dict.fromkeys(("seen_as_id", "seen_as_until", "seen_as_from"))
    db.execute(update(BrowserSession).where(BrowserSession.id == (session_id or 0)).values(**nobody))
    if by.seen_as is not None:
        record(db, by=by, action="seeing-stopped", subject=f"user:{by.seen_as.name}")
    return started_at
