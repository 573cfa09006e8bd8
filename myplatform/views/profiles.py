"""A person: how to reach them, who works with them, what they wrote; their vCard; and what they change themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.own_entries import edit_own_entry, may_change
from ..delivery import disposition
from ..errors import Conflict, Invalid
from ..kinds import kind_named, kind_of
from ..languages import gettext as _
from ..models import User, utc_now
from ..permissions import Permission
from ..queries.accounts import groups_with
from ..queries.nodes import entry_of, values_of, visible_nodes
from ..queries.own_entries import matches_of_entry, user_of_entry
from ..queries.people import managers_above, pages_written, people_around
from ..resources import NodeResource
from ..schemes import site_origin
from ..thumbnails import has_thumbnail, jpeg_of, thumbnail
from ..values import from_form
from ..vcards import MEDIA_TYPE, vcard
from .editing import UNPROCESSABLE, sent_version
from .forms import Form, form_of, sent_values
from .frame import breadcrumbs
from .nodes import below
from .showing import facts, names_of, shown
from .toasts import see

PAGES_SHOWN = 8
VCARD_PHOTO = 128
BIRTHDAY = "birthday"
PLACED = frozenset({"email", "phone", "job_title", "department", "location", "working_hours", "manager", "hire_date"})
PLACED |= {"age", "birthday", "skills", "photo", "pronouns", "absent_until", "absence_note"}
"""Fields that have their place on the profile; what a site adds comes behind them."""
PHOTO = "photo"


@dataclass(frozen=True)
class Account:
    """The account of a person: its groups, and the time where they are, if they chose a zone."""

    user: User
    groups: list[Any]
    local_time: dt.datetime | None


@view_config(
    context=NodeResource, kind="employee", request_method="GET", permission=Permission.VIEW, renderer="employee.jinja2"
)
def employee(request: Request) -> dict[str, Any]:
    """A person: how to reach them, where they work, their managers, team, account and pages."""
    page = shown(request)
    given = {fact.field.name: fact for fact in facts(request, page["kind"], page["values"])}
    if not shows_birthdays(request):
        given.pop(BIRTHDAY, None)
    manager_id = page["values"]["manager"]
    node = request.context.node
    user = user_of_entry(request.db, node.id)
    photo_id = page["values"][PHOTO]
    return {
        **page,
        "names": names_of(request),
        "facts": given,
        "managers": managers_above(request.db, request.identity, manager_id),
        "around": people_around(request.db, request.identity, node.id, manager_id),
        "account": account_of(request, user) if user is not None and request.identity.is_signed_in else None,
        "pages": pages_written(request.db, request.identity, user.name, PAGES_SHOWN) if user is not None else [],
        "below": [each for each in below(request) if each["node"].id != photo_id],
        "matches": matches_of_entry(request.db, request.identity, node.id) if offers_accounts(request, user) else [],
        "own_fields": own_fields(request),
        "known_fields": PLACED,
        "years": years_since(page["values"]["hire_date"]),
    }


def account_of(request: Request, user: User) -> Account:
    """What the profile tells of an account."""
    try:
        zone = ZoneInfo(user.time_zone) if user.time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    return Account(user, list(groups_with(request.db, user)), utc_now().astimezone(zone) if zone else None)


def offers_accounts(request: Request, user: User | None) -> bool:
    """Whether the profile may propose whose account it is: to administrators, while it is nobody's."""
    return user is None and request.identity.is_admin


def years_since(day: dt.date | None) -> int | None:
    """Whole years that have passed since a day, None for a day to come."""
    today = utc_now().date()
    if day is None or day > today:
        return None
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def shows_birthdays(request: Request) -> bool:
    """Whether this site shows birthdays."""
    return request.registry["settings"]["people.birthdays"]


def own_fields(request: Request) -> tuple[str, ...]:
    """The fields that people may change on their own entry of this site's directory."""
    chosen = request.registry["settings"]["people.own_fields"]
    return chosen if shows_birthdays(request) else tuple(name for name in chosen if name != BIRTHDAY)


@view_config(context=NodeResource, kind="employee", name="@vcard", request_method="GET", permission=Permission.VIEW)
def card(request: Request) -> Response:
    """The person for an address book."""
    node = request.context.node
    values, origin = values_of(request.db, kind_of(node.kind), node.id), site_origin(request)
    text = vcard(
        node.title,
        values,
        organisation=request.registry["settings"]["site.title"],
        url=f"{origin}{request.node_url(f'/-/id/{node.id}')}",
        uid=f"{urlsplit(origin).netloc}/{node.id}",
        photo=small_photo(request, values[PHOTO]),
    )
    response = Response(text.encode(), content_type=MEDIA_TYPE, charset="utf-8")
    response.headers["Content-Disposition"] = disposition(f"{node.title}.vcf", inline=False)
    return response


def small_photo(request: Request, photo_id: int | None) -> bytes | None:
    """A person's photo as a small JPEG; None where there is none that can be shown to the asker."""
    if photo_id is None or photo_id not in visible_nodes(request.db, request.identity, [photo_id]):
        return None
    file = values_of(request.db, kind_named("file"), photo_id)
    if not has_thumbnail(file["media_type"], file["width"]):
        return None
    stream = thumbnail(request.files, file["sha256"], "small")
    if stream is None:
        return None
    with stream:
        return jpeg_of(stream, VCARD_PHOTO)


@view_config(
    context=NodeResource,
    kind="employee",
    name="@edit-own",
    request_method="GET",
    permission=Permission.EDIT_OWN,
    renderer="edit_own.jinja2",
)
def edit_own(request: Request) -> dict[str, Any]:
    """The fields of one's own entry that this site lets people change."""
    entry = entry_of(request.db, request.context.node)
    return own_page(request, form_of(request, entry.kind, entry=entry), entry.node.version)


@view_config(
    context=NodeResource,
    kind="employee",
    name="@edit-own",
    request_method="POST",
    permission=Permission.EDIT_OWN,
    renderer="edit_own.jinja2",
)
def save_own(request: Request) -> dict[str, Any] | Response:
    """Save and show the profile; what is wrong, or what somebody else did meanwhile, is said over what was typed."""
    node, kind = request.context.node, kind_of(request.context.node.kind)
    sent, version = sent_values(request, kind), sent_version(request)
    try:
        values = from_form(kind, sent.resolved(request), partial=True)
        given = {"own_fields": own_fields(request), "expected_version": version}
        with request.db.begin_nested():
            saved = edit_own_entry(request.db, node, values, by=request.identity, **given).node
    except Invalid as error:
        request.response.status_int = UNPROCESSABLE
        return own_page(request, form_of(request, kind, sent=sent, error=error), version)
    except Conflict:
        request.response.status_int = 409
        return {**own_page(request, form_of(request, kind, sent=sent), node.version), "was_changed": True}
    return see(request, saved.path, changed_node=saved.id if saved.version != node.version else None)


def own_page(request: Request, form: Form, version: int) -> dict[str, Any]:
    """The form with the fields that its asker may change; the photo has a page of its own."""
    node = request.context.node
    allowed = may_change(request.db, node, own_fields(request), by=request.identity)
    form.inputs = [each for each in form.inputs if each.name in allowed and each.name != PHOTO]
    form.people = form.people if any(each.attrs.get("list") == "people" for each in form.inputs) else []
    trail = breadcrumbs(request, _("Your entry"))
    page = {"form": form, "node": node, "version": version, "breadcrumbs": trail, "was_changed": False}
    return {**page, "can_change_photo": PHOTO in allowed}
