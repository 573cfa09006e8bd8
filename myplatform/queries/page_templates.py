"""Pages that are offered as templates for new ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..content.page import Page
from ..errors import Missing
from ..identity import Identity
from ..models.node import NODES, is_live
from .nodes import NodeRow
from .visibility import may

PAGES = Page.table
MOST = 50
EXCERPT = 300
"""Characters of a template's text that are read to show what it is about."""

TemplateRow = Row[Any]
"""A template: id, path, title, ancestry and the beginning of its body."""


def page_templates(db: Session, asker: Identity, place: NodeRow) -> list[TemplateRow]:
    """The templates that the asker may see, those nearest to `place` first, then by title; one statement."""
    beginning = func.substr(func.coalesce(PAGES.c.body, ""), 1, EXCERPT).label("beginning")
    statement = (
        select(NODES.c.id, NODES.c.path, NODES.c.title, NODES.c.ancestry, beginning)
        .select_from(NODES)
        .join(PAGES, PAGES.c.node_id == NODES.c.id)
        .where(PAGES.c.is_template, is_live(), may(asker))
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(MOST * 4)
    )
    here = f"{place.ancestry}{place.id}/"
    return sorted(db.execute(statement), key=lambda row: -_shared(here, row.ancestry))[:MOST]


def template_by_id(db: Session, asker: Identity, template_id: int) -> Row[Any]:
    """A template's title and whole body. Raises `Missing`."""
    statement = select(NODES.c.id, NODES.c.title, PAGES.c.body, PAGES.c.keywords)
    statement = statement.join(PAGES, PAGES.c.node_id == NODES.c.id)
    row = db.execute(statement.where(NODES.c.id == template_id, PAGES.c.is_template, is_live(), may(asker))).first()
    if row is None:
        raise Missing
    return row


def _shared(here: str, ancestry: str) -> int:
    """How many places lie above both: the more, the nearer."""
    steps = zip(here.split("/"), ancestry.split("/"), strict=False)
    return next((number for number, (one, other) in enumerate(steps) if one != other), len(ancestry.split("/")))
