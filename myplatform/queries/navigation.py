"""The places shown beside every page: the levels of the tree along the way to where the asker is, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, literal, select, union_all
from sqlalchemy.orm import Session

from ..identity import Identity
from ..kinds import all_kinds
from ..models import Node
from .visibility import may

NODES = Node.__table__
LEVEL_LIMIT = 100
"""Places shown of one level; a folder's own page lists all of them."""
PEOPLE = "people"
COLUMNS = ("id", "parent_id", "kind", "path", "title", "position", "sort_title")

PlaceRow = Row[Any]
"""A place: its COLUMNS, and `has_children`, whether there is anything to open below it."""


def place_kinds() -> list[str]:
    """The names of the kinds that stand in the tree: not files, and not what lives in a directory of its own."""
    return [kind.name for kind in all_kinds() if kind.placed_anywhere and not kind.is_upload]


def root_id() -> Any:
    """The id of the root, as part of a statement."""
    return select(NODES.c.id).where(NODES.c.path == "/", NODES.c.trash_id.is_(None)).scalar_subquery()


def places_inside(db: Session, asker: Identity, parent_id: int) -> list[PlaceRow]:
    """The first places inside the parent that the asker may see, in order."""
    return list(db.execute(_level(asker, parent_id)).all())


def navigation_rows(db: Session, asker: Identity, open_ids: Sequence[int]) -> tuple[list[PlaceRow], str | None]:
    """The places inside the root and inside each open node below it, and the path of the first people directory.

    One statement; the places are in order within their parent.
    """
    levels = [_level(asker, parent) for parent in (root_id(), *open_ids)]
    parts = [select(level.subquery(), literal(False).label("is_directory")) for level in levels]
    parts.append(select(_first_directory(asker).subquery(), literal(True).label("is_directory")))
    rows = union_all(*parts).subquery()
    order = (rows.c.position, rows.c.sort_title, rows.c.id)
    found = db.execute(select(rows).order_by(*order)).all()
    directory = next((row.path for row in found if row.is_directory), None)
    return [row for row in found if not row.is_directory], directory


def _level(asker: Identity, parent_id: Any) -> Select:
    kinds = place_kinds()
    children = NODES.alias("children")
    below = (
        select(children.c.id)
        .where(children.c.parent_id == NODES.c.id, children.c.kind.in_(kinds), children.c.trash_id.is_(None))
        .where(may(asker, nodes=children.c))
        .exists()
    )
    return (
        select(*(NODES.c[name] for name in COLUMNS), below.label("has_children"))
        .where(NODES.c.parent_id == parent_id, NODES.c.kind.in_(kinds), NODES.c.trash_id.is_(None))
        .where(may(asker, nodes=NODES.c))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(LEVEL_LIMIT)
    )


def _first_directory(asker: Identity) -> Select:
    return (
        select(*(NODES.c[name] for name in COLUMNS), literal(False).label("has_children"))
        .where(NODES.c.kind == PEOPLE, NODES.c.trash_id.is_(None), may(asker, nodes=NODES.c))
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(1)
    )
