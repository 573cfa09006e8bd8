"""What lies in the trash, as far as the asker could see it where it stood."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..fields import DateTime, Text
from ..identity import Identity
from ..models import Node, descendants_of
from ..permissions import Permission
from .accounts import has_words
from .children import NODE_LIST_COLUMNS
from .listing import Collection, Column, Listing, Page
from .nodes import NODE_COLUMNS, NodeRow
from .paging import page_of
from .visibility import may

NODES = Node.__table__
TRASH = Collection(
    {
        **NODE_LIST_COLUMNS,
        "trashed": Column.named("trashed", NODES.c.trashed_at, DateTime("Put there")),
        "trashed_by": Column.named("trashed_by", NODES.c.trashed_by, Text("Put there by")),
    },
    (("trashed", True),),
    NODE_LIST_COLUMNS["id"],
)


@dataclass(frozen=True)
class Trashed:
    """A node that was put into the trash by itself, and what the asker may do with it."""

    node: NodeRow
    can_restore: bool
    can_purge: bool


def trashed_nodes(
    db: Session, asker: Identity, *, limit: int = 50, cursor: str | None = None, listing: Listing | None = None
) -> Page:
    """What was put into the trash, the latest first, as `Trashed`; what went along with it is not listed.

    `listing` asks by the list grammar instead of `limit` and `cursor` alone.
    """
    statement = select(
        *NODE_COLUMNS,
        may(asker, Permission.TRASH).label("can_restore"),
        may(asker, Permission.PURGE).label("can_purge"),
    ).where(NODES.c.trash_id == NODES.c.id, may(asker))
    if listing is not None and listing.words:
        statement = statement.where(has_words(listing.words, NODES.c.title))
    page = page_of(db, statement, TRASH, listing or Listing(limit=limit, cursor=cursor))
    rows = [Trashed(row, bool(row.can_restore), bool(row.can_purge)) for row in page.rows]
    return Page(rows, page.next_cursor, page.total)


def trashed_below(db: Session, node: NodeRow) -> int:
    """How many nodes went into the trash with this one or lie below it there."""
    below = descendants_of(node.ancestry, node.id)
    return db.execute(select(func.count()).select_from(NODES).where(below)).scalar_one()
