"""Single nodes: by path or id, with their lineage and grants in one statement, and with their kind's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from ..errors import Missing
from ..identity import Identity
from ..kinds import Kind, kind_of
from ..languages import gettext as _
from ..models import Grant, Redirect, is_live
from ..models.node import DEEPEST, NODES
from ..permissions import Permission
from .prepared import Prepared
from .visibility import may

GRANTS = Grant.__table__
REDIRECTS = Redirect.__table__
NODE_COLUMNS = tuple(NODES.c)
ROOT_PATH = "/"

NodeRow = Row[Any]
"""A row with the columns of `Node`."""


@dataclass(frozen=True)
class Entry:
    """A node together with the values of its kind's fields."""

    node: NodeRow
    values: Mapping[str, Any]

    @property
    def kind(self) -> type[Kind]:
        """The node's kind."""
        return kind_of(self.node.kind)


@dataclass(frozen=True)
class Step:
    """One node of a lineage with the grants that stand on it, as (principal, role)."""

    node: NodeRow
    grants: tuple[tuple[str, str], ...]


_LINEAGE_COLUMNS = (*NODE_COLUMNS, GRANTS.c.principal.label("grant_principal"), GRANTS.c.role.label("grant_role"))
_ROOT_FIRST = (func.length(NODES.c.ancestry), NODES.c.id)


@cache
def _lineage_by_path(depth: int) -> Prepared:
    """The statement for so many paths, each a value: of a list PostgreSQL would not know the length when it plans."""
    paths = [bindparam(f"path_{number}", type_=NODES.c.path.type) for number in range(depth)]
    statement = (
        select(*_LINEAGE_COLUMNS)
        .outerjoin(GRANTS, GRANTS.c.node_id == NODES.c.id)
        .where(NODES.c.path.in_(paths), NODES.c.trash_id.is_(None))
        .order_by(*_ROOT_FIRST)
    )
    return Prepared(lambda _dialect: statement)


def _lineage_by_id(_dialect: str) -> Select[Any]:
    start = select(NODES.c.id, NODES.c.parent_id).where(NODES.c.id == bindparam("id"))
    upward = start.cte("upward", recursive=True)
    parents = NODES.alias("parents")
    upward = upward.union_all(
        select(parents.c.id, parents.c.parent_id).join(upward, parents.c.id == upward.c.parent_id)
    )
    return (
        select(*_LINEAGE_COLUMNS)
        .join(upward, upward.c.id == NODES.c.id)
        .outerjoin(GRANTS, GRANTS.c.node_id == NODES.c.id)
        .order_by(*_ROOT_FIRST)
    )


_LINEAGE_BY_ID = Prepared(_lineage_by_id)


def paths_along(path: str) -> list[str]:
    """The path and all above it, from the root: "/a/b" gives "/", "/a", "/a/b"; none that is too deep to be there."""
    paths = [ROOT_PATH]
    for segment in list(filter(None, path.split("/")))[:DEEPEST]:
        paths.append(f"{paths[-1].rstrip('/')}/{segment}")
    return paths


def parent_path(path: str) -> str:
    """The path of what holds the node at `path`; the root holds itself."""
    return path.rpartition("/")[0] or ROOT_PATH


def lineage_of_path(db: Session, path: str) -> list[Step]:
    """The live nodes that stand along `path`, from the root as far down as there are any, in one statement."""
    paths = paths_along(path)
    return _steps(_lineage_by_path(len(paths)).run(db, {f"path_{number}": each for number, each in enumerate(paths)}))


def lineage_of_id(db: Session, node_id: int) -> list[Step]:
    """The node and all above it, from the root, in one statement; in the trash or not."""
    return _steps(_LINEAGE_BY_ID.run(db, {"id": node_id}))


def trashed_at(db: Session, path: str) -> int | None:
    """The id of what went from that path into the trash, the latest; first what was put there by itself."""
    statement = (
        select(NODES.c.id)
        .where(NODES.c.path == path, NODES.c.trash_id.is_not(None))
        .order_by((NODES.c.trash_id == NODES.c.id).desc(), NODES.c.trashed_at.desc(), NODES.c.id.desc())
        .limit(1)
    )
    return db.execute(statement).scalar_one_or_none()


def _steps(rows: Iterable[Row[Any]]) -> list[Step]:
    steps: list[Step] = []
    grants: list[tuple[str, str]] = []
    current: Row[Any] | None = None
    for row in rows:
        if current is None or row.id != current.id:
            if current is not None:
                steps.append(Step(current, tuple(grants)))
            current, grants = row, []
        if row.grant_principal is not None:
            grants.append((row.grant_principal, row.grant_role))
    if current is not None:
        steps.append(Step(current, tuple(grants)))
    return steps


def node_by_id(db: Session, node_id: int, *, in_trash: bool = False) -> NodeRow:
    """The node of that id; one in the trash only where `in_trash` allows it. Raises `Missing`."""
    statement = select(*NODE_COLUMNS).where(NODES.c.id == node_id)
    row = db.execute(statement if in_trash else statement.where(is_live())).one_or_none()
    if row is None:
        raise Missing
    return row


def node_by_path(db: Session, path: str) -> NodeRow:
    """The live node at that path. Raises `Missing`."""
    row = find_by_path(db, path)
    if row is None:
        raise Missing(_("There is nothing at %(path)s.", path=path))
    return row


def find_by_path(db: Session, path: str) -> NodeRow | None:
    """The live node at that path, or None."""
    return db.execute(select(*NODE_COLUMNS).where(NODES.c.path == path, is_live())).one_or_none()


def permitted(db: Session, asker: Identity, node_id: int, permission: Permission = Permission.VIEW) -> bool:
    """Whether the asker has the permission on the node: one indexed look-up."""
    return (
        db.execute(select(NODES.c.id).where(NODES.c.id == node_id, may(asker, permission))).first()
        is not None
    )


def visible_nodes(db: Session, asker: Identity, ids: Iterable[int]) -> dict[int, NodeRow]:
    """Those of the ids that name live nodes the asker may see, in one statement."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = db.execute(select(*NODE_COLUMNS).where(NODES.c.id.in_(wanted), is_live(), may(asker)))
    return {row.id: row for row in rows}


def visible_by_path(db: Session, asker: Identity, paths: Iterable[str]) -> dict[str, NodeRow]:
    """Those of the paths at which live nodes stand that the asker may see, in one statement."""
    wanted = set(paths)
    if not wanted:
        return {}
    rows = db.execute(select(*NODE_COLUMNS).where(NODES.c.path.in_(wanted), is_live(), may(asker)))
    return {row.path: row for row in rows}


def values_of(db: Session, kind: type[Kind], node_id: int) -> dict[str, Any]:
    """The values of one node's own fields."""
    if kind.table is None:
        return {}
    rows = _own_fields(kind).run(db, {"id": node_id})
    return dict(zip(kind.fields, rows[0], strict=True)) if rows else dict.fromkeys(kind.fields)


@cache
def _own_fields(kind: type[Kind]) -> Prepared:
    table = kind.table
    assert table is not None
    columns = [table.c[name] for name in kind.fields]
    return Prepared(lambda _dialect: select(*columns).where(table.c.node_id == bindparam("id")))


def entry_of(db: Session, node: NodeRow) -> Entry:
    """The node with its kind's fields."""
    return Entry(node, values_of(db, kind_of(node.kind), node.id))


def redirect_target(db: Session, asker: Identity, path: str) -> tuple[NodeRow, str] | None:
    """Where an address that nothing stands at leads now: the visible node and what remained of the path below it."""
    paths = paths_along(path)[1:]
    rows = db.execute(select(REDIRECTS.c.path, REDIRECTS.c.node_id).where(REDIRECTS.c.path.in_(paths))).all()
    for old_path, node_id in sorted(rows, key=lambda row: -len(row.path)):
        node = visible_nodes(db, asker, [node_id]).get(node_id)
        if node is not None:
            return node, path[len(old_path) :].strip("/")
    return None
