"""Drafts: what people have typed and not saved yet, kept for them alone.

They are no content: nobody else ever sees one, so none is recorded as a change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Executable, bindparam, delete
from sqlalchemy.orm import Session

from ..errors import Invalid, Missing, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import Draft, utc_now
from ..permissions import Permission
from .inserting import insert_on

DRAFTS = Draft.__table__
LARGEST = 2 << 20
"""Characters that a draft has at most, all its texts together."""
LONGEST_TITLE = 200


def keep_draft(
    db: Session,
    *,
    by: Identity,
    place_id: int,
    kind: str,
    version: int,
    title: str,
    values: Mapping[str, list[str]],
) -> dt.datetime:
    """Keep what a form holds in place of what was kept of it before, in one statement; returns when.

    `place_id` is the node that is edited and `kind` empty, or the node that a new one of `kind` is made in.
    `version` is the version that the edit began from, 0 for a new node. Raises `Invalid` for too much text.
    """
    if by.user_id is None:
        raise NotAllowed(_("Drafts are kept for those who have signed in."), Permission.SIGNED_IN)
    if sum(len(text) for texts in values.values() for text in texts) > LARGEST:
        raise Invalid.one("", _("This is too long to be kept as a draft."))
    now = utc_now()
    given = {"user_id": by.user_id, "place_id": place_id, "kind": kind, "created_at": now, "saved_at": now}
    given |= {"version": version, "title": title[:LONGEST_TITLE], "values": dict(values)}
    db.execute(_upsert(db.get_bind().dialect.name), given)
    return now


def drop_draft(db: Session, draft_id: int, *, by: Identity) -> tuple[int, str]:
    """Throw away a draft of one's own; returns its place and kind. Raises `Missing` and `NotAllowed`."""
    if not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))
    mine = delete(DRAFTS).where(DRAFTS.c.id == draft_id, DRAFTS.c.user_id == by.user_id)
    row = db.execute(mine.returning(DRAFTS.c.place_id, DRAFTS.c.kind)).one_or_none()
    if row is None:
        raise Missing
    return row.place_id, row.kind


def forget_draft(db: Session, *, by: Identity, place_id: int, kind: str = "") -> None:
    """Throw away what was kept of a form that is saved now, if anything was."""
    if by.user_id is not None:
        db.execute(_FORGET, {"of_user": by.user_id, "of_place": place_id, "of_kind": kind})


def remove_old_drafts(db: Session, *, before: dt.datetime) -> int:
    """Remove the drafts that nobody has touched since `before`; returns how many."""
    return db.execute(delete(DRAFTS).where(DRAFTS.c.saved_at < before)).rowcount


_FORGET = delete(DRAFTS).where(
    DRAFTS.c.user_id == bindparam("of_user"),
    DRAFTS.c.place_id == bindparam("of_place"),
    DRAFTS.c.kind == bindparam("of_kind"),
)


@cache
def _upsert(dialect: str) -> Executable:
    insert_draft = insert_on(dialect, DRAFTS)
    kept = {name: insert_draft.excluded[name] for name in ("version", "title", "values", "saved_at")}
    return insert_draft.on_conflict_do_update(index_elements=["user_id", "place_id", "kind"], set_=kept)
