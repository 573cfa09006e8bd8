"""The places shown beside every page: the levels of the tree along the way to where the asker is, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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

PlaceRow = Row[tuple[int, int, str, str, str, int, str, bool]]


def is_place(kind_name: str) -> bool:
    """Whether nodes of that kind stand in the tree: not files, and not what lives in a directory of its own."""
    return kind_name in place_kinds()


def place_kinds() -> list[str]:
    """The names of the kinds that stand in the tree."""
    return [kind.name for kind in all_kinds() if kind.placed_anywhere and not kind.is_upload]


def places_inside(db: Session, asker: Identity, parent_ids: Iterable[int]) -> list[PlaceRow]:
    """The first places inside each of the parents that the asker may see, in order, in one statement.

    `has_children` says whether there is anything to open below a place.
    """
    levels = [_level(asker, parent_id).subquery() for parent_id in parent_ids]
    if not levels:
        return []
    rows = union_all(*(select(level) for level in levels)).subquery()
    order = (rows.c.parent_id, rows.c.position, rows.c.sort_title, rows.c.id)
    return list(db.execute(select(rows).order_by(*order)).all())


def navigation_rows(db: Session, asker: Identity, open_ids: Sequence[int]) -> list[PlaceRow]:
    """The places inside each open node, and the first directory of people wherever it stands, in one statement."""
    levels = [select(_level(asker, parent_id).subquery()) for parent_id in open_ids]
    people = (
        _places(NODES, has_children=False)
        .where(NODES.c.kind == PEOPLE, NODES.c.trash_id.is_(None), may(asker, nodes=NODES.c))
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(1)
    )
    rows = union_all(*levels, select(people.subquery())).subquery()
    return list(db.execute(select(rows)).all())


def _level(asker: Identity, parent_id: int) -> Select:
    kinds = place_kinds()
    children = NODES.alias("children")
    below = (
        select(children.c.id)
        .where(children.c.parent_id == NODES.c.id, children.c.kind.in_(kinds))
        .where(children.c.trash_id.is_(None), may(asker, nodes=children.c))
        .exists()
    )
    return (
        select(*(NODES.c[name] for name in COLUMNS), below.label("has_children"))
        .where(NODES.c.parent_id == parent_id, NODES.c.kind.in_(kinds))
        .where(NODES.c.trash_id.is_(None), may(asker, nodes=NODES.c))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(LEVEL_LIMIT)
    )


def _places(nodes, *, has_children: bool) -> Select:
    return select(*(nodes.c[name] for name in COLUMNS), literal(has_children).label("has_children"))
