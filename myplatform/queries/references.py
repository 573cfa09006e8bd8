"""Where the links and images of a text lead now: the visible nodes that its targets name, old addresses included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..content.file import File
from ..identity import Identity
from ..models import Node, Redirect, is_live
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

NODES = Node.__table__
FILES = File.table
PICTURE_COLUMNS = (FILES.c.media_type, FILES.c.width, FILES.c.height)


def base_of(node: Any) -> str:
    """The path from which a node's relative links start: its folder, or itself where it is one."""
    if node.kind in ("folder", "people"):
        return node.path
    return node.path.rpartition("/")[0] or "/"


def named_nodes(db: Session, asker: Identity, names: Iterable[str | int]) -> dict[str | int, NodeRow]:
    """The visible live node that each path or id names, files with their type and size in pixels; others are left out.

    One statement, and a second one only where a path names nothing and may be an old address.
    """
    wanted = set(names)
    if not wanted:
        return {}
    paths = [name for name in wanted if isinstance(name, str)]
    ids = [name for name in wanted if isinstance(name, int)]
    named = or_(NODES.c.path.in_(paths), NODES.c.id.in_(ids))
    rows = db.execute(_nodes().where(named, is_live(), may(asker))).all()
    by_path: dict[str | int, NodeRow] = {row.path: row for row in rows}
    by_id: dict[str | int, NodeRow] = {row.id: row for row in rows}
    found = {name: row for name in wanted if (row := by_path.get(name) or by_id.get(name)) is not None}
    return found | _moved(db, asker, [path for path in paths if path not in found])


def _moved(db: Session, asker: Identity, paths: list[str]) -> dict[str | int, NodeRow]:
    if not paths:
        return {}
    statement = (
        _nodes()
        .add_columns(Redirect.path.label("old_path"))
        .join(Redirect, NODES.c.id == Redirect.node_id)
        .where(Redirect.path.in_(paths), is_live(), may(asker))
    )
    return {row.old_path: row for row in db.execute(statement)}


def _nodes() -> Select[Any]:
    return select(*NODE_COLUMNS, *PICTURE_COLUMNS).join_from(
        NODES, FILES, FILES.c.node_id == NODES.c.id, isouter=True
    )
