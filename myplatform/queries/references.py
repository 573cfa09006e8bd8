"""Where the links and images of a text lead now: the visible nodes that its targets name, old addresses included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..content.file import File
from ..identity import Identity
from ..models import Node, Redirect, is_live
from .nodes import NODE_COLUMNS, NodeRow, parent_path, paths_along
from .visibility import may

NODES = Node.__table__
FILES = File.table
PICTURE_COLUMNS = (FILES.c.media_type, FILES.c.width, FILES.c.height)


def permalink(node_id: int) -> str:
    """The address of a node that never changes."""
    return f"/-/id/{node_id}"


def base_of(node: Any) -> str:
    """The path from which a node's relative links start: its folder, or itself where it is one."""
    if node.kind in ("folder", "people"):
        return node.path
    return parent_path(node.path)


def named_nodes(db: Session, asker: Identity, names: Iterable[str | int]) -> dict[str | int, NodeRow]:
    """The visible live node that each path or id names, files with their type and size in pixels; others are left out.

    One statement, and two more only where a path names nothing and may be an old address, of the node or above it.
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
    prefixes = {prefix for path in paths for prefix in paths_along(path)[1:]}
    if not prefixes:
        return {}
    statement = select(Redirect.path, NODES.c.path.label("now")).join(NODES, NODES.c.id == Redirect.node_id)
    moved = dict(db.execute(statement.where(Redirect.path.in_(prefixes), is_live())).all())
    now = {path: address for path in paths if (address := _address_now(path, moved)) is not None}
    if not now:
        return {}
    rows = db.execute(_nodes().where(NODES.c.path.in_(set(now.values())), is_live(), may(asker)))
    found = {row.path: row for row in rows}
    return {path: found[address] for path, address in now.items() if address in found}


def _address_now(path: str, moved: Mapping[str, str]) -> str | None:
    """Where an old address leads, by the longest part of it that was moved."""
    for old in reversed(paths_along(path)[1:]):
        if old in moved:
            return moved[old] + path[len(old) :]
    return None


def _nodes() -> Select[Any]:
    return select(*NODE_COLUMNS, *PICTURE_COLUMNS).join_from(
        NODES, FILES, FILES.c.node_id == NODES.c.id, isouter=True
    )
