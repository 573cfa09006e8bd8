"""Several nodes at once: moved, copied, shared, trashed, restored, deleted for good; all of them or none.

Each becomes a change as if it had been done alone. One more change, of no node, names them under "changes", so that
the whole can be undone at once; its subject is `SELECTION`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..errors import Conflict, Invalid, Missing, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import Change, is_live
from ..models.node import NODES
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import NODE_COLUMNS, NodeRow
from ..queries.visibility import may
from .arrangement import Progress, copy_node, move_node, silent
from .content import edit_node
from .history import SELECTION, undo_change
from .locking import lock_subtrees
from .ordering import place_child
from .recording import record
from .sharing import Granted, granted_on, set_grants
from .trash import purge_node, restore_node, trash_node

CHANGES = Change.__table__
MOST = 1000
"""Nodes that one call takes."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Hindrance:
    """Why nothing was done: the node that stood in the way, its title if the asker may see it, and the reason."""

    node_id: int
    title: str
    reason: str


class Hindered(Conflict):
    """Nothing was done to any of several nodes, because of some of them."""

    def __init__(self, hindrances: Sequence[Hindrance]):
        self.hindrances = tuple(hindrances)
        told = "; ".join(f"{each.title}: {each.reason}" for each in self.hindrances[:3])
        super().__init__(f"{_('Nothing was changed.')} {told}")


@dataclass(frozen=True)
class Done:
    """The nodes as they now stand, and the change that undoes the whole, if anything changed."""

    nodes: list[NodeRow]
    change: int | None


def chosen(
    db: Session, ids: Iterable[int], permission: Permission, *, by: Identity, in_trash: bool = False
) -> list[NodeRow]:
    """The nodes of these ids, in the order of ids, on all of which `by` has the permission.

    What lies below another of them is left out: it goes along. Raises `Hindered` and `Invalid`.
    """
    wanted = sorted(set(ids))
    if not 1 <= len(wanted) <= MOST:
        raise Invalid.one("node", _("choose at least one thing and at most %(most)s", most=MOST))
    place = NODES.c.trash_id == NODES.c.id if in_trash else is_live()
    rows = db.execute(
        select(*NODE_COLUMNS, may(by, permission).label("is_allowed"))
        .where(NODES.c.id.in_(wanted), place, may(by))
        .order_by(NODES.c.id)
    ).all()
    _ensure_all(rows, wanted)
    tops = {f"{row.ancestry}{row.id}/" for row in rows}
    return [row for row in rows if not any(prefix in tops for prefix in _prefixes(row.ancestry))]


def _ensure_all(rows: Sequence[Row[Any]], wanted: Sequence[int]) -> None:
    missing = set(wanted) - {row.id for row in rows}
    gone = [Hindrance(each, _("Something"), _("it is gone, or you may not see it")) for each in sorted(missing)]
    refused = [Hindrance(row.id, row.title, _("you may not do this with it")) for row in rows if not row.is_allowed]
    if gone or refused:
        raise Hindered([*gone, *refused])


def _prefixes(ancestry: str) -> list[str]:
    steps = ancestry.strip("/").split("/")
    return [f"/{'/'.join(steps[:end])}/" for end in range(1, len(steps) + 1)]


def move_many(
    db: Session,
    ids: Iterable[int],
    *,
    by: Identity,
    to: NodeRow,
    before: int | None = None,
    is_placed: bool = False,
    expected_versions: dict[int, int] | None = None,
    progress: Progress = silent,
) -> Done:
    """Put the nodes into `to`; with `is_placed` also in front of its child `before`, or last with None.

    Old addresses redirect. Raises `Hindered`, `NotAllowed`.
    """
    nodes = _held(db, ids, Permission.TRASH, by, also=[to.id])
    needed = Permission.ADD if any(node.parent_id != to.id for node in nodes) else Permission.VIEW
    _ensure_may(db, by, to, needed)
    if is_placed:
        _ensure_may(db, by, to, Permission.EDIT)
    versions = expected_versions or {}

    def move(node: NodeRow) -> NodeRow:
        moved = move_node(db, node, by=by, to=to, expected_version=versions.get(node.id), is_locked=True)
        if is_placed:
            place_child(db, to, moved.id, before=before, by=by)
        return moved

    return _all_or_nothing(db, nodes, move, progress, by=by, action="moved", also_changed=[to.id] if is_placed else [])


def rename(
    db: Session,
    node: NodeRow,
    *,
    by: Identity,
    title: str,
    to: NodeRow | None = None,
    slug: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """Give a node another title, address or place; one change takes all of that back. Raises as those actions do."""
    lock_subtrees(db, [node], also=[] if to is None else [to.id])
    floor = _last_change(db)
    if title != node.title:
        node = edit_node(db, node, {"title": title}, by=by, expected_version=expected_version).node
        expected_version = None
    moved = move_node(db, node, by=by, to=to, slug=slug or node.slug, expected_version=expected_version)
    return _told(db, floor, [moved], by=by, action="moved")


def copy_many(
    db: Session, ids: Iterable[int], *, by: Identity, to: NodeRow, progress: Progress = silent, **named: str | None
) -> Done:
    """Copy the nodes, and of what is below them what `by` may see, into `to`; one may be `named` by `title` and `slug`.

    Raises `Hindered`, `NotAllowed`.
    """
    nodes = chosen(db, ids, Permission.VIEW, by=by)
    _ensure_may(db, by, to, Permission.ADD)
    given: dict[str, Any] = {"by": by, "to": to, "progress": progress, **named}
    return _all_or_nothing(db, nodes, lambda node: copy_node(db, node, **given).node, by=by, action="created")


def share_many(db: Session, ids: Iterable[int], *, by: Identity, grants: Sequence[Granted]) -> Done:
    """Give the same roles on each of the nodes; who has another role on one of them itself gets the new one instead.

    Raises `Hindered`, also for what `set_grants` refuses.
    """
    nodes = _held(db, ids, Permission.SHARE, by)
    named = {grant.principal for grant in grants}

    def share(node: NodeRow) -> NodeRow:
        kept = [grant for grant in granted_on(db, node.id) if grant.principal not in named]
        return set_grants(db, node, [*kept, *grants], inherits=node.inherits, by=by)[0]

    return _all_or_nothing(db, nodes, share, by=by, action="shared")


def trash_many(db: Session, ids: Iterable[int], *, by: Identity, progress: Progress = silent) -> Done:
    """Put the nodes with all that is in them into the trash. Raises `Hindered`."""
    nodes = _held(db, ids, Permission.TRASH, by)
    return _all_or_nothing(db, nodes, lambda node: trash_node(db, node, by=by)[0], progress, by=by, action="trashed")


def restore_many(db: Session, ids: Iterable[int], *, by: Identity, progress: Progress = silent) -> Done:
    """Bring the nodes back from the trash with all that went with them. Raises `Hindered`."""
    nodes = _held(db, ids, Permission.TRASH, by, in_trash=True)
    return _all_or_nothing(db, nodes, lambda node: restore_node(db, node, by=by), progress, by=by, action="restored")


def purge_many(db: Session, ids: Iterable[int], *, by: Identity, progress: Progress = silent) -> int:
    """Delete the nodes of the trash and all below them for good; returns how many that were. Raises `Hindered`."""
    nodes = _held(db, ids, Permission.PURGE, by, in_trash=True)
    return sum(_each(db, nodes, lambda node: purge_node(db, node, by=by), progress))


def undo_selection(db: Session, change: Row[Any], *, by: Identity) -> Done:
    """Take back all changes that a change of several nodes names, the last first. Raises `Hindered`."""
    ids = change.values["changes"][1]
    changes = db.execute(select(*CHANGES.c).where(CHANGES.c.id.in_(ids)).order_by(CHANGES.c.id.desc())).all()
    tops = db.execute(select(*NODE_COLUMNS).where(NODES.c.id.in_({each.node_id for each in changes}))).all()
    lock_subtrees(db, tops)
    floor = _last_change(db)
    titled = [Named(each.node_id, each.node_title, each) for each in changes]
    nodes = _each(db, titled, lambda named: undo_change(db, named.change, by=by))
    ordered = [each.node_id for each in changes if each.action == "ordered"]
    there = {node.id: node for node, each in zip(nodes, changes, strict=True) if each.action != "ordered"}
    return _told(db, floor, list(there.values()), by=by, action=None, also_changed=ordered)


@dataclass(frozen=True)
class Named:
    """A change with what `_each` tells of it where it cannot be undone."""

    id: int
    title: str
    change: Row[Any]


def _held(
    db: Session,
    ids: Iterable[int],
    permission: Permission,
    by: Identity,
    *,
    in_trash: bool = False,
    also: Sequence[int] = (),
) -> list[NodeRow]:
    """The chosen nodes once they are locked, judged again as they then stand."""
    wanted = list(ids)
    lock_subtrees(db, chosen(db, wanted, permission, by=by, in_trash=in_trash), also=also)
    return chosen(db, wanted, permission, by=by, in_trash=in_trash)


def _ensure_may(db: Session, by: Identity, place: NodeRow, permission: Permission) -> None:
    if permission not in permissions_on(db, by, place):
        raise NotAllowed(_("You may not change what is in “%(title)s”.", title=place.title), permission)


def _all_or_nothing(
    db: Session,
    nodes: Sequence[NodeRow],
    work: Callable[[NodeRow], NodeRow],
    progress: Progress = silent,
    *,
    by: Identity,
    action: str,
    also_changed: Sequence[int] = (),
) -> Done:
    floor = _last_change(db)
    done = _each(db, nodes, work, progress)
    return _told(db, floor, done, by=by, action=action, also_changed=also_changed)


def _told(
    db: Session, floor: int, nodes: list[NodeRow], *, by: Identity, action: str | None, also_changed: Sequence[int] = ()
) -> Done:
    """What was done, with the one change that names all changes since `floor`, where there are several.

    Without `action` it is called by what happened first.
    """
    made = _changes_since(db, by, floor, [*(node.id for node in nodes), *also_changed])
    if len(made) < 2:
        return Done(nodes, made[0].id if made else None)
    found = next((row.action for row in made if row.action != "ordered"), "ordered")
    values = {"changes": (None, [row.id for row in made]), "count": (None, len(nodes))}
    return Done(nodes, record(db, by=by, action=action or found, subject=SELECTION, values=values))


def _each(
    db: Session, things: Sequence[Any], work: Callable[[Any], Result], progress: Progress = silent
) -> list[Result]:
    """The results of the work on each of the things. Raises `Hindered` naming all on which it cannot be done."""
    results, hindrances = [], []
    for number, thing in enumerate(things, start=1):
        try:
            with db.begin_nested():
                results.append(work(thing))
        except (Conflict, Invalid, Missing, NotAllowed) as problem:
            hindrances.append(Hindrance(thing.id, thing.title, problem.words))
        progress(number, len(things))
    if hindrances:
        raise Hindered(hindrances)
    return results


def _last_change(db: Session) -> int:
    return db.execute(select(func.coalesce(func.max(CHANGES.c.id), 0))).scalar_one()


def _changes_since(db: Session, by: Identity, floor: int, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """What `by` just did to these nodes themselves, which are locked: nobody else has changed them."""
    own = (CHANGES.c.id > floor, CHANGES.c.subject.is_(None), CHANGES.c.actor == by.name)
    wanted = (*own, CHANGES.c.node_id.in_(set(ids)))
    return db.execute(select(CHANGES.c.id, CHANGES.c.action).where(*wanted).order_by(CHANGES.c.id)).all()
