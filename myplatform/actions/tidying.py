"""What time takes: trash that has lain its days, unreferenced bytes, expired sessions, old drafts and notifications."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import Missing
from ..identity import Identity
from ..models import AccessRequest, Blob, BrowserSession, FileText, OneTimeLink, SignInFailure
from ..models.clock import moment_of
from ..parts.files import FileStore
from ..queries.requests import OPEN_FOR
from .drafts import remove_old_drafts
from .files import unreferenced_contents
from .holding import removing_contents
from .inserting import insert_into
from .notifications import remove_old_notifications
from .trash import overdue, purge_node
from .uploads import remove_expired

GRACE = dt.timedelta(hours=24)
"""How long unreferenced bytes stay: an upload whose transaction is still running refers to nothing yet."""
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Tidied:
    """How much was removed of each."""

    nodes: int
    contents: int
    sessions: int
    uploads: int
    drafts: int
    notifications: int


def tidy(
    db: Session,
    files: FileStore,
    *,
    by: Identity,
    keep_trash: dt.timedelta,
    session_age: dt.timedelta,
    keep_drafts: dt.timedelta,
    keep_notifications: dt.timedelta,
) -> Tidied:
    """Remove what is overdue by the clock of the database. Safe to run at any time and again."""
    nodes, now = 0, moment_of(db)
    for node in overdue(db, before=now - keep_trash):
        with suppress(Missing):  # it went with one above it
            nodes += purge_node(db, node, by=by)
    sessions = db.execute(
        delete(BrowserSession).where(BrowserSession.created_at < now - session_age)
    ).rowcount
    db.execute(delete(SignInFailure).where(SignInFailure.at < now - GRACE))
    lapsed = (AccessRequest.asked_at < now - OPEN_FOR, AccessRequest.answered_at.is_(None))
    db.execute(delete(AccessRequest).where(*lapsed))
    db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now))
    uploads = remove_expired(db, files, now=now, grace=GRACE)
    drafts = remove_old_drafts(db, before=now - keep_drafts)
    notifications = remove_old_notifications(db, before=now - keep_notifications)
    with removing_contents(db) as is_allowed:  # not while a backup reads them all
        contents = _remove_contents(db, files, before=now - GRACE) if is_allowed else 0
    return Tidied(nodes, contents, sessions, uploads, drafts, notifications)


def _remove_contents(db: Session, files: FileStore, *, before: dt.datetime) -> int:
    """Remove contents written before a moment that nothing refers to; returns how many.

    Bytes of requests that failed are in the store without a row: they get one first, because the row is what an
    upload of the same content waits for.
    """
    known = set(db.execute(select(Blob.sha256)).scalars())
    lost = [each for each in files.contents(before) if each not in known]
    if lost:
        rows = [{"sha256": each, "size": 0, "created_at": LONG_AGO} for each in lost]
        db.execute(insert_into(db, Blob).on_conflict_do_nothing(), rows)
    old = db.execute(select(Blob.sha256).where(Blob.created_at < before)).scalars()
    removed = 0
    for sha256 in sorted(unreferenced_contents(db, old)):
        if db.execute(delete(Blob).where(Blob.sha256 == sha256, Blob.created_at < before)).rowcount:
            files.remove(sha256)
            db.execute(delete(FileText).where(FileText.sha256 == sha256))
            removed += 1
    return removed
