"""The one condition that trims every list, search, count and feed to what the asker may do with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select

from ..identity import Identity
from ..models import EffectiveGrant
from ..models.node import NODES
from ..permissions import Permission, Role, roles_with, roles_with_own

EFFECTIVE = EffectiveGrant.__table__


def may(asker: Identity, permission: Permission = Permission.VIEW, nodes: Any = NODES.c) -> ColumnElement[bool]:
    """Condition on `nodes` (the columns of the table or of an alias): the asker has `permission` on the row.

    It says the same as walking the grants of the row's lineage, because `effective_grants` is kept with them.
    """
    if not asker.scope_allows(permission) or not asker.principals:
        return false()
    everywhere = nodes.access_id.in_(_access_roots(asker, roles_with(permission)))
    if own := roles_with_own(permission):
        return or_(
            everywhere, and_(nodes.created_by == asker.name, nodes.access_id.in_(_access_roots(asker, own)))
        )
    return everywhere


def may_at(asker: Identity, access_id: Any, permission: Permission = Permission.VIEW) -> ColumnElement[bool]:
    """The same for anything that carries an access root, such as a change of a node that is gone."""
    if not asker.scope_allows(permission) or not asker.principals:
        return false()
    return access_id.in_(_access_roots(asker, roles_with(permission)))


def _access_roots(asker: Identity, roles: tuple[Role, ...]) -> Any:
    return select(EffectiveGrant.access_id).where(
        EffectiveGrant.principal.in_(asker.principals),
        EffectiveGrant.role.in_([role.value for role in roles]),
    )
