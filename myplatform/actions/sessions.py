"""Sessions of browsers: begun at sign-in, kept on the server, ended by their owner or an administrator."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ..account_secrets import digest, new_secret
from ..errors import Missing
from ..identity import Identity
from ..languages import gettext as _
from ..models import BrowserSession, User
from ..models.clock import database_now
from .account_checks import ensure_handles_accounts, ensure_own_or_administered, may_administer
from .recording import record
from .users import subject_of

MAX_USER_AGENT_LENGTH = 300


def create_session(db: Session, user: User, *, address: str = "", user_agent: str = "") -> str:
    """Begin a session of somebody who has just proved to be the user; returns the secret for the cookie."""
    secret = new_secret()
    session = BrowserSession(
        secret_hash=digest(secret),
        user_id=user.id,
        address=address,
        user_agent=user_agent[:MAX_USER_AGENT_LENGTH],
    )
    db.add(session)
    db.flush()
    record(db, by=acting(user, f"session:{session.id}"), action="signed-in", subject=subject_of(user))
    return secret


def end_session(db: Session, session_id: int, *, by: Identity) -> None:
    """End one session, be it the asker's present one. Raises `Missing` for other people's."""
    session = db.get(BrowserSession, session_id)
    if session is None or (session.user_id != by.user_id and not may_administer(by)):
        raise Missing(_("There is no such session; it may have ended already."))
    ensure_handles_accounts(by)
    user = db.get_one(User, session.user_id)
    action = "signed-out" if by.via == f"session:{session_id}" else "session-ended"
    db.delete(session)
    db.flush()
    record(db, by=by, action=action, subject=subject_of(user))


def end_other_sessions(db: Session, user: User, *, by: Identity, keep: int | None = None) -> int:
    """End all sessions of the user but `keep`; returns how many."""
    ensure_own_or_administered(by, user)
    other = (BrowserSession.user_id == user.id, BrowserSession.id != (keep or 0))
    count = db.scalar(select(func.count()).select_from(BrowserSession).where(*other)) or 0
    if count:
        db.execute(delete(BrowserSession).where(*other))
        record(db, by=by, action="session-ended", subject=subject_of(user), values={"sessions": (count, 0)})
    return count


def touch_session(db: Session, session_id: int) -> None:
    """Note that the session is in use; not a change that anybody needs to hear of."""
    db.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(last_seen_at=database_now()))


def acting(user: User, via: str) -> Identity:
    """Who acts, in the moments when the user has just been recognised; stands for no groups and no rights."""
    return Identity(
        name=user.name,
        display_name=user.display_name,
        user_id=user.id,
        principals=(f"user:{user.name}",),
        via=via,
    )
