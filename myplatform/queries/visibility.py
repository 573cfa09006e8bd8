"""The one condition that trims every list, search, count and feed to what the asker may do with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, false, literal_column, or_, select, true
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant
from ..models.node import NODES
from ..permissions import Permission, Role, roles_with, roles_with_entry, roles_with_own
from .prepared import among

EFFECTIVE = EffectiveGrant.__table__


def may(asker: Identity, permission: Permission = Permission.VIEW, nodes: Any = NODES.c) -> ColumnElement[bool]:
    """Condition on `nodes` (the columns of the table or of an alias): the asker has `permission` on the row.

    It says the same as walking the grants of the row's lineage, because `effective_grants` is kept with them.
    """
    return and_(*(_may_alone(each, permission, nodes) for each in asker.judged))


def _may_alone(asker: Identity, permission: Permission, nodes: Any) -> ColumnElement[bool]:
    if not asker.scope_allows(permission) or not asker.principals:
        return false()
    is_asker = EFFECTIVE.c.principal.in_(asker.principals)
    everywhere = nodes.access_id.in_(_access_roots(is_asker, roles_with(permission)))
    rules = [everywhere] if roles_with(permission) else []
    if own := roles_with_own(permission):
        rules.append(and_(nodes.created_by == asker.name, nodes.access_id.in_(_access_roots(is_asker, own))))
    if asker.entry_id is not None and (on_entry := roles_with_entry(permission)):
        rules.append(and_(nodes.id == asker.entry_id, nodes.access_id.in_(_access_roots(is_asker, on_entry))))
    return or_(*rules) if rules else false()


def may_view_prepared(
    dialect: str, nodes: Any = NODES.c, *, as_oneself: bool = False, row_by_row: bool = False
) -> ColumnElement[bool]:
    """The same as `may(asker)` for a prepared statement, which binds `viewer_values(asker)`.

    The second condition is for whoever sees the site as somebody else; it is not evaluated for all others. A statement
    that is only for these, `as_oneself`, goes without: PostgreSQL plans worse with what it cannot know beforehand.

    With `row_by_row` the access roots are found once and each row is looked up among them: for what reads a few rows in
    the order of an index, or by filters, in a place of which the asker sees most. PostgreSQL joins them otherwise, and
    as it guesses that this leaves few rows, it reads and sorts thousands to answer the first hundred.
    """
    if row_by_row and dialect == "postgresql":
        seen = nodes.access_id.in_(select(_SEEN.c.access_id)).is_(true())  # a value, which is not joined
    else:
        seen = nodes.access_id.in_(_viewable("principals", dialect))
    if as_oneself:
        return seen
    return and_(seen, or_(bindparam("as_oneself", type_=Boolean), nodes.access_id.in_(_viewable("seen_as", dialect))))


def may_prepared(dialect: str, permission: Permission, nodes: Any = NODES.c) -> ColumnElement[bool]:
    """The same as `may(asker, permission)` for a prepared statement, which also binds the asker's name as "asker".

    What the scope of a token keeps from its holder is not asked: for pages, where people are signed in.
    """
    is_asker = among(EFFECTIVE.c.principal, "principals", dialect)
    everywhere = nodes.access_id.in_(_access_roots(is_asker, roles_with(permission)))
    if own := roles_with_own(permission):
        is_own = nodes.created_by == bindparam("asker", type_=nodes.created_by.type)
        return or_(everywhere, and_(is_own, nodes.access_id.in_(_access_roots(is_asker, own))))
    return everywhere


def viewer_values(asker: Identity) -> dict[str, Any]:
    """What `may_view_prepared` binds; an asker whose token may not view stands for nobody."""
    principals = list(asker.principals) if asker.scope_allows(Permission.VIEW) else []
    seen_as = list(asker.seen_as.principals) if asker.seen_as is not None else []
    return {"principals": principals, "as_oneself": asker.seen_as is None, "seen_as": seen_as}


def may_at(asker: Identity, access_id: Any, permission: Permission = Permission.VIEW) -> ColumnElement[bool]:
    """The same for anything that carries an access root, such as a change of a node that is gone."""
    if not all(each.scope_allows(permission) and each.principals for each in asker.judged):
        return false()
    return and_(
        *(
            access_id.in_(_access_roots(EFFECTIVE.c.principal.in_(each.principals), roles_with(permission)))
            for each in asker.judged
        )
    )


def viewers_at(db: Session, access_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The principals that may view what has an access root, for each of many. One statement.

    For one thing and many askers, where `may` is for one asker and many things; `is_among` judges each asker.
    """
    if not access_ids:
        return {}
    words = [role.value for role in roles_with(Permission.VIEW)]
    statement = select(EFFECTIVE.c.access_id, EFFECTIVE.c.principal)
    found: dict[int, set[str]] = {}
    for access_id, principal in db.execute(
        statement.where(EFFECTIVE.c.access_id.in_(access_ids), EFFECTIVE.c.role.in_(words))
    ):
        found.setdefault(access_id, set()).add(principal)
    return {access_id: frozenset(principals) for access_id, principals in found.items()}


def is_among(asker: Identity, viewers: frozenset[str]) -> bool:
    """Whether an asker may view what these principals may."""
    return all(
        each.scope_allows(Permission.VIEW) and not viewers.isdisjoint(each.principals) for each in asker.judged
    )


def _access_roots(is_asker: ColumnElement[bool], roles: tuple[Role, ...]) -> Any:
    words = [literal_column(f"'{role.value}'") for role in roles]  # constants: a prepared statement keeps them
    return select(EFFECTIVE.c.access_id).where(is_asker, EFFECTIVE.c.role.in_(words))


def _viewable(name: str, dialect: str) -> Any:
    """The access roots that the principals bound under `name` may view."""
    return _access_roots(among(EFFECTIVE.c.principal, name, dialect), roles_with(Permission.VIEW))


_SEEN = _viewable("principals", "postgresql").cte("seen").prefix_with("MATERIALIZED")
"""What is found once: as a plain subquery, PostgreSQL reckons with finding it anew for each row of an index."""
