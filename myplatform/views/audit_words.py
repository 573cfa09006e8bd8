"""Change rows as an administrator reads them: what was done, to what, and the values before and after in short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from ..actions.history import SELECTION
from ..languages import gettext as _
from ..queries.accounts import principal_titles

ACTIONS = {
    "created": "Created",
    "edited": "Edited",
    "reverted": "Went back to an earlier version",
    "confirmed": "Found it still correct",
    "moved": "Moved",
    "copied": "Copied",
    "ordered": "Ordered",
    "trashed": "Moved to the trash",
    "restored": "Restored",
    "purged": "Deleted for good",
    "shared": "Changed sharing",
    "deleted": "Deleted",
    "disabled": "Disabled",
    "enabled": "Enabled",
    "password-set": "Changed the password",
    "password-link-made": "Made a password link",
    "signed-in": "Signed in",
    "signed-out": "Signed out",
    "session-ended": "Ended sessions",
    "token-created": "Made a token",
    "token-revoked": "Revoked a token",
    "access-requested": "Asked for access",
    "access-granted": "Granted what was asked for",
    "access-declined": "Declined what was asked for",
    "seeing-started": "Saw the site as somebody else",
    "seeing-stopped": "Stopped seeing the site as somebody else",
    "entry-linked": "Linked a directory entry",
    "member-added": "Added a member",
    "member-removed": "Took a member out",
    "commented": "Commented",
    "comment-removed": "Removed a comment",
    "comment-resolved": "Resolved comments",
    "comment-reopened": "Opened comments again",
    "appearance-changed": "Changed the appearance",
}
LONGEST_SHOWN = 80


def action_words(action: str) -> str:
    """What was done."""
    return ACTIONS.get(action, action.replace("-", " ").capitalize())


def brief(value: Any) -> str:
    """A value in short, as far as it helps to recognise it."""
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        text = ", ".join(" ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def names_of(db: Session, rows: Iterable[Any]) -> dict[str, str]:
    """What to call everybody and every group that the rows speak of, in one query."""
    spoken_of = {row.actor for row in rows} | {row.subject for row in rows if row.subject}
    return {**principal_titles(db, spoken_of - {SELECTION}), SELECTION: _("Several things at once")}
