"""Grants: who may do what on a node and below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ..errors import Conflict, FieldError, Invalid
from ..identity import Identity
from ..languages import gettext as _
from ..models import Grant, Group, Node, User
from ..permissions import PUBLIC, SIGNED_IN, Permission, Role
from ..queries.access import permissions_on
from ..queries.nodes import NodeRow, node_by_id
from .access import refresh_access
from .locking import lock_subtree
from .recording import record

GRANTS = Grant.__table__
NODES = Node.__table__


class Granted(NamedTuple):
    """A role for a principal: "user:NAME", "group:NAME", "signed-in" or "public"."""

    principal: str
    role: str


def set_grants(
    db: Session, node: NodeRow, grants: Iterable[Granted], *, inherits: bool, by: Identity
) -> tuple[NodeRow, int | None]:
    """Replace what is granted on the node and whether it inherits; returns it and the id of the change, if any.

    Raises `Invalid` for unknown principals and roles and for roles above the asker's own, `Conflict` where the
    asker would lose the right to share, which nobody but an administrator could give back.
    """
    node = lock_subtree(db, node)
    wanted = sorted(set(grants))
    _hold_groups(db, wanted)
    _check_grants(db, wanted, permissions_on(db, by, node))
    before = granted_on(db, node.id)
    inherits = inherits and node.parent_id is not None
    if wanted == before and inherits == node.inherits:
        return node, None
    db.execute(delete(GRANTS).where(GRANTS.c.node_id == node.id))
    if wanted:
        db.execute(insert(GRANTS), [{"node_id": node.id, **grant._asdict()} for grant in wanted])
    db.execute(update(NODES).where(NODES.c.id == node.id).values(inherits=inherits))
    refresh_access(db, node_by_id(db, node.id))
    after = node_by_id(db, node.id)  # again: it may have become an access root, or no longer be one
    if Permission.SHARE not in permissions_on(db, by, after):
        raise Conflict(
            _(
                "With this you could no longer share it yourself. "
                "Keep a manager role that reaches you, or ask an administrator to do it."
            )
        )
    change = record(
        db,
        by=by,
        action="shared",
        node=after,
        values={"grants": ([list(each) for each in before], [list(each) for each in wanted])}
        | ({"inherits": (node.inherits, inherits)} if inherits != node.inherits else {}),
    )
    return after, change


def ensure_can_grant(db: Session, node: NodeRow, grants: Iterable[Granted], *, by: Identity) -> None:
    """Raise `Invalid` for what `set_grants` would not grant, before anything is done."""
    _check_grants(db, sorted(set(grants)), permissions_on(db, by, node))


def granted_on(db: Session, node_id: int) -> list[Granted]:
    """The grants that stand on the node itself, in order."""
    return granted_on_each(db, [node_id])[node_id]


def granted_on_each(db: Session, node_ids: Sequence[int]) -> dict[int, list[Granted]]:
    """The same of several nodes, by id."""
    found: dict[int, list[Granted]] = {each: [] for each in node_ids}
    columns = (GRANTS.c.node_id, GRANTS.c.principal, GRANTS.c.role)
    for row in db.execute(select(*columns).where(GRANTS.c.node_id.in_(node_ids))):
        found[row.node_id].append(Granted(row.principal, row.role))
    return {each: sorted(grants) for each, grants in found.items()}


def _check_grants(db: Session, grants: list[Granted], held: frozenset[Permission]) -> None:
    errors = []
    known = _known_principals(db, [grant.principal for grant in grants])
    for grant in grants:
        if grant.principal not in known:
            message = _(
                "%(principal)r is nobody here; use user:NAME, group:NAME, signed-in or public",
                principal=grant.principal,
            )
            errors.append(FieldError("grants", message))
        if grant.role not in set(Role):
            errors.append(
                FieldError("grants", _("%(role)r is no role; use %(roles)s", role=grant.role, roles=", ".join(Role)))
            )
        elif not Role(grant.role).permissions <= held:
            errors.append(
                FieldError(
                    "grants", _("you cannot give the role %(role)s: you do not have it yourself", role=grant.role)
                )
            )
    if errors:
        raise Invalid(errors)


def _hold_groups(db: Session, grants: Iterable[Granted]) -> None:
    """Keep the groups from being deleted until the grants stand: a namesake must not get them."""
    names = [grant.principal.removeprefix("group:") for grant in grants if grant.principal.startswith("group:")]
    if names:
        held = select(Group.id).where(Group.name.in_(names)).order_by(Group.id)
        db.execute(held.with_for_update(read=True, key_share=True)).all()


def _known_principals(db: Session, principals: list[str]) -> set[str]:
    users = [name.removeprefix("user:") for name in principals if name.startswith("user:")]
    groups = [name.removeprefix("group:") for name in principals if name.startswith("group:")]
    known = {SIGNED_IN, PUBLIC}
    if users:
        known |= {f"user:{name}" for name in db.execute(select(User.name).where(User.name.in_(users))).scalars()}
    if groups:
        known |= {f"group:{name}" for name in db.execute(select(Group.name).where(Group.name.in_(groups))).scalars()}
    return known
