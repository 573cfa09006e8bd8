"""What somebody should hear of: the page behind the bell, what they choose to hear, the end of mail by one click."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ..actions.notifications import choose_mail, knows_stop_secret, read_notifications, set_level, stop_mail
from ..languages import gettext as _
from ..models.notifications import ALL, AT_ONCE, DAILY, MENTIONS, NEVER, NONE
from ..notification_words import sentence
from ..permissions import Permission
from ..queries.notifications import MOST_COUNTED, PAGE, choice_of, level_at, notifications_of, unread_count
from ..resources import NodeResource, id_in_url, is_number
from .comments import comment_url
from .frame import breadcrumbs
from .inputs import text_of

URL = "/-/notifications"
ICONS = {"mention": "message", "comment": "message", "change": "edit", "request": "key", "answer": "key"}


def bell(request: Request) -> dict[str, Any] | None:
    """What the bell shows: how many are unread; None where somebody sees the site as another."""
    if not request.identity.is_oneself or request.identity.user_id is None:
        return None
    count = unread_count(request.db, request.identity) if request.credential.has_unread else 0
    shown = f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)
    return {"count": count, "shown": shown}


@view_config(
    route_name="notifications", request_method="GET", permission=Permission.SIGNED_IN, renderer="notifications.jinja2"
)
def show(request: Request) -> dict[str, Any]:
    """The newest first."""
    before = request.GET.get("before", "")
    rows = notifications_of(
        request.db, request.identity, limit=PAGE + 1, before=int(before) if is_number(before) else None
    )
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return {
        "lines": [{"row": row, "icon": ICONS.get(row.reason, "date"), "words": sentence(row)} for row in rows[:PAGE]],
        "more": request.node_url(URL, before=more) if more else None,
        "breadcrumbs": breadcrumbs(request, _("Notifications")),
    }


@view_config(
    route_name="notifications_bell", request_method="GET", permission=Permission.SIGNED_IN, renderer="bell.jinja2"
)
def bell_alone(_request: Request) -> dict[str, Any]:
    """The bell, for a page that is open already."""
    return {}


@view_config(route_name="notifications", request_method="POST", permission=Permission.SIGNED_IN)
def read_all(request: Request) -> Response:
    """All are read."""
    read_notifications(request.db, by=request.identity)
    return HTTPSeeOther(request.node_url(URL))


@view_config(route_name="notification", request_method="POST", permission=Permission.SIGNED_IN)
def read_one(request: Request) -> Response:
    """Read one and go where it leads; with `unread` it waits again."""
    notification_id, by = id_in_url(request), request.identity
    if text_of(request, "unread"):
        read_notifications(request.db, by=by, ids=[notification_id], read=False)
        return HTTPSeeOther(request.node_url(URL))
    read_notifications(request.db, by=by, ids=[notification_id])
    return HTTPSeeOther(place_of(request, notification_id))


def place_of(request: Request, notification_id: int) -> str:
    """Where a notification leads, as far as that may still be seen."""
    rows = notifications_of(request.db, request.identity, limit=1, before=notification_id + 1)
    if not rows or rows[0].id != notification_id:
        return request.node_url(URL)
    row = rows[0]
    if row.reason in ("request", "answer"):
        return request.node_url("/-/requests")
    if row.comment_id is not None:
        return comment_url(request, row.node_path, row.node_kind, row.comment_id)
    return request.node_url(row.node_path)


@view_config(
    context=NodeResource,
    name="@notifications",
    request_method="GET",
    permission=Permission.VIEW,
    renderer="notification_level.jinja2",
)
def show_level(request: Request) -> dict[str, Any]:
    """What the asker hears of this place."""
    return {
        "node": request.context.node,
        "level": level_at(request.db, request.context.node.id, by=request.identity),
        "levels": [
            (ALL, _("Everything"), _("Changes and comments, here and in everything below.")),
            ("", _("What concerns me"), _("Where somebody names you, and comments where you wrote something.")),
            (MENTIONS, _("Only my name"), _("Where somebody names you.")),
            (NONE, _("Nothing"), _("Not even where somebody names you.")),
        ],
        "breadcrumbs": breadcrumbs(request, _("Notifications")),
    }


@view_config(context=NodeResource, name="@notifications", request_method="POST", permission=Permission.VIEW)
def choose_level(request: Request) -> Response:
    """Keep the choice."""
    set_level(request.db, request.context.node, text_of(request, "level"), by=request.identity)
    return HTTPSeeOther(request.node_url(request.context.node.path))


@view_config(
    route_name="account_notifications",
    request_method="GET",
    permission=Permission.SIGNED_IN,
    renderer="account_notifications.jinja2",
)
def show_choices(request: Request) -> dict[str, Any]:
    """When mail comes."""
    usual = request.registry["settings"]["notifications.mail"]
    words = {AT_ONCE: _("At once"), DAILY: _("Once a day, in one mail"), NEVER: _("Never")}
    return {
        "chosen": choice_of(request.db, request.identity.user_id) or "",
        "choices": [("", _("As the site says: %(choice)s", choice=words[usual])), *words.items()],
        "toast": {"message": _("Saved"), "undo": None} if request.GET.get("done") else None,
        "breadcrumbs": breadcrumbs(request, _("Your account"), _("Notifications")),
    }


@view_config(route_name="account_notifications", request_method="POST", permission=Permission.SIGNED_IN)
def choose(request: Request) -> Response:
    """Keep when mail comes."""
    choose_mail(request.db, text_of(request, "mail"), by=request.identity)
    return HTTPSeeOther(request.node_url("/-/account/notifications", done="yes"))


@view_config(
    route_name="stop_mail", request_method="GET", permission=NO_PERMISSION_REQUIRED, renderer="stop_mail.jinja2"
)
def ask_to_stop(request: Request) -> dict[str, Any]:
    """A button: programs that look at links before people do must not end anything."""
    secret = request.matchdict["secret"]
    if not knows_stop_secret(request.db, secret):
        raise HTTPNotFound
    return {"secret": secret, "is_over": False, "breadcrumbs": breadcrumbs(request, _("Notifications"))}


@view_config(
    route_name="stop_mail",
    request_method="POST",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
    renderer="stop_mail.jinja2",
)
def end_mail(request: Request) -> dict[str, Any]:
    """No more mail: pressed by a person, or by a mail program for one."""
    if not stop_mail(request.db, request.matchdict["secret"]):
        raise HTTPNotFound
    return {"secret": "", "is_over": True, "breadcrumbs": breadcrumbs(request, _("Notifications"))}


def includeme(config: Configurator) -> None:
    """The routes of this module, and the bell of every page."""
    config.add_request_method(bell, "bell", reify=True)
    config.add_route("notifications", URL)
    config.add_route("notifications_bell", f"{URL}/bell")
    config.add_route("notification", f"{URL}/{{id}}")
    config.add_route("account_notifications", "/-/account/notifications")
    config.add_route("stop_mail", "/-/stop-mail/{secret}")
    config.scan(__name__)
