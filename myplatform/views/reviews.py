"""Reading pages again: the note on a page that is due, the stamp “Still correct”, and the list of what is due."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.reviews import confirm_page
from ..errors import Invalid
from ..languages import gettext as _
from ..languages import reader
from ..models import utc_now
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.nodes import NodeRow, visible_nodes
from ..queries.reviews import reviews_due
from ..resources import NodeResource, is_number
from .frame import breadcrumbs
from .inputs import text_of
from .toasts import see

MOST = 200


@dataclass(frozen=True)
class Review:
    """What a page says about how far it can be relied on."""

    review_by: dt.date | None
    is_due: bool
    owner: NodeRow | None
    confirmed_on: dt.date | None
    confirmed_by: str | None
    may_confirm: bool
    next_review: dt.date
    today: dt.date


def review_of(request: Request, values: Mapping[str, Any], may: frozenset[Permission]) -> Review | None:
    """The review of the context page with these values; None where nobody asked for one. At most two statements."""
    review_by, owner_id, confirmed_on = (values.get(name) for name in ("review_by", "owner", "confirmed_on"))
    if review_by is None and owner_id is None and confirmed_on is None:
        return None
    db, asker, today = request.db, request.identity, _today()
    by = values.get("confirmed_by")
    return Review(
        review_by,
        review_by is not None and review_by <= today,
        visible_nodes(db, asker, [owner_id]).get(owner_id) if owner_id is not None else None,
        confirmed_on,
        principal_titles(db, {by})[by] if by else None,
        Permission.EDIT in may or (owner_id is not None and owner_id == asker.entry_id),
        _next_review(request),
        today,
    )


@view_config(context=NodeResource, name="@confirm", request_method="POST", permission=Permission.VIEW)
def confirm(request: Request) -> Response:
    """Stamp the page as still correct and say when it is to be read again; without a day, when the setting says."""
    node = request.context.node
    version = text_of(request, "version")
    expected = int(version) if is_number(version) else None
    given = {"review_by": _asked_day(request), "expected_version": expected}
    confirm_page(request.db, node, by=request.identity, today=_today(), **given)
    return see(request, "/-/reviews" if text_of(request, "back") else node.path, changed_node=node.id)


@view_config(
    route_name="reviews", request_method="GET", permission=Permission.SIGNED_IN, renderer="reviews.jinja2"
)
def reviews(request: Request) -> dict[str, Any]:
    """Pages that are due or soon will be, those that wait for the asker first."""
    rows = reviews_due(request.db, request.identity, MOST, everybody=True, today=_today())
    mine, others = [row for row in rows if row.is_mine], [row for row in rows if not row.is_mine]
    groups = [(_("Waiting for you"), mine), (_("Waiting for others") if mine else "", others)]
    return {
        "groups": [(title, lines) for title, lines in groups if lines],
        "today": _today(),
        "breadcrumbs": breadcrumbs(request, _("Pages to review")),
    }


def _today() -> dt.date:
    return utc_now().astimezone(reader().time_zone).date()


def _next_review(request: Request) -> dt.date:
    return months_later(_today(), request.registry["settings"]["reviews.months"])


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = min(day.year + years, dt.MAXYEAR), month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _asked_day(request: Request) -> dt.date | None:
    if "review_by" not in request.POST:
        return _next_review(request)
    text = text_of(request, "review_by").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid.one("review_by", _("must be a date such as 2026-03-31")) from None


def includeme(config: Configurator) -> None:
    """The list has an address of its own; the stamp belongs to its page."""
    config.add_route("reviews", "/-/reviews")
    config.scan(__name__)


