"""Pages that are due to be read again, and who answers for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, and_, case, false, or_, select
from sqlalchemy.orm import Session

from ..content.page import Page
from ..identity import Identity
from ..models import utc_now
from ..models.node import NODES, is_live
from .visibility import may

PAGES = Page.table
OWNERS = NODES.alias("owners")
SOON = dt.timedelta(days=30)
"""How long before its day a page is listed."""

ReviewLine = Row[Any]
"""A page to review: id, path, title, version, review_by, confirmed_on; owner_path and owner_title, None where
the asker may not see the owner; and whether it `is_mine` to review."""


def reviews_due(
    db: Session, asker: Identity, limit: int, *, everybody: bool = False, today: dt.date | None = None
) -> list[ReviewLine]:
    """Visible pages whose day of review is past or near, the earliest first, in one statement.

    Only those that wait for the asker: owned by their entry of the directory or, without an owner, made by them. With
    `everybody` all others follow.
    """
    latest = (today or utc_now().date()) + SOON
    is_owner = PAGES.c.owner == asker.entry_id if asker.entry_id is not None else false()
    is_mine = or_(is_owner, and_(PAGES.c.owner.is_(None), NODES.c.created_by == asker.name))
    mine = case((is_mine, True), else_=False).label("is_mine")
    columns = (NODES.c.id, NODES.c.path, NODES.c.title, NODES.c.version, PAGES.c.review_by, PAGES.c.confirmed_on)
    owner = (OWNERS.c.path.label("owner_path"), OWNERS.c.title.label("owner_title"))
    statement = (
        select(*columns, *owner, mine)
        .select_from(NODES)
        .join(PAGES, PAGES.c.node_id == NODES.c.id)
        .outerjoin(OWNERS, and_(OWNERS.c.id == PAGES.c.owner, OWNERS.c.trash_id.is_(None), may(asker, nodes=OWNERS.c)))
        .where(PAGES.c.review_by <= latest, is_live(), may(asker))
    )
    if not everybody:
        statement = statement.where(is_mine)
    return list(db.execute(statement.order_by(mine.desc(), PAGES.c.review_by, NODES.c.id).limit(limit)))
