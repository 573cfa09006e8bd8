"""What time takes: trash that has lain its days, bytes that nothing refers to, expired sessions and tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Blob, BrowserSession, OneTimeLink, SignInFailure, utc_now
from ..parts.files import FileStore
from .files import unreferenced_contents
from .trash import overdue, purge_node

GRACE = dt.timedelta(hours=24)
"""How long unreferenced bytes stay: an upload whose transaction is still running refers to nothing yet."""


@dataclass(frozen=True)
class Tidied:
    """How much was removed of each."""

    nodes: int
    contents: int
    sessions: int


def tidy(
    db: Session, files: FileStore, *, by: Identity, keep_trash: dt.timedelta, session_age: dt.timedelta
) -> Tidied:
    """Remove what is overdue. Safe to run at any time and again."""
    nodes = sum(purge_node(db, node, by=by) for node in overdue(db, keep_trash))
    now = utc_now()
    sessions = db.execute(
        delete(BrowserSession).where(BrowserSession.created_at < now - session_age)
    ).rowcount
    db.execute(delete(SignInFailure).where(SignInFailure.at < now - GRACE))
    db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now))
    old = db.execute(select(Blob.sha256).where(Blob.created_at < now - GRACE)).scalars()
    unreferenced = unreferenced_contents(db, old)
    for sha256 in unreferenced:
        db.execute(delete(Blob).where(Blob.sha256 == sha256))
        files.remove(sha256)
    return Tidied(nodes, len(unreferenced), sessions)
