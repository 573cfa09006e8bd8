"""What stands around a page: what is kept below it, its neighbours in the place's order, and what links to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, cast, literal, null, select, tuple_, union_all
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from ..content.file import File
from ..identity import Identity
from ..models import Redirect, Reference
from ..models.node import NODES
from .navigation import BELOW_LIMIT, place_kinds
from .nodes import NodeRow
from .prepared import Prepared, among
from .references import permalink
from .visibility import may_view_prepared, viewer_values

FILES = File.table
REFERENCES = Reference.__table__
REDIRECTS = Redirect.__table__
COLUMNS = ("id", "kind", "path", "title", "modified_at", "position", "sort_title")
LINKS_LIMIT = 10
"""Links to a page that stand beside it; all of them have a page of their own."""
ALL_LINKS_LIMIT = 1000

Thing = Row[Any]
"""COLUMNS of a node; files have media_type, size and width."""


@dataclass
class Surroundings:
    """What stands around a page, each list in its order. `has_more_links` where there are more than listed."""

    below: list[Thing] = field(default_factory=list)
    files: list[Thing] = field(default_factory=list)
    previous: Thing | None = None
    next: Thing | None = None
    links: list[Thing] = field(default_factory=list)
    has_more_links: bool = False


def surroundings(db: Session, asker: Identity, lineage: Sequence[NodeRow]) -> Surroundings:
    """All of it for the last node of the lineage, in one statement, as far as the asker may see it."""
    node = lineage[-1]
    values = {
        **_link_values(asker, lineage),
        "place": node.parent_id or 0,
        "position": node.position,
        "sort_title": node.sort_title,
    }
    found: dict[str, list[Thing]] = {"below": [], "previous": [], "next": [], "links": []}
    for row in _around(tuple(place_kinds()), asker.seen_as is None).run(db, values):
        found[row.part].append(row)
    links = found["links"]
    return Surroundings(
        below=[row for row in found["below"] if row.kind != File.name],
        files=[row for row in found["below"] if row.kind == File.name],
        previous=next(iter(found["previous"]), None),
        next=next(iter(found["next"]), None),
        links=links[:LINKS_LIMIT],
        has_more_links=len(links) > LINKS_LIMIT,
    )


def links_to(db: Session, asker: Identity, lineage: Sequence[NodeRow]) -> list[Thing]:
    """What links to the last node of the lineage, by title, as far as the asker may see it; at most 1,000."""
    return _LINKS.run(db, _link_values(asker, lineage))


def _link_values(asker: Identity, lineage: Sequence[NodeRow]) -> dict[str, Any]:
    node = lineage[-1]
    return {
        **viewer_values(asker),
        "node": node.id,
        "path": node.path,
        "permalink": permalink(node.id),
        "lineage": [each.id for each in lineage],
    }


def _columns(part: str, *, with_order: bool = True) -> list[ColumnElement[Any]]:
    order = (NODES.c.position if with_order else literal(0)).label("position")
    named = [order if name == "position" else NODES.c[name] for name in COLUMNS]
    return [literal(part).label("part"), *named]


def _below(may_view: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_columns("below"), FILES.c.media_type, FILES.c.size, FILES.c.width)
        .join_from(NODES, FILES, FILES.c.node_id == NODES.c.id, isouter=True)
        .where(NODES.c.parent_id == bindparam("node", type_=NODES.c.id.type), NODES.c.trash_id.is_(None))
        .where(may_view)
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(BELOW_LIMIT)
    )


def _neighbour(may_view: ColumnElement[bool], part: str, kinds: tuple[str, ...]) -> Select[Any]:
    order = [NODES.c.position, NODES.c.sort_title, NODES.c.id]
    names = ("position", "sort_title", "node")
    place = tuple_(*(bindparam(name, type_=column.type) for name, column in zip(names, order, strict=True)))
    behind = tuple_(*order) > place if part == "next" else tuple_(*order) < place
    return (
        select(*_columns(part), *_no_file())
        .where(NODES.c.parent_id == bindparam("place", type_=NODES.c.id.type), NODES.c.trash_id.is_(None))
        .where(NODES.c.kind.in_([literal(kind) for kind in kinds]), may_view, behind)
        .order_by(*(order if part == "next" else [column.desc() for column in order]))
        .limit(1)
    )


def _links(dialect: str, may_view: ColumnElement[bool], limit: int) -> Select[Any]:
    sources = select(REFERENCES.c.source_id).where(REFERENCES.c.target.in_(_addresses(dialect)))
    return (
        select(*_columns("links", with_order=False), *_no_file())
        .where(NODES.c.id.in_(sources), NODES.c.id != bindparam("node", type_=NODES.c.id.type))
        .where(NODES.c.trash_id.is_(None), may_view)
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )


def _addresses(dialect: str) -> Any:
    """All addresses that lead to the node: its path, its permanent link, and what it and those above it had before."""
    path = bindparam("path", type_=NODES.c.path.type)
    above, there = NODES.alias("above"), NODES.alias("there")
    old = REDIRECTS.c.path + sql.substr(path, sql.length(above.c.path) + 1)
    taken = select(there.c.id).where(there.c.path == old, there.c.trash_id.is_(None)).exists()
    before = (
        select(old)
        .join_from(REDIRECTS, above, above.c.id == REDIRECTS.c.node_id)
        .where(among(above.c.id, "lineage", dialect), ~taken)
    )
    return union_all(select(path), select(bindparam("permalink", type_=NODES.c.path.type)), before)


def _no_file() -> list[ColumnElement[Any]]:
    return [cast(null(), FILES.c[name].type).label(name) for name in ("media_type", "size", "width")]


@cache
def _around(kinds: tuple[str, ...], as_oneself: bool) -> Prepared:
    """The statement for places of these kinds, and for those who see the site with their own eyes or for all."""

    def build(dialect: str) -> Select[Any]:
        may_view = may_view_prepared(dialect, as_oneself=as_oneself, row_by_row=True)
        neighbours = [_neighbour(may_view, part, kinds) for part in ("previous", "next")]
        parts = [_below(may_view), *neighbours, _links(dialect, may_view, LINKS_LIMIT + 1)]
        rows = union_all(*(select(part.subquery()) for part in parts)).subquery()
        return select(rows).order_by(rows.c.position, rows.c.sort_title, rows.c.id)

    return Prepared(build)


_LINKS = Prepared(lambda dialect: _links(dialect, may_view_prepared(dialect), ALL_LINKS_LIMIT))
