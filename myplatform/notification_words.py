"""What a notification says in one sentence, on pages and in mail alike."""

from __future__ import annotations

from typing import Any

from .languages import gettext as _
from .languages import mark, ngettext
from .models.notifications import ANSWER, CHANGE, COMMENT, MENTION, REQUEST, REVIEW

SENTENCES = {
    MENTION: mark("%(name)s named you in a comment"),
    COMMENT: mark("%(name)s commented"),
    REQUEST: mark("%(name)s asks for access"),
    REVIEW: mark("This page is due to be read again"),
    (ANSWER, "access-granted"): mark("%(name)s gave you the access you asked for"),
    (ANSWER, "access-declined"): mark("%(name)s declined the access you asked for"),
    CHANGE: mark("%(name)s changed this"),
    (CHANGE, "created"): mark("%(name)s made this"),
    (CHANGE, "reverted"): mark("%(name)s went back to an earlier version of this"),
    (CHANGE, "moved"): mark("%(name)s moved this"),
    (CHANGE, "trashed"): mark("%(name)s moved this to the trash"),
    (CHANGE, "restored"): mark("%(name)s restored this"),
}


def sentence(row: Any) -> str:
    """Who did what; where that was, or what was said, stands beside it where it may be seen."""
    if row.times > 1 and row.reason == COMMENT:
        return ngettext("%(n)s new comment", "%(n)s new comments", row.times)
    if row.times > 1 and row.reason == CHANGE:
        return ngettext("%(n)s change", "%(n)s changes", row.times)
    words = SENTENCES.get((row.reason, row.action)) or SENTENCES[row.reason]
    return _(words, name=row.actor_name or row.actor)
