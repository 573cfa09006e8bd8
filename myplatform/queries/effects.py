"""What a change of sharing, a move or a copy would do to whom, found out without doing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant, Grant, Node, descendants_of, is_live
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN, Role
from .nodes import NodeRow
from .standing import Ranks, floor_of, people_with, rank_for, ranks_of, role_of

NODES = Node.__table__
EFFECTIVE = EffectiveGrant.__table__
MANAGES = Role.MANAGER.rank() + 1
LISTED = 12
"""How many people of each shift are named; the others are counted."""

Grants = frozenset[tuple[str, str]]
"""What applies at a place, as (principal, role)."""


class Person(NamedTuple):
    """A user as a list names one."""

    name: str
    display_name: str


@dataclass(frozen=True)
class Shift:
    """So many people have another role than before, None being no access; the first of them by name."""

    before: Role | None
    after: Role | None
    count: int
    people: tuple[Person, ...]

    @property
    def is_loss(self) -> bool:
        """Whether they may do less than before."""
        return self.before is not None and (self.after is None or self.after.rank() < self.before.rank())

    @property
    def more(self) -> int:
        """How many are counted but not named."""
        return self.count - len(self.people)


@dataclass(frozen=True)
class Effect:
    """What would come of it: whose role changes, what visitors and everybody signed in get, and what to beware of.

    Site administrators are not counted: they may do everything before and after.
    """

    shifts: tuple[Shift, ...]
    public: tuple[Role | None, Role | None]
    signed_in: tuple[Role | None, Role | None]
    public_is_on: bool
    loses_own: bool
    only_administrators: bool
    places_inside: int

    @property
    def gaining(self) -> int:
        """How many people may do more than before."""
        return sum(shift.count for shift in self.shifts if not shift.is_loss)

    @property
    def reaches_more(self) -> bool:
        """Whether anybody, also without signing in, may do more than before."""
        return self.gaining > 0 or (self.public_is_on and _above(*self.public))

    @property
    def is_nothing(self) -> bool:
        """Whether nobody would notice."""
        return not self.shifts and self.public[0] == self.public[1] and self.signed_in[0] == self.signed_in[1]


def effect_of_sharing(
    db: Session, node: NodeRow, grants: Iterable[tuple[str, str]], *, inherits: bool, by: Identity
) -> Effect:
    """What replacing the grants of the node by these, inheriting the others or not, would do. Five statements."""
    inherited = applying_at_parent(db, node) if inherits and node.parent_id is not None else frozenset()
    after = frozenset((principal, str(role)) for principal, role in grants) | inherited
    return _effect(db, applying_at(db, node.access_id), after, by, _places_inside(db, node))


def effect_of_moving(db: Session, node: NodeRow, new_parent: NodeRow, *, by: Identity) -> Effect:
    """What moving the node into another place would do: its own grants go along, what it inherits does not."""
    after = _own(db, node) | (applying_at(db, new_parent.access_id) if node.inherits else frozenset())
    return _effect(db, applying_at(db, node.access_id), after, by, _places_inside(db, node))


def effects_of_moving(db: Session, nodes: Iterable[NodeRow], new_parent: NodeRow, *, by: Identity) -> list[Effect]:
    """What moving several nodes would do: one effect for all that are shared alike, none where it stays the same."""
    alike = {node.access_id: node for node in nodes}
    alike.pop(new_parent.access_id, None)
    return [effect_of_moving(db, node, new_parent, by=by) for node in alike.values()]


def effect_of_copying(db: Session, node: NodeRow, new_parent: NodeRow, *, by: Identity) -> Effect:
    """Who can reach a copy in another place, beside who can reach the node: grants are not copied."""
    after = applying_at(db, new_parent.access_id)
    return _effect(db, applying_at(db, node.access_id), after, by, places_inside=0)


def effects_of_copying(db: Session, nodes: Iterable[NodeRow], new_parent: NodeRow, *, by: Identity) -> list[Effect]:
    """What copying several nodes would do: one effect for all that are shared alike, where more can reach the copy."""
    alike = {node.access_id: node for node in nodes}
    effects = [effect_of_copying(db, node, new_parent, by=by) for node in alike.values()]
    return [effect for effect in effects if effect.reaches_more]


def effects_of_granting(
    db: Session, nodes: Sequence[NodeRow], grants: Iterable[tuple[str, str]], *, by: Identity
) -> list[tuple[list[NodeRow], Effect]]:
    """What giving the same roles on several nodes would do: nodes on which it does the same stand together.

    A principal that has another role on a node itself has the new one instead. Three statements, and two more for
    each different effect.
    """
    given = [(principal, str(role)) for principal, role in grants]
    named = {principal for principal, _ in given}
    own, applying = _own_of(db, nodes), _applying_of(db, nodes)
    alike: dict[tuple[Grants, Grants], list[NodeRow]] = defaultdict(list)
    for node in nodes:
        kept = {grant for grant in own[node.id] if grant[0] not in named}
        above = applying.get(node.parent_id, frozenset()) if node.inherits else frozenset()
        alike[applying[node.id], frozenset({*kept, *given, *above})].append(node)
    return [(same, _effect(db, before, after, by, places_inside=0)) for (before, after), same in alike.items()]


def applying_at(db: Session, access_id: int) -> Grants:
    """What finally applies at an access root."""
    rows = db.execute(select(EFFECTIVE.c.principal, EFFECTIVE.c.role).where(EFFECTIVE.c.access_id == access_id))
    return frozenset((row.principal, row.role) for row in rows)


def applying_at_parent(db: Session, node: NodeRow) -> Grants:
    """What finally applies at the place that the node stands in."""
    above = select(NODES.c.access_id).where(NODES.c.id == node.parent_id).scalar_subquery()
    return applying_at(db, above)


def _own(db: Session, node: NodeRow) -> Grants:
    return _own_of(db, [node])[node.id]


def _own_of(db: Session, nodes: Sequence[NodeRow]) -> dict[int, Grants]:
    ids = [node.id for node in nodes]
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in db.execute(select(Grant.node_id, Grant.principal, Grant.role).where(Grant.node_id.in_(ids))):
        found[row.node_id].add((row.principal, row.role))
    return {each: frozenset(found[each]) for each in ids}


def _applying_of(db: Session, nodes: Sequence[NodeRow]) -> dict[int, Grants]:
    """What finally applies at each of the nodes and at their parents, by id."""
    ids = {each for node in nodes for each in (node.id, node.parent_id) if each is not None}
    rows = db.execute(
        select(NODES.c.id, EFFECTIVE.c.principal, EFFECTIVE.c.role)
        .join(EFFECTIVE, EFFECTIVE.c.access_id == NODES.c.access_id)
        .where(NODES.c.id.in_(ids))
    )
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        found[row.id].add((row.principal, row.role))
    return {node_id: frozenset(grants) for node_id, grants in found.items()}


def _effect(db: Session, before: Grants, after: Grants, by: Identity, places_inside: int) -> Effect:
    was, becomes = ranks_of(before), ranks_of(after)
    is_on = PUBLIC in by.principals
    people = people_with(
        {"before": floor_of(was, public=is_on), "after": floor_of(becomes, public=is_on)}, before=was, after=becomes
    )
    others = people.c.is_admin.is_(False)
    most = db.execute(select(func.max(people.c.before), func.max(people.c.after)).where(others)).one()
    return Effect(
        shifts=_shifts(db, people),
        public=_sides(PUBLIC, was, becomes),
        signed_in=_sides(SIGNED_IN, was, becomes),
        public_is_on=is_on,
        loses_own=_manages(was, by) and not _manages(becomes, by),
        only_administrators=most[0] == MANAGES and (most[1] or 0) < MANAGES,
        places_inside=places_inside,
    )


def _shifts(db: Session, people: Any) -> tuple[Shift, ...]:
    sides = [people.c.before, people.c.after]
    changed = (
        select(
            people,
            func.count().over(partition_by=sides).label("total"),
            func.row_number().over(partition_by=sides, order_by=(people.c.display_name, people.c.name)).label("place"),
        )
        .where(people.c.before != people.c.after)
        .subquery("changed")
    )
    named: dict[tuple[int, int, int], list[Person]] = defaultdict(list)
    rows = db.execute(
        select(changed)
        .where(changed.c.place <= LISTED)
        .order_by(changed.c.after, changed.c.before.desc(), changed.c.place)
    )
    for row in rows:
        named[row.before, row.after, row.total].append(Person(row.name, row.display_name))
    return tuple(
        Shift(role_of(before), role_of(after), total, tuple(those)) for (before, after, total), those in named.items()
    )


def _above(before: Role | None, after: Role | None) -> bool:
    return after is not None and (before is None or after.rank() > before.rank())


def _sides(principal: str, was: Ranks, becomes: Ranks) -> tuple[Role | None, Role | None]:
    return role_of(was.get(principal, 0)), role_of(becomes.get(principal, 0))


def _manages(ranks: Ranks, by: Identity) -> bool:
    return ADMINISTRATORS in by.principals or rank_for(ranks, by.principals) == MANAGES


def _places_inside(db: Session, node: NodeRow) -> int:
    """How many places inside have sharing of their own, so that there it may come out differently."""
    own = (descendants_of(node.ancestry, node.id), NODES.c.access_id == NODES.c.id, is_live())
    return db.execute(select(func.count()).select_from(NODES).where(*own)).scalar_one()
