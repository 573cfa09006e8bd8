"""What somebody follows and what changed there, as far as they may see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, Text, bindparam, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import Change, Follow, Node, is_live
from .changes import in_recent_window, recent_changes
from .nodes import NODE_COLUMNS, NodeRow
from .prepared import Prepared
from .visibility import may

CHANGES = Change.__table__
FOLLOWS = Follow.__table__
NODES = Node.__table__

_IS_FOLLOWED = Prepared(
    lambda _dialect: select(FOLLOWS.c.since).where(
        FOLLOWS.c.user_id == bindparam("user_id", type_=FOLLOWS.c.user_id.type),
        FOLLOWS.c.node_id == bindparam("node_id", type_=FOLLOWS.c.node_id.type),
    )
)


def is_followed(db: Session, node_id: int, *, by: Identity) -> bool:
    """Whether `by` follows the node itself."""
    return by.user_id is not None and bool(_IS_FOLLOWED.run(db, {"user_id": by.user_id, "node_id": node_id}))


def followed_places(db: Session, asker: Identity, *, limit: int = 500) -> list[NodeRow]:
    """The live nodes that the asker follows and may see, by title."""
    statement = (
        select(*NODE_COLUMNS)
        .join(FOLLOWS, FOLLOWS.c.node_id == NODES.c.id)
        .where(FOLLOWS.c.user_id == asker.user_id, is_live(), may(asker))
        .order_by(NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )
    return list(db.execute(statement))


def concerns(asker: Identity) -> ColumnElement[bool]:
    """Condition on nodes: the asker follows the node or a place above it, made or changed it, or works beside it."""
    places, mine = NODES.alias("places"), NODES.alias("mine")
    followed = (
        select(FOLLOWS.c.node_id)
        .join(places, places.c.id == FOLLOWS.c.node_id)
        .where(FOLLOWS.c.user_id == asker.user_id)
        .where(func.substr(_stem(NODES), 1, func.length(_stem(places))) == _stem(places))
        .exists()
    )
    # Sets found once: PostgreSQL takes a subquery in a condition for found anew with each node that it looks up, and
    # would rather read all nodes there are.
    changed = _once(
        select(CHANGES.c.node_id)
        .where(CHANGES.c.actor == asker.name, CHANGES.c.node_id.is_not(None), in_recent_window())
        .distinct(),
        "changed_by_asker",
    )
    beside = _once(
        select(mine.c.parent_id)
        .join(places, places.c.id == mine.c.parent_id)
        .where(mine.c.id.in_(select(changed.c.node_id)), places.c.parent_id.is_not(None))
        .distinct(),
        "places_of_asker",
    )
    return or_(
        followed,
        NODES.c.created_by == asker.name,
        NODES.c.id.in_(select(changed.c.node_id)),
        NODES.c.parent_id.in_(select(beside.c.parent_id)),
    )


def _once(statement: Select[Any], name: str) -> CTE:
    return statement.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _stem(nodes: Any) -> ColumnElement[str]:
    """How the ancestry of everything below a node begins; the node's own, with itself."""
    return nodes.c.ancestry + cast(nodes.c.id, Text) + literal("/")


def news_for(db: Session, asker: Identity, *, limit: int) -> list[Row[Any]]:
    """What others changed lately that concerns the asker, newest first. One statement."""
    return recent_changes(db, asker, limit=limit, such_that=(concerns(asker), CHANGES.c.actor != asker.name))


def last_worked_on(db: Session, asker: Identity, *, limit: int) -> list[NodeRow]:
    """The live nodes that the asker changed last of all who did, newest first."""
    statement = (
        select(*NODE_COLUMNS)
        .where(NODES.c.modified_by == asker.name, NODES.c.parent_id.is_not(None), is_live(), may(asker))
        .order_by(NODES.c.modified_at.desc(), NODES.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(statement))
