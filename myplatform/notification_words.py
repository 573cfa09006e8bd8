"""What a notification says in one sentence, on pages and in mail alike."""

from __future__ import annotations

from typing import Any

from .languages import gettext as _
from .languages import ngettext
from .models.notifications import ANSWER, CHANGE, COMMENT, MENTION, REQUEST


def sentence(row: Any) -> str:
    """Who did what; where that was, or what was said, stands beside it where it may be seen."""
    name = row.actor_name or row.actor
    if row.reason == MENTION:
        return _("%(name)s named you in a comment", name=name)
    if row.reason == COMMENT:
        if row.times > 1:
            return ngettext("%(n)s new comment", "%(n)s new comments", row.times)
        return _("%(name)s commented", name=name)
    if row.reason == REQUEST:
        return _("%(name)s asks for access", name=name)
    if row.reason == ANSWER:
        if row.action == "access-granted":
            return _("%(name)s gave you the access you asked for", name=name)
        return _("%(name)s declined the access you asked for", name=name)
    if row.reason == CHANGE:
        if row.times > 1:
            return ngettext("%(n)s change", "%(n)s changes", row.times)
        return _changed(row.action, name)
    return _("This page is due to be read again")


def _changed(action: str, name: str) -> str:
    words = {
        "created": _("%(name)s made this"),
        "edited": _("%(name)s changed this"),
        "reverted": _("%(name)s went back to an earlier version of this"),
        "moved": _("%(name)s moved this"),
        "trashed": _("%(name)s moved this to the trash"),
        "restored": _("%(name)s restored this"),
    }
    return words.get(action, words["edited"]) % {"name": name}
