"""Invariants of access: whose grants a node obeys, what finally applies there, who is in which group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, except_, exists, func, literal, or_, select, union
from sqlalchemy.orm import Session, aliased

from ..content.people import Employee
from ..models import EffectiveGrant, Grant, Group, Membership, OwnEntry, User
from ..models.node import NODES
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN, Role
from .consistency import Fault, Invariant, node_place, rows_of

EFFECTIVE = EffectiveGrant.__table__
GRANTS = Grant.__table__
PARENTS = NODES.alias("parents")
MENDED = "myplatform check --data --repair"


def _carries() -> Any:
    has_grants = exists(select(GRANTS.c.node_id).where(GRANTS.c.node_id == NODES.c.id))
    return or_(NODES.c.parent_id.is_(None), NODES.c.inherits.is_(False), has_grants)


def _access_roots(db: Session) -> Iterator[Fault]:
    expected = case((_carries(), NODES.c.id), else_=PARENTS.c.access_id)
    found = select(NODES.c.id, NODES.c.path, NODES.c.access_id, expected.label("expected"))
    found = found.outerjoin(PARENTS, PARENTS.c.id == NODES.c.parent_id).order_by(
        func.length(NODES.c.ancestry), NODES.c.id
    )
    for row in rows_of(db, found.where(NODES.c.access_id.is_distinct_from(expected))):
        yield Fault(
            f"it obeys the grants of {row.access_id}; those of {row.expected} are the nearest", node_place(row), row.id
        )


def _expected_grants() -> Select[Any]:
    """What applies at each access root: its own grants, administrators, and what applies above where it inherits."""
    always = select(NODES.c.id, literal(ADMINISTRATORS).label("principal"), literal(Role.MANAGER.value).label("role"))
    own = select(GRANTS.c.node_id, GRANTS.c.principal, GRANTS.c.role)
    above = select(NODES.c.id, EFFECTIVE.c.principal, EFFECTIVE.c.role)
    above = above.join(PARENTS, PARENTS.c.id == NODES.c.parent_id).join(
        EFFECTIVE, EFFECTIVE.c.access_id == PARENTS.c.access_id
    )
    all_of_them = union(always.where(_carries()), own, above.where(_carries(), NODES.c.inherits))
    return select(*all_of_them.subquery().c)


def _stored_grants() -> Select[Any]:
    """What is kept of nodes that are there; what applied at those that are gone stays as it was."""
    kept = select(EFFECTIVE.c.access_id, EFFECTIVE.c.principal, EFFECTIVE.c.role)
    return kept.join(NODES, NODES.c.id == EFFECTIVE.c.access_id)


def _effective_grants(db: Session) -> Iterator[Fault]:
    for first, second, said in (
        (_expected_grants(), _stored_grants(), "{0} should be {1} here and is not"),
        (_stored_grants(), _expected_grants(), "{0} is {1} here and should not be"),
    ):
        wrong = except_(first, second).subquery()
        access_id, principal, role = wrong.c
        found = select(NODES.c.id, NODES.c.path, principal.label("principal"), role.label("role"))
        found = found.join(wrong, access_id == NODES.c.id).order_by(func.length(NODES.c.ancestry), NODES.c.id)
        for row in rows_of(db, found):
            yield Fault(said.format(row.principal, row.role), node_place(row), row.id)


def _grants(db: Session) -> Iterator[Fault]:
    users, groups = select(literal("user:") + User.name), select(literal("group:") + Group.name)
    known = or_(
        GRANTS.c.principal.in_((SIGNED_IN, PUBLIC)), GRANTS.c.principal.in_(users), GRANTS.c.principal.in_(groups)
    )
    found = select(NODES.c.id, NODES.c.path, GRANTS.c.principal, GRANTS.c.role).join(
        GRANTS, GRANTS.c.node_id == NODES.c.id
    )
    wrong = or_(~known, GRANTS.c.role.not_in([role.value for role in Role]))
    for row in rows_of(db, found.where(wrong).order_by(NODES.c.id)):
        yield Fault(f"the grant of {row.role} to {row.principal} names nobody, or no role", node_place(row), row.id)


def _memberships(db: Session) -> Iterator[Fault]:
    outer, inner = aliased(Membership), aliased(Membership)
    nested = select(Group.name).join(inner, inner.group_id == Group.id).join(outer, outer.member_group_id == Group.id)
    for row in rows_of(db, nested.where(inner.member_group_id.is_not(None)).distinct().order_by(Group.name)):
        yield Fault("it is in a group and has groups in it; groups nest one level deep", f"group {row.name}")
    both = select(Membership.id).where(Membership.user_id.is_(None) == Membership.member_group_id.is_(None))
    for row in rows_of(db, both):
        yield Fault("it names no member, or two", f"membership {row.id}")


def _own_entries(db: Session) -> Iterator[Fault]:
    found = select(User.name, OwnEntry.employee_id, NODES.c.kind).join(OwnEntry, OwnEntry.user_id == User.id)
    found = found.join(NODES, NODES.c.id == OwnEntry.employee_id).where(NODES.c.kind != Employee.name)
    for row in rows_of(db, found.order_by(User.name)):
        yield Fault(f"their own entry, node {row.employee_id}, is a {row.kind} and no person", f"user {row.name}")
    twice = select(OwnEntry.employee_id).group_by(OwnEntry.employee_id).having(func.count() > 1)
    for row in rows_of(db, twice):
        yield Fault("it is the own entry of two users", f"node {row.employee_id}")


def _administrators(db: Session) -> Iterator[Fault]:
    active = select(User.id).where(and_(User.is_admin, User.disabled_at.is_(None))).limit(1)
    if db.execute(active).first() is None and db.execute(select(User.id).limit(1)).first() is not None:
        yield Fault("there are users, and none of them can administer the site", "users")


INVARIANTS = (
    Invariant("DAT201", "Nodes obey the nearest grants", MENDED, _access_roots),
    Invariant("DAT202", "What applies is what was granted and inherited", MENDED, _effective_grants),
    Invariant("DAT203", "Grants name somebody and a role", "share the place anew", _grants),
    Invariant("DAT204", "Groups have members and nest one level deep", "take the group out of the other", _memberships),
    Invariant("DAT205", "Own entries are people", "link the account with another entry, or with none", _own_entries),
    Invariant("DAT206", "Somebody administers the site", "myplatform user add NAME --admin", _administrators),
)
