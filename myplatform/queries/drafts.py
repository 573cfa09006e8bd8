"""A person's own drafts; nobody else's can be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Draft
from ..models.node import NODES, is_live
from ..permissions import Permission
from .prepared import Prepared
from .visibility import may

DRAFTS = Draft.__table__
DraftRow = Row[Any]
"""A draft: id, place_id, kind, version, title, values, created_at, saved_at."""
DraftLine = Row[Any]
"""A draft in a list: id, place_id, kind, version, title, saved_at; place_path, place_title and place_kind of its place,
None where the asker may not see it; and whether the asker `may_continue`."""

_ONE = Prepared(
    lambda _dialect: select(*DRAFTS.c).where(
        DRAFTS.c.user_id == bindparam("user_id"),
        DRAFTS.c.place_id == bindparam("place_id"),
        DRAFTS.c.kind == bindparam("kind"),
    )
)


def draft_of(db: Session, asker: Identity, place_id: int, kind: str = "") -> DraftRow | None:
    """The asker's draft of an edit of the node or, with `kind`, of a new node in it."""
    if asker.user_id is None:
        return None
    rows = _ONE.run(db, {"user_id": asker.user_id, "place_id": place_id, "kind": kind})
    return rows[0] if rows else None


def drafts_of(db: Session, asker: Identity, limit: int) -> list[DraftLine]:
    """The asker's drafts, the latest first, in one statement, as `DraftLine`s without their texts."""
    is_seen = and_(NODES.c.id == DRAFTS.c.place_id, is_live(), may(asker))
    writable = or_(
        and_(DRAFTS.c.kind == "", may(asker, Permission.EDIT)),
        and_(DRAFTS.c.kind != "", may(asker, Permission.ADD)),
    )
    statement = (
        select(
            *(column for column in DRAFTS.c if column.name not in ("user_id", "values", "created_at")),
            NODES.c.path.label("place_path"),
            NODES.c.title.label("place_title"),
            NODES.c.kind.label("place_kind"),
            and_(NODES.c.id.is_not(None), writable).label("may_continue"),
        )
        .select_from(DRAFTS)
        .outerjoin(NODES, is_seen)
        .where(DRAFTS.c.user_id == asker.user_id)
        .order_by(DRAFTS.c.saved_at.desc(), DRAFTS.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(statement))


def draft_values(db: Session, asker: Identity, ids: Iterable[int]) -> dict[int, dict[str, list[str]]]:
    """The texts of some of the asker's drafts by their ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    mine = select(DRAFTS.c.id, DRAFTS.c["values"]).where(DRAFTS.c.user_id == asker.user_id, DRAFTS.c.id.in_(wanted))
    return {row[0]: row[1] for row in db.execute(mine)}
