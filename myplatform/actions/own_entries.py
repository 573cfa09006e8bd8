"""The entry of a people directory that an account is: linked by administrators, looked after by its person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ..content.people import Employee
from ..errors import Conflict, Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import OwnEntry, User
from ..models.node import NODES
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import Entry, NodeRow
from ..queries.own_entries import user_of_entry
from .account_checks import may_administer
from .content import edit_node
from .recording import record
from .users import subject_of


def link_entry(db: Session, user: User, entry: NodeRow | None, *, by: Identity) -> None:
    """Say which entry a user is, None for no entry. Only administrators do, as it lets the user change the entry.

    Raises `NotAllowed`, `Invalid` for what is no person, and `Conflict` where the entry is another user's.
    """
    if not may_administer(by):
        raise NotAllowed(_("Only administrators say whose account an entry is."), Permission.ADMINISTER)
    if entry is not None and entry.kind != Employee.name:
        raise Invalid.one(
            "entry",
            _("must name a person in a directory, but %(path)s is a %(kind)s", path=entry.path, kind=entry.kind),
        )
    taken = user_of_entry(db, entry.id) if entry is not None else None
    if taken is not None and taken.id != user.id:
        raise Conflict(
            _(
                "%(title)s is the account %(name)s already. Take that link off first.",
                title=entry.title,
                name=taken.name,
            ),
            field="entry",
        )
    before = _path_of(db, user)
    after = entry.path if entry is not None else None
    if before == after and (taken is not None) == (entry is not None):
        return
    db.execute(delete(OwnEntry).where(OwnEntry.user_id == user.id))
    if entry is not None:
        db.execute(insert(OwnEntry).values(user_id=user.id, employee_id=entry.id))
    record(db, by=by, action="entry-linked", subject=subject_of(user), values={"entry": (before, after)})


def may_change(db: Session, node: NodeRow, own_fields: Collection[str], *, by: Identity) -> frozenset[str]:
    """The fields of a person that `by` may change: all with the permission to edit, the site's choice on oneself."""
    held = permissions_on(db, by, node)
    if Permission.EDIT in held:
        return frozenset(field.name for field in Employee.written_fields())
    return frozenset(own_fields) if Permission.EDIT_OWN in held else frozenset()


def edit_own_entry(
    db: Session,
    node: NodeRow,
    values: Mapping[str, Any],
    *,
    by: Identity,
    own_fields: Collection[str],
    expected_version: int | None,
) -> Entry:
    """Change fields of a person as the person themselves may. Raises `NotAllowed`, `Conflict` and `Invalid`."""
    allowed = may_change(db, node, own_fields, by=by)
    if not allowed:
        raise NotAllowed(_("This is not your own entry."), Permission.EDIT_OWN)
    if refused := sorted(set(values) - allowed):
        raise NotAllowed(
            _("On your own entry you cannot change %(refused)s.", refused=", ".join(refused)), Permission.EDIT
        )
    return edit_node(db, node, values, by=by, expected_version=expected_version)


def _path_of(db: Session, user: User) -> str | None:
    """The path of the entry that the user is, in the trash or not."""
    found = select(NODES.c.path).join(OwnEntry, OwnEntry.employee_id == NODES.c.id).where(OwnEntry.user_id == user.id)
    return db.execute(found).scalar_one_or_none()
