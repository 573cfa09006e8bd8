"""How much there is, for whoever watches the site."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..metrics import Figure
from ..models import BrowserSession, Node


def figures(db: Session) -> Iterable[Figure]:
    """Live nodes by kind, and sessions. Two statements."""
    nodes = Node.__table__
    counted = select(nodes.c.kind, func.count()).where(nodes.c.trashed_at.is_(None)).group_by(nodes.c.kind)
    rows = db.execute(counted).all()
    yield Figure("nodes", "Things in the tree, without the trash", [({"kind": kind}, count) for kind, count in rows])
    sessions = db.scalar(select(func.count()).select_from(BrowserSession))
    yield Figure("sessions", "Sessions of browsers that were not ended", [({}, sessions or 0)])
