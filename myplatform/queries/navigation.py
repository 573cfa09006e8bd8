"""The places shown beside every page: the levels of the tree along the way to where the asker is, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, false, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from ..identity import Identity
from ..kinds import all_kinds, kinds_inside
from ..models.node import NODES
from ..permissions import Permission
from .children import NODE_LIST_COLUMNS
from .cursors import Order, read_cursor, write_cursor
from .prepared import Prepared
from .visibility import may_prepared, may_view_prepared, viewer_values

LEVEL_LIMIT = 50
"""Places shown of one level at a time; one more is read, to know whether there are more."""
BELOW_LIMIT = 50
"""Things listed below a page or a person."""
PEOPLE = "people"
COLUMNS = ("id", "parent_id", "kind", "path", "title", "position", "sort_title", "version")
ORDER: Order = tuple((NODE_LIST_COLUMNS[name], False) for name in ("position", "title", "id"))
"""How the places of one level follow one another."""

PlaceRow = Row[Any]
"""A place: its COLUMNS, `has_children`, whether there is anything to open below it, and `can_move`."""


def place_kinds() -> list[str]:
    """The names of the kinds that stand in the tree: not files, and not what lives in a directory of its own."""
    return [kind.name for kind in all_kinds() if kind.placed_anywhere and not kind.is_upload]


def holder_kinds() -> list[str]:
    """The names of the kinds inside which there can be places; a directory of thousands of people is none of them."""
    places = set(place_kinds())
    return [kind.name for kind in all_kinds() if any(inside.name in places for inside in kinds_inside(kind))]


def places_inside(db: Session, asker: Identity, parent_id: int, after: str | None = None) -> list[PlaceRow]:
    """The first places inside the parent that the asker may see, or those behind a cursor, in order.

    One more than LEVEL_LIMIT says that there are more. Raises `BadQuery` for a cursor that was not given out.
    """
    values = {**_values(asker), "parent_0": parent_id}
    if after is None:
        return _inside(_text_for(asker)).run(db, values)
    position, sort_title, node_id = read_cursor(after, ORDER)
    last = {"position": position, "sort_title": sort_title, "last_id": node_id}
    return _behind(_text_for(asker)).run(db, {**values, **last})


def cursor_behind(row: PlaceRow) -> str:
    """What continues a level behind this place."""
    return write_cursor(ORDER, (row.position, row.sort_title, row.id))


def navigation_rows(db: Session, asker: Identity, open_ids: Sequence[int]) -> tuple[list[PlaceRow], str | None]:
    """The places inside the root and inside each open node below it, and the path of the first people directory.

    One statement; the places are in order within their parent.
    """
    parents = {f"parent_{number}": node_id for number, node_id in enumerate(open_ids)}
    found = _navigation(len(open_ids), _text_for(asker)).run(db, {**_values(asker), **parents})
    directory = next((row.path for row in found if row.is_directory), None)
    return [row for row in found if not row.is_directory], directory


def things_below(db: Session, asker: Identity, node_id: int) -> list[Row[Any]]:
    """What lies directly below a page or a person, files included, in order: kind, path, title, modified_at."""
    return _BELOW.run(db, {**viewer_values(asker), "parent_0": node_id})


def _values(asker: Identity) -> dict[str, Any]:
    return {**viewer_values(asker), "asker": asker.name}


class _Text(NamedTuple):
    """What stands in the text of a statement, as PostgreSQL plans worse with what it cannot know beforehand.

    The names of kinds, and whether it is only for those who see the site with their own eyes.
    """

    places: tuple[str, ...]
    holders: tuple[str, ...]
    as_oneself: bool


def _text_for(asker: Identity) -> _Text:
    return _Text(tuple(place_kinds()), tuple(holder_kinds()), asker.seen_as is None)


@cache
def _navigation(depth: int, given: _Text) -> Prepared:
    """The statement for a node `depth` levels below the root."""

    def build(dialect: str) -> Select[Any]:
        root = select(NODES.c.id).where(NODES.c.path == literal("/"), NODES.c.trash_id.is_(None)).scalar_subquery()
        parents = [root, *(bindparam(f"parent_{number}", type_=NODES.c.id.type) for number in range(depth))]
        parts = [
            select(_level(dialect, given, parent).subquery(), literal(value=False).label("is_directory"))
            for parent in parents
        ]
        parts.append(select(_first_directory(dialect, given).subquery(), literal(value=True).label("is_directory")))
        rows = union_all(*parts).subquery()
        return select(rows).order_by(rows.c.position, rows.c.sort_title, rows.c.id)

    return Prepared(build)


def _level(dialect: str, given: _Text, parent_id: Any, *more: ColumnElement[bool]) -> Select[Any]:
    children = NODES.alias("children")
    # The order is the index's: PostgreSQL then looks there, where it would read the whole table for a place of many.
    first_below = (
        select(children.c.id)
        .where(children.c.parent_id == NODES.c.id, _is_one_of(children.c.kind, given.places))
        .where(children.c.trash_id.is_(None), may_view_prepared(dialect, children.c, as_oneself=given.as_oneself))
        .order_by(children.c.position, children.c.sort_title, children.c.id)
        .limit(1)
        .scalar_subquery()
    )
    has_children = case((_is_one_of(NODES.c.kind, given.holders), first_below.is_not(None)), else_=false())
    return (
        select(
            *(NODES.c[name] for name in COLUMNS),
            has_children.label("has_children"),
            may_prepared(dialect, Permission.TRASH).label("can_move"),
        )
        .where(NODES.c.parent_id == parent_id, _is_one_of(NODES.c.kind, given.places), NODES.c.trash_id.is_(None))
        .where(may_view_prepared(dialect, as_oneself=given.as_oneself), *more)
        .order_by(*(column.sort_key for column, _down in ORDER))
        .limit(LEVEL_LIMIT + 1)
    )


def _is_one_of(column: ColumnElement[str], names: Iterable[str]) -> ColumnElement[bool]:
    return column.in_([literal(name) for name in names])


@cache
def _inside(given: _Text) -> Prepared:
    return Prepared(lambda dialect: _level(dialect, given, bindparam("parent_0", type_=NODES.c.id.type)))


@cache
def _behind(given: _Text) -> Prepared:
    last = [("position", ORDER[0]), ("sort_title", ORDER[1]), ("last_id", ORDER[2])]
    values = tuple_(*(bindparam(name, type_=column.sort_key.type) for name, (column, _down) in last))
    is_behind = tuple_(*(column.sort_key for column, _down in ORDER)) > values
    return Prepared(lambda dialect: _level(dialect, given, bindparam("parent_0", type_=NODES.c.id.type), is_behind))


def _first_directory(dialect: str, given: _Text) -> Select[Any]:
    return (
        select(*(NODES.c[name] for name in COLUMNS), false().label("has_children"), false().label("can_move"))
        .where(NODES.c.kind == literal(PEOPLE), NODES.c.trash_id.is_(None))
        .where(may_view_prepared(dialect, as_oneself=given.as_oneself))
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(1)
    )


def _things_below(dialect: str) -> Select[Any]:
    return (
        select(NODES.c.id, NODES.c.kind, NODES.c.path, NODES.c.title, NODES.c.modified_at)
        .where(NODES.c.parent_id == bindparam("parent_0", type_=NODES.c.id.type), NODES.c.trash_id.is_(None))
        .where(may_view_prepared(dialect))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(BELOW_LIMIT)
    )


_BELOW = Prepared(_things_below)
