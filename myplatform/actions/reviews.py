"""Saying that a page is still correct."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from ..errors import Conflict, Invalid, Missing, NotAllowed
from ..identity import Identity
from ..kinds import kind_of
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import Entry, NodeRow, entry_of
from .recording import record
from .rows import write_fields, write_node


def confirm_page(
    db: Session,
    node: NodeRow,
    *,
    by: Identity,
    today: dt.date,
    review_by: dt.date | None,
    expected_version: int | None = None,
) -> Entry:
    """Record that `by` finds the page correct as of `today`, and when it is to be read again; a new version.

    Who changed it last and when stay as they are, as nobody changed what it says. Those who may edit it and the
    account of its owner may do this. Raises `Missing` for what is no page, `NotAllowed`, `Invalid` for a day that
    is not to come, and `Conflict` with the current version when an edit came between.
    """
    kind = kind_of(node.kind)
    if "confirmed_on" not in kind.fields:
        raise Missing
    entry = entry_of(db, node)
    is_owner = by.entry_id is not None and by.entry_id == entry.values["owner"]
    if not (is_owner and by.scope_allows(Permission.EDIT)) and Permission.EDIT not in permissions_on(db, by, node):
        raise NotAllowed(_("Only those who may edit this page, and its owner, can confirm it."), Permission.EDIT)
    if expected_version is not None and expected_version != node.version:
        raise Conflict(_("This was changed by somebody else in the meantime."), current=node.version)
    if review_by is not None and review_by <= today:
        raise Invalid.one("review_by", _("must be a day to come"))
    after = {"review_by": review_by, "confirmed_on": today, "confirmed_by": by.name}
    changed = {name: (entry.values[name], value) for name, value in after.items() if entry.values[name] != value}
    written = write_node(db, node, by=by, modified_at=node.modified_at, modified_by=node.modified_by)
    write_fields(db, kind, node.id, after)
    record(db, by=by, action="confirmed", node=written, values=changed)
    return Entry(written, {**entry.values, **after})
