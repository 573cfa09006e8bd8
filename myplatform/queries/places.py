"""Where somebody's own places begin, and what a new site still lacks."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, select, union
from sqlalchemy.orm import Session

from ..identity import SYSTEM_NAME, Identity
from ..kinds import all_kinds
from ..models import Change, EffectiveGrant, Group, Node, SiteValue, User, is_live
from ..permissions import Permission
from .navigation import place_kinds
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

CHANGES, NODES = Change.__table__, Node.__table__
EFFECTIVE = EffectiveGrant.__table__
SHOWN = 24
MANUAL_PATH = "/help"
"""Where the manual is put into an empty site."""


def entry_points(db: Session, asker: Identity, limit: int = SHOWN) -> list[NodeRow]:
    """The highest places the asker may see: those of the top level, and those shared from hidden places."""
    top = select(NODES.c.id).where(NODES.c.parent_id == select(NODES.c.id).where(NODES.c.path == "/").scalar_subquery())
    parents = NODES.alias("parents")
    principals = {principal for each in asker.judged for principal in each.principals}
    roots = select(EFFECTIVE.c.access_id).where(EFFECTIVE.c.principal.in_(sorted(principals)))
    shared = (
        select(NODES.c.id)
        .join(parents, parents.c.id == NODES.c.parent_id)
        .where(NODES.c.id.in_(roots), ~may(asker, nodes=parents.c))
    )
    statement = (
        select(*NODE_COLUMNS)
        .where(NODES.c.id.in_(union(top, shared)), is_live(), may(asker), NODES.c.kind.in_(place_kinds()))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )
    return list(db.execute(statement))


def is_of_the_start() -> ColumnElement[bool]:
    """A change with which the site itself began, or brought its manual up to date: news to nobody."""
    place = NODES.c.parent_id.is_(None) | (NODES.c.path == MANUAL_PATH) | NODES.c.path.startswith(f"{MANUAL_PATH}/")
    return and_(CHANGES.c.actor == SYSTEM_NAME, place)


def first_steps(db: Session) -> dict[str, bool]:
    """What an administrator does first on a new site, and whether it is done."""
    top = select(NODES.c.id).where(NODES.c.path == "/").scalar_subquery()
    made = select(NODES.c.id).where(
        NODES.c.parent_id == top, NODES.c.path != MANUAL_PATH, NODES.c.kind.in_(("page", "folder")), is_live()
    )
    row = db.execute(
        select(
            exists(made).label("content"),
            exists(select(NODES.c.id).where(NODES.c.kind == "employee", is_live())).label("people"),
            exists(select(User.id).where(~User.is_admin)).label("users"),
            exists(select(Group.id)).label("groups"),
            exists(select(SiteValue.key)).label("appearance"),
        )
    ).one()
    return dict(row._mapping)




def places_to_add(db: Session, asker: Identity, limit: int = 300) -> list[NodeRow]:
    """Places to which the asker may add something, by their paths."""
    kinds = [kind.name for kind in all_kinds() if kind.contains]
    statement = (
        select(*NODE_COLUMNS)
        .where(NODES.c.kind.in_(kinds), is_live(), may(asker, Permission.ADD))
        .order_by(func.length(NODES.c.ancestry), NODES.c.path)
        .limit(limit)
    )
    return list(db.execute(statement))
