"""Reports: who can reach a place, and which places somebody or some group can reach; few statements each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant, Group, Membership, Node, User, is_live
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN, Permission, Role
from .accounts import has_words
from .effects import applying_at
from .nodes import NODE_COLUMNS, NodeRow
from .standing import floor_of, people_with, rank_of, ranks_of, role_of, standing_for
from .visibility import may

NODES = Node.__table__
EFFECTIVE = EffectiveGrant.__table__
PAGE = 100


@dataclass(frozen=True)
class Reader:
    """A user who can see a place, the strongest role and the principals through which."""

    name: str
    display_name: str
    role: Role
    through: tuple[str, ...]


def who_can_see(
    db: Session,
    node: NodeRow,
    *,
    public: bool = False,
    words: str = "",
    role: str | None = None,
    after: str | None = None,
    limit: int | None = PAGE,
) -> list[Reader]:
    """Enabled users who can view the node, by the names shown, with how; three statements.

    `words` finds by name, `role` keeps those whose strongest it is, `after` begins behind the user of that name.
    """
    ranks = ranks_of(applying_at(db, node.access_id))
    people = people_with({"held": floor_of(ranks, public=public)}, held=ranks)
    found = select(people).where(people.c.held > 0 if role is None else people.c.held == rank_of(role))
    if words.strip():
        found = found.where(has_words(words, people.c.name, people.c.display_name))
    if after is not None:
        behind = select(User.display_name).where(User.name == after).scalar_subquery()
        found = found.where(tuple_(people.c.display_name, people.c.name) > tuple_(behind, after))
    rows = db.execute(found.order_by(people.c.display_name, people.c.name).limit(limit)).all()
    through = _through(db, ranks, rows)
    everybody = [each for each in (SIGNED_IN, *((PUBLIC,) if public else ())) if each in ranks]
    return [
        Reader(
            row.name,
            row.display_name,
            Role(str(role_of(row.held))),
            (*((ADMINISTRATORS,) if row.is_admin else ()), *through[row.id], *everybody),
        )
        for row in rows
    ]


def _through(db: Session, ranks: dict[str, int], rows: Sequence[Any]) -> dict[int, list[str]]:
    """Which principals that have a role the users are or belong to, by the users' ids."""
    standing = standing_for(ranks)
    found: dict[int, list[str]] = defaultdict(list)
    if rows:
        first, last = min(row.id for row in rows), max(row.id for row in rows)
        chosen = {row.id for row in rows}
        belonging = select(standing).where(standing.c.user_id.between(first, last))
        for row in db.execute(belonging.order_by(standing.c.principal.desc()).distinct()):
            if row.user_id in chosen:
                found[row.user_id].append(row.principal)
    return found


def count_by_role(db: Session, node: NodeRow, *, public: bool = False) -> dict[Role, int]:
    """How many users have which role on the node as their strongest; two statements."""
    ranks = ranks_of(applying_at(db, node.access_id))
    people = people_with({"held": floor_of(ranks, public=public)}, held=ranks)
    counted = select(people.c.held, func.count()).where(people.c.held > 0).group_by(people.c.held)
    return {Role(str(role_of(rank))): count for rank, count in sorted(map(tuple, db.execute(counted)))}


@dataclass(frozen=True)
class Reached:
    """A place where what somebody may do begins or changes, the strongest role there and through which principals.

    `inside` counts the things that are shared like it, itself included.
    """

    node: NodeRow
    role: Role
    through: tuple[str, ...]
    inside: int


def reach_of(
    db: Session,
    principals: Iterable[str],
    viewer: Identity,
    *,
    permission: Permission = Permission.SHARE,
    after: str | None = None,
    limit: int | None = PAGE,
) -> list[Reached]:
    """The access roots that the principals can view, of those on which `viewer` has the permission, by their paths.

    `after` begins behind a path. Three statements.
    """
    is_held = EFFECTIVE.c.principal.in_(list(principals))
    strongest = func.max(_rank()).label("held")
    found = (
        select(*NODE_COLUMNS, strongest)
        .join(EFFECTIVE, EFFECTIVE.c.access_id == NODES.c.id)
        .where(is_held, is_live(), may(viewer, permission))
        .group_by(NODES.c.id)
        .order_by(NODES.c.path)
    )
    rows = db.execute((found if after is None else found.where(NODES.c.path > after)).limit(limit)).all()
    through, inside = _grants_at(db, rows, is_held), _things_at(db, rows)
    return [Reached(row, Role(str(role_of(row.held))), through[row.id], inside.get(row.id, 0)) for row in rows]


def _rank() -> ColumnElement[int]:
    return case(*((EFFECTIVE.c.role == role.value, rank_of(role)) for role in Role), else_=0)


def _grants_at(db: Session, roots: Sequence[NodeRow], is_held: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    ids = [row.id for row in roots]
    found: dict[int, tuple[str, ...]] = {}
    if ids:
        columns = select(EFFECTIVE.c.access_id, EFFECTIVE.c.principal).distinct()
        for row in db.execute(columns.where(EFFECTIVE.c.access_id.in_(ids), is_held).order_by(EFFECTIVE.c.principal)):
            found[row.access_id] = (*found.get(row.access_id, ()), row.principal)
    return found


def _things_at(db: Session, roots: Sequence[NodeRow]) -> dict[int, int]:
    ids = [row.id for row in roots]
    counted = select(NODES.c.access_id, func.count()).where(NODES.c.access_id.in_(ids), is_live())
    return dict(map(tuple, db.execute(counted.group_by(NODES.c.access_id)))) if ids else {}


def principals_of_group(db: Session, group: Group) -> list[str]:
    """What the members of a group stand for because of it: the group, and those that it is in."""
    above = select(Group.name).join(Membership, Membership.group_id == Group.id)
    names = db.scalars(above.where(Membership.member_group_id == group.id).order_by(Group.name))
    return [f"group:{group.name}", *(f"group:{name}" for name in names)]
