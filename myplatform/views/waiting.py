"""What waits for somebody: who named them, who asks for access, which pages are due to be read again, their drafts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from ..languages import gettext as _
from ..languages import reader
from ..models import utc_now
from ..permissions import Permission
from ..queries.comments import mentions_waiting
from ..queries.drafts import drafts_of
from ..queries.requests import requests_waiting
from ..queries.reviews import reviews_due
from .comments import comment_url
from .drafts import LIST as DRAFTS
from .drafts import form_url
from .frame import kind_icon
from .wording import full_date

OF_EACH = 5


@dataclass(frozen=True)
class Waiting:
    """A line: what it is about, what is to be done, where, and where to post that it is done, if that can be said."""

    icon: str
    title: str
    words: str
    url: str
    done: str | None = None


def waiting_lines(request: Request) -> list[Waiting]:
    """All that waits for the asker. Three statements."""
    if not request.identity.is_oneself:
        return []
    return [*_mentions(request), *_requests(request), *_reviews(request)]


def _mentions(request: Request) -> list[Waiting]:
    return [
        Waiting(
            "message",
            each.node_title,
            _("%(name)s named you in a comment", name=each.author_name or each.author),
            comment_url(request, each.node_path, each.node_kind, each.id),
            request.node_url(f"/-/mentions/{each.id}/seen"),
        )
        for each in mentions_waiting(request.db, request.identity, limit=OF_EACH)
    ]


def _requests(request: Request) -> list[Waiting]:
    asked = {
        Permission.VIEW: _("%(name)s asks to see it"),
        Permission.EDIT: _("%(name)s asks to change it"),
    }
    return [
        Waiting(
            "key",
            each.node_title,
            asked.get(each.permission, _("%(name)s asks for more")) % {"name": each.display_name},
            request.node_url("/-/requests"),
        )
        for each in requests_waiting(request.db, request.identity, OF_EACH)
    ]


def _reviews(request: Request) -> list[Waiting]:
    today = utc_now().astimezone(reader().time_zone).date()
    return [
        Waiting("date", each.title, _due(each.review_by, today), request.node_url(each.path))
        for each in reviews_due(request.db, request.identity, OF_EACH)
    ]


def _due(day: dt.date, today: dt.date) -> str:
    if day <= today:
        return _("To be reviewed since %(day)s", day=full_date(day))
    return _("To be reviewed by %(day)s", day=full_date(day))


def draft_lines(request: Request, limit: int) -> list[dict[str, Any]]:
    """The asker's latest drafts, with where each is written on. One statement."""
    if not request.identity.is_oneself:
        return []
    return [
        {
            "icon": kind_icon(row.kind or row.place_kind or "page"),
            "title": row.title or _("Without a title"),
            "url": form_url(request, row.place_path, row.kind) if row.may_continue else request.node_url(DRAFTS),
            "at": row.saved_at,
        }
        for row in drafts_of(request.db, request.identity, limit)
    ]
