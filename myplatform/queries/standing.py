"""Which users stand for which principals, and how far roles given to principals take them: as sets, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, union_all

from ..models import Group, Membership, User
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN, Role

Ranks = Mapping[str, int]
"""Principals with the rank of the strongest role each has: 1 for a reader to 4 for a manager; others have none."""

NONE = 0
EVERYBODY = (SIGNED_IN, PUBLIC)


def rank_of(role: str) -> int:
    """1 for a reader to 4 for a manager."""
    return Role(role).rank() + 1


def role_of(rank: int) -> Role | None:
    """The role of a rank, None for 0."""
    return list(Role)[rank - 1] if rank else None


def ranks_of(grants: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The rank of the strongest role of each principal."""
    ranks: dict[str, int] = {}
    for principal, role in grants:
        ranks[principal] = max(rank_of(role), ranks.get(principal, NONE))
    return ranks


def rank_for(ranks: Ranks, principals: Iterable[str]) -> int:
    """The rank of somebody who stands for these principals."""
    return max((ranks.get(principal, NONE) for principal in principals), default=NONE)


def floor_of(ranks: Ranks, *, public: bool) -> int:
    """The rank that everybody who is signed in has; `public` says whether what the public may takes effect."""
    return rank_for(ranks, EVERYBODY if public else (SIGNED_IN,))


def standing_for(principals: Iterable[str]) -> Any:
    """Subquery (user_id, principal): users with those of the principals that are themselves or groups they are in.

    Groups of groups are included; what everybody or administrators stand for is not.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for principal in sorted(set(principals)):
        kind, _, name = principal.partition(":")
        names[kind].append(name)
    direct, nested = Membership.__table__.alias("direct"), Membership.__table__.alias("nested")
    group = literal("group:").concat(Group.name).label("principal")
    themselves = literal("user:").concat(User.name).label("principal")
    parts = union_all(
        select(User.id.label("user_id"), themselves).where(User.name.in_(names["user"])),
        select(direct.c.user_id, group)
        .join(Group, Group.id == direct.c.group_id)
        .where(Group.name.in_(names["group"]), direct.c.user_id.is_not(None)),
        select(direct.c.user_id, group)
        .select_from(nested)
        .join(direct, direct.c.group_id == nested.c.member_group_id)
        .join(Group, Group.id == nested.c.group_id)
        .where(Group.name.in_(names["group"]), direct.c.user_id.is_not(None)),
    )
    return parts.subquery("standing")


def rank_in(principal: ColumnElement[str], ranks: Ranks) -> ColumnElement[int]:
    """The rank that a column's principal has."""
    holders: dict[int, list[str]] = defaultdict(list)
    for name, rank in ranks.items():
        if name not in (*EVERYBODY, ADMINISTRATORS):
            holders[rank].append(name)
    if not holders:
        return literal(NONE)
    whens = [(principal.in_(sorted(names)), rank) for rank, names in sorted(holders.items())]
    return case(*whens, else_=NONE)


def people_with(floors: Mapping[str, int], **sides: Ranks) -> Any:
    """Subquery of enabled users: id, name, display_name, is_admin, and their rank by each side's ranks.

    `floors` has for each side the rank that nobody falls below. Administrators manage on all sides.
    """
    standing = standing_for(principal for ranks in sides.values() for principal in ranks)
    columns = [func.max(rank_in(standing.c.principal, ranks)).label(side) for side, ranks in sides.items()]
    given = select(standing.c.user_id, *columns).group_by(standing.c.user_id).subquery("given")
    shown = [_held(floors[side], func.coalesce(given.c[side], NONE)).label(side) for side in sides]
    return (
        select(User.id, User.name, User.display_name, User.is_admin, *shown)
        .outerjoin(given, given.c.user_id == User.id)
        .where(User.disabled_at.is_(None))
        .subquery("people")
    )


def _held(floor: int, rank: ColumnElement[int]) -> ColumnElement[int]:
    return case((User.is_admin, rank_of(Role.MANAGER)), (rank < floor, floor), else_=rank)
