"""Explains access: what somebody may do at a place and why, who can reach it, what somebody can reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant, Group, Membership, Node, User, is_live
from ..permissions import ADMINISTRATORS, SIGNED_IN, Permission, Role
from .nodes import NODE_COLUMNS, NodeRow, Step, lineage_of_id
from .visibility import may

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
    is_own = node.created_by == asker.name
    steps, stopped_at = applying_steps(lineage)
    reasons = []
    if ADMINISTRATORS in asker.principals:
        everything = tuple(sorted(Role.MANAGER.given(is_own=is_own)))
        reasons.append(Reason(ADMINISTRATORS, Role.MANAGER, node, everything))
    for step in steps:
        for principal, name in step.grants:
            if principal in asker.principals:
                given = tuple(sorted(Role(name).given(is_own=is_own)))
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
    is_own = node.created_by == asker.name
    given = {permission for role in rows for permission in Role(role).given(is_own=is_own)}
    return frozenset(permission for permission in given if asker.scope_allows(permission))


def explain(db: Session, asker: Identity, node: NodeRow) -> Decision:
    """The decision with its reasons for a node that stands in the tree or the trash."""
    return decide(lineage_of_id(db, node.id), asker)


@dataclass(frozen=True)
class Reader:
    """A user who can see a place, the strongest role and the principals through which."""

    name: str
    display_name: str
    role: Role
    through: tuple[str, ...]


def who_can_see(db: Session, node: NodeRow, *, limit: int = 1000) -> list[Reader]:
    """Enabled users who can view the node, by name, with how; at most `limit`."""
    rows = db.execute(
        select(EFFECTIVE.c.principal, EFFECTIVE.c.role).where(EFFECTIVE.c.access_id == node.access_id)
    ).all()
    roles: dict[str, Role] = {}
    for row in rows:
        roles[row.principal] = max(Role(row.role), roles.get(row.principal, Role.READER), key=Role.rank)
    groups = principals_by_user(db)
    enabled = select(User.id, User.name, User.display_name, User.is_admin).where(User.disabled_at.is_(None))
    readers = []
    for user in db.execute(enabled.order_by(User.name)):
        own = [f"user:{user.name}", *groups.get(user.id, ()), SIGNED_IN]
        through = tuple(principal for principal in own if principal in roles)
        if user.is_admin:
            through = (ADMINISTRATORS, *through)
        if through:
            strongest = max((roles[principal] for principal in through), key=Role.rank)
            readers.append(Reader(user.name, user.display_name, strongest, through))
        if len(readers) == limit:
            break
    return readers


def principals_by_user(db: Session) -> dict[int, list[str]]:
    """The group principals of every user who has any, groups of groups included."""
    direct = select(Membership.user_id, Membership.group_id).where(Membership.user_id.is_not(None))
    nested = select(Membership.member_group_id, Membership.group_id).where(
        Membership.member_group_id.is_not(None)
    )
    names = {row.id: row.name for row in db.execute(select(Group.id, Group.name))}
    parents: dict[int, list[int]] = {}
    for member, group in db.execute(nested):
        parents.setdefault(member, []).append(group)
    found: dict[int, set[str]] = {}
    for user, group in db.execute(direct):
        for each in (group, *parents.get(group, ())):
            found.setdefault(user, set()).add(f"group:{names[each]}")
    return {user: sorted(groups) for user, groups in found.items()}


@dataclass(frozen=True)
class Reached:
    """A place where what somebody may do begins or changes: its access root."""

    node: NodeRow
    role: Role
    through: tuple[str, ...]


def reach_of(db: Session, asker: Identity, viewer: Identity) -> list[Reached]:
    """The access roots that `asker` can view, of those that `viewer` may share, in order of their paths."""
    rows = db.execute(
        select(*NODE_COLUMNS, EFFECTIVE.c.principal, EFFECTIVE.c.role)
        .join(EFFECTIVE, EFFECTIVE.c.access_id == Node.id)
        .where(EFFECTIVE.c.principal.in_(asker.principals), is_live(), may(viewer, Permission.SHARE))
        .order_by(Node.path)
    ).all()
    found: dict[int, Reached] = {}
    for row in rows:
        earlier = found.get(row.id)
        role = max(Role(row.role), earlier.role if earlier else Role.READER, key=Role.rank)
        through = (*(earlier.through if earlier else ()), row.principal)
        found[row.id] = Reached(row, role, through)
    return list(found.values())
