"""Groups and who belongs to them: users, and other groups one level deep."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from ..errors import Invalid, Missing
from ..identity import Identity
from ..languages import gettext as _
from ..models import EffectiveGrant, Grant, Group, Membership, Node, User
from ..queries.nodes import node_by_id
from .access import refresh_access
from .account_checks import Wrong, account_name, account_title
from .locking import lock_subtree
from .recording import record
from .sharing import granted_on


def create_group(db: Session, *, by: Identity, name: str, title: str = "") -> Group:
    """A new group without members. Raises `Invalid` with every wrong field."""
    wrong = Wrong()
    checked = wrong.check("name", account_name, name)
    shown = wrong.check("title", account_title, title) if title.strip() else checked
    if checked and db.scalar(select(Group.id).where(Group.name == checked)):
        wrong.add("name", _("is taken by another group; choose another"))
    wrong.raise_if_any()
    group = Group(name=checked, title=shown)
    db.add(group)
    db.flush()
    values = {"name": (None, checked), "title": (None, shown)}
    record(db, by=by, action="created", subject=subject_of(group), values=values)
    return group


def rename_group(db: Session, group: Group, *, by: Identity, title: str) -> None:
    """Give the group another title; its name stays, because grants refer to it. Raises `Invalid`."""
    wrong = Wrong()
    shown = wrong.check("title", account_title, title)
    wrong.raise_if_any()
    if shown == group.title:
        return
    values = {"title": (group.title, shown)}
    group.title = shown
    db.flush()
    record(db, by=by, action="edited", subject=subject_of(group), values=values)


def delete_group(db: Session, group: Group, *, by: Identity) -> None:
    """Delete the group, its memberships and every role given to it: a namesake must not get them."""
    subject = subject_of(group)
    _withdraw_grants(db, group, by=by)
    values = {"name": (group.name, None), "title": (group.title, None)}
    db.delete(group)
    db.flush()
    record(db, by=by, action="deleted", subject=subject, values=values)


def _withdraw_grants(db: Session, group: Group, *, by: Identity) -> None:
    """Take all roles from the group, and write it down on each node concerned."""
    principal = subject_of(group)
    ids = _lock_granted(db, group)
    before = {node_id: granted_on(db, node_id) for node_id in ids}
    db.execute(delete(Grant).where(Grant.principal == principal))
    db.execute(delete(EffectiveGrant).where(EffectiveGrant.principal == principal))
    for node_id in ids:
        refresh_access(db, node_by_id(db, node_id, in_trash=True))
        grants = ([list(each) for each in grants] for grants in (before[node_id], granted_on(db, node_id)))
        node = node_by_id(db, node_id, in_trash=True)
        record(db, by=by, action="shared", node=node, values={"grants": tuple(grants)})


def _lock_granted(db: Session, group: Group) -> Sequence[int]:
    """Lock the group and all nodes on which it has a role, and return their ids, parents before children.

    Giving a role locks the node and then the group, so once the group is locked nobody can give it another.
    """
    concerned = select(Grant.node_id).where(Grant.principal == subject_of(group))
    statement = select(Node.id).where(Node.id.in_(concerned)).order_by(Node.ancestry, Node.id)
    locked: Sequence[int] | None = None
    while (ids := db.scalars(statement).all()) != locked:
        for node_id in ids:
            lock_subtree(db, node_by_id(db, node_id, in_trash=True), in_trash=True)
        db.execute(select(Group.id).where(Group.id == group.id).with_for_update()).all()
        locked = ids
    return ids


def add_member(db: Session, group: Group, *, by: Identity, member: User | Group) -> None:
    """Add a user or a whole group. Raises `Invalid` where it belongs already or groups would nest twice."""
    if isinstance(member, Group):
        _ensure_nested_once(db, group, member)
    if db.scalar(select(Membership.id).where(Membership.group_id == group.id, _is_member(member))):
        raise Invalid.one("member", _("%(member)s is in %(title)s already", member=_title(member), title=group.title))
    column = "user_id" if isinstance(member, User) else "member_group_id"
    db.add(Membership(group_id=group.id, **{column: member.id}))
    db.flush()
    values = {"members": (None, principal_of(member))}
    record(db, by=by, action="member-added", subject=subject_of(group), values=values)


def remove_member(db: Session, group: Group, *, by: Identity, member: User | Group) -> None:
    """Take a user or group out. Raises `Missing` where it does not belong directly."""
    found = delete(Membership).where(Membership.group_id == group.id, _is_member(member)).returning(Membership.id)
    if db.scalar(found) is None:
        raise Missing(_("%(member)s is not in %(title)s.", member=_title(member), title=group.title))
    values = {"members": (principal_of(member), None)}
    record(db, by=by, action="member-removed", subject=subject_of(group), values=values)


def subject_of(group: Group) -> str:
    """How change rows and grants name a group."""
    return f"group:{group.name}"


def principal_of(member: User | Group) -> str:
    """How grants name a user or group."""
    return f"user:{member.name}" if isinstance(member, User) else f"group:{member.name}"


def _title(member: User | Group) -> str:
    return member.display_name if isinstance(member, User) else member.title


def _is_member(member: User | Group) -> ColumnElement[bool]:
    column = Membership.user_id if isinstance(member, User) else Membership.member_group_id
    return column == member.id


def _ensure_nested_once(db: Session, group: Group, member: Group) -> None:
    """Both rows are locked in one order, so that two additions at once cannot nest twice together."""
    if group.id == member.id:
        raise Invalid.one("member", _("a group cannot be a member of itself"))
    both = select(Group.id).where(Group.id.in_((group.id, member.id))).order_by(Group.id)
    db.execute(both.with_for_update()).all()
    inside = select(Membership.id).where(Membership.group_id == member.id, Membership.member_group_id.is_not(None))
    if db.scalar(inside.limit(1)):
        message = _("%(title)s has groups in it itself; groups nest one level deep", title=member.title)
        raise Invalid.one("member", message)
    if db.scalar(select(Membership.id).where(Membership.member_group_id == group.id).limit(1)):
        message = _("%(title)s is in another group itself; groups nest one level deep", title=group.title)
        raise Invalid.one("member", message)
