"""News: the newest pages of one place, with their first words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Node, SearchDocument, is_live
from .nodes import NODE_COLUMNS
from .visibility import may

NODES = Node.__table__
FIRST_WORDS = 600
"""Characters of a text that tell what it is about."""
SENTENCE = 40
"""Characters from which on a line of plain text is rather a sentence than a heading."""


def latest_pages(db: Session, asker: Identity, place_id: int, *, limit: int) -> list[Row[Any]]:
    """Pages directly inside a place, the newest first, with `words`: how their text begins. One statement."""
    words = func.substr(SearchDocument.c.body, 1, FIRST_WORDS).label("words")
    statement = (
        select(*NODE_COLUMNS, words)
        .outerjoin(SearchDocument, SearchDocument.c.node_id == NODES.c.id)
        .where(NODES.c.parent_id == place_id, NODES.c.kind == "page", is_live(), may(asker))
        .order_by(NODES.c.created_at.desc(), NODES.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(statement))


def opening(words: str) -> str:
    """The first paragraph of plain text with a line a block: headings above it are left out."""
    lines = words.splitlines()
    return next((line for line in lines if len(line) >= SENTENCE), " ".join(lines))
