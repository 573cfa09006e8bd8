"""Explains access: what somebody may do at a place, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant
from ..permissions import ADMINISTRATORS, Permission, Role
from .nodes import NodeRow, Step, lineage_of_id

EFFECTIVE = EffectiveGrant.__table__


@dataclass(frozen=True)
class Reason:
    """One grant that gives something: the role, to whom, on which node of the lineage."""

    principal: str
    role: Role
    node: NodeRow
    permissions: tuple[Permission, ...]


@dataclass(frozen=True)
class Decision:
    """What an identity may do on a node, why, and where inheritance stopped, if it did."""

    permissions: frozenset[Permission]
    reasons: tuple[Reason, ...]
    stopped_at: NodeRow | None


def applying_steps(lineage: list[Step]) -> tuple[list[Step], NodeRow | None]:
    """The steps whose grants reach the last node, nearest first, and the node where inheritance stopped."""
    reaching = []
    for step in reversed(lineage):
        reaching.append(step)
        if not step.node.inherits:
            return reaching, step.node if step.node.parent_id is not None else None
    return reaching, None


def decide(lineage: list[Step], asker: Identity) -> Decision:
    """Walk the grants of a lineage, nearest first, collecting what they give the asker.

    To somebody who sees the site as another person it is what both may, for the other's reasons.
    """
    decisions = [_decide_alone(lineage, each) for each in asker.judged]
    held = frozenset.intersection(*(each.permissions for each in decisions))
    return replace(decisions[-1], permissions=held)


def _decide_alone(lineage: list[Step], asker: Identity) -> Decision:
    node = lineage[-1].node
    mine = {"is_own": node.created_by == asker.name, "is_entry": node.id == asker.entry_id}
    steps, stopped_at = applying_steps(lineage)
    reasons = []
    if ADMINISTRATORS in asker.principals:
        everything = tuple(sorted(Role.MANAGER.given(**mine)))
        reasons.append(Reason(ADMINISTRATORS, Role.MANAGER, node, everything))
    for step in steps:
        for principal, name in step.grants:
            if principal in asker.principals:
                given = tuple(sorted(Role(name).given(**mine)))
                reasons.append(Reason(principal, Role(name), step.node, given))
    held = {
        permission
        for reason in reasons
        for permission in reason.permissions
        if asker.scope_allows(permission)
    }
    return Decision(frozenset(held), tuple(reasons), stopped_at)


def permissions_on(db: Session, asker: Identity, node: Any) -> frozenset[Permission]:
    """What the asker may do on the node: one indexed look-up of what finally applies there."""
    return frozenset.intersection(*(_permissions_alone(db, each, node) for each in asker.judged))


def _permissions_alone(db: Session, asker: Identity, node: Any) -> frozenset[Permission]:
    rows = db.execute(
        select(EFFECTIVE.c.role).where(
            EFFECTIVE.c.access_id == node.access_id, EFFECTIVE.c.principal.in_(asker.principals)
        )
    ).scalars()
    mine = {"is_own": node.created_by == asker.name, "is_entry": node.id == asker.entry_id}
    given = {permission for role in rows for permission in Role(role).given(**mine)}
    return frozenset(permission for permission in given if asker.scope_allows(permission))


def explain(db: Session, asker: Identity, node: NodeRow) -> Decision:
    """The decision with its reasons for a node that stands in the tree or the trash."""
    return decide(lineage_of_id(db, node.id), asker)
