"""Change rows as an administrator reads them: what was done, to what, and the values before and after in short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from ..actions.history import SELECTION
from ..languages import gettext as _
from ..languages import mark
from ..queries.accounts import principal_titles

ACTIONS = {
    "created": mark("Created"),
    "edited": mark("Edited"),
    "reverted": mark("Went back to an earlier version"),
    "confirmed": mark("Found it still correct"),
    "moved": mark("Moved"),
    "copied": mark("Copied"),
    "ordered": mark("Ordered"),
    "trashed": mark("Moved to the trash"),
    "restored": mark("Restored"),
    "purged": mark("Deleted for good"),
    "shared": mark("Changed sharing"),
    "deleted": mark("Deleted"),
    "disabled": mark("Disabled"),
    "enabled": mark("Enabled"),
    "password-set": mark("Changed the password"),
    "password-link-made": mark("Made a password link"),
    "signed-in": mark("Signed in"),
    "signed-out": mark("Signed out"),
    "session-ended": mark("Ended sessions"),
    "token-created": mark("Made a token"),
    "token-revoked": mark("Revoked a token"),
    "access-requested": mark("Asked for access"),
    "access-granted": mark("Granted what was asked for"),
    "access-declined": mark("Declined what was asked for"),
    "seeing-started": mark("Saw the site as somebody else"),
    "seeing-stopped": mark("Stopped seeing the site as somebody else"),
    "entry-linked": mark("Linked a directory entry"),
    "member-added": mark("Added a member"),
    "member-removed": mark("Took a member out"),
    "commented": mark("Commented"),
    "comment-edited": mark("Changed a comment"),
    "comment-removed": mark("Removed a comment"),
    "comment-resolved": mark("Resolved comments"),
    "comment-reopened": mark("Opened comments again"),
    "cancel-job": mark("Cancelled a job"),
    "retry-job": mark("Tried a job again"),
    "appearance-changed": mark("Changed the appearance"),
    "mode-changed": mark("Closed or opened the site"),
}
LONGEST_SHOWN = 80


def action_words(action: str) -> str:
    """What was done."""
    return _(ACTIONS[action]) if action in ACTIONS else action.replace("-", " ").capitalize()


def brief(value: Any) -> str:
    """A value in short, as far as it helps to recognise it."""
    if value is None or value in ("", []):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        text = ", ".join(" ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def names_of(db: Session, rows: Iterable[Any]) -> dict[str, str]:
    """What to call everybody and every group that the rows speak of, in one query."""
    spoken_of = {row.actor for row in rows} | {row.subject for row in rows if row.subject}
    return {**principal_titles(db, spoken_of - {SELECTION}), SELECTION: _("Several things at once")}
