"""Going back: to an earlier version, or on a single change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ..errors import Conflict, Missing, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.changes import shared_since, values_at, was_edited_since, writable_values
from ..queries.nodes import Entry, NodeRow, entry_of, find_by_path, node_by_id
from .arrangement import move_node
from .content import edit_node
from .locking import lock_subtree
from .ordering import put_at, undo_order
from .sharing import Granted, granted_on, set_grants
from .trash import restore_node, trash_node

NEEDED = {
    "created": Permission.TRASH,
    "edited": Permission.EDIT,
    "reverted": Permission.EDIT,
    "confirmed": Permission.EDIT,
    "moved": Permission.TRASH,
    "trashed": Permission.TRASH,
    "restored": Permission.TRASH,
    "shared": Permission.SHARE,
    "ordered": Permission.EDIT,
}
"""What undoing an action needs on the node; actions that are missing here cannot be undone."""
SELECTION = "selection"
"""The subject of a change that names, under "changes", the changes of several nodes made at once."""


def revert_node(
    db: Session, node: NodeRow, version: int, *, by: Identity, expected_version: int | None
) -> Entry:
    """Give the node the title and fields it had at `version`, as a new version. Raises `Missing` and `Conflict`."""
    entry = entry_of(db, node)
    values = writable_values(entry, values_at(db, entry, version))
    return edit_node(db, node, values, by=by, expected_version=expected_version, action="reverted")


def can_be_undone(change: Row[Any]) -> bool:
    """Whether it can be taken back, provided that nothing came after it: by `undo_change`, a selection's by `bulk`."""
    is_told = change.subject == SELECTION or (change.node_id is not None and change.subject is None)
    return is_told and change.action in NEEDED


def undo_change(db: Session, change: Row[Any], *, by: Identity) -> NodeRow:
    """Do the opposite of one change, which is recorded as a change of its own; returns the node.

    Raises `Missing` where the node is gone or unseen, `NotAllowed`, and `Conflict` where later changes stand on it.
    """
    if not can_be_undone(change) or change.subject == SELECTION:
        raise Conflict(_("This cannot be undone."))
    node = node_by_id(db, change.node_id, in_trash=True)
    held = permissions_on(db, by, node)
    if Permission.VIEW not in held:
        raise Missing
    needed = NEEDED[change.action]
    if needed not in held:
        raise NotAllowed(_("You may not undo this."), needed)
    return _UNDO[change.action](db, node, change, by)


def _undo_edit(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:
    if was_edited_since(db, change):
        raise Conflict(_("It has been changed again since; go back to a version in its history instead."))
    entry = entry_of(db, node)
    before = {name: pair[0] for name, pair in change.values.items()}
    values = writable_values(entry, before)
    return edit_node(db, node, values, by=by, expected_version=node.version, action="reverted").node


def _undo_create(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:  # noqa: ARG001 - called through _UNDO like all
    return trash_node(db, node_by_id(db, node.id), by=by)[0]


def _undo_move(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:
    old_path, new_path = change.values["path"]
    if node.path != new_path or node.trash_id is not None:
        raise Conflict(_("It has been moved again since."))
    place, slug = old_path.rsplit("/", 1)
    parent = find_by_path(db, place or "/")
    if parent is None or Permission.ADD not in permissions_on(db, by, parent):
        raise Conflict(_("The place it came from is gone, or you may not add to it."))
    moved = move_node(db, node, by=by, to=parent, slug=slug)
    if "position" in change.values:
        moved = put_at(db, moved, change.values["position"][0])
    return moved


def _undo_trash(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:  # noqa: ARG001 - called through _UNDO like all
    return restore_node(db, node, by=by)


def _undo_share(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:
    node = lock_subtree(db, node)
    before, after = change.values["grants"]
    inherits, inherited_after = change.values.get("inherits", [node.inherits, node.inherits])
    is_as_left = sorted(map(tuple, after)) == sorted(granted_on(db, node.id)) and node.inherits == inherited_after
    if not is_as_left or shared_since(db, change):
        raise Conflict(_("It has been shared differently since."))
    return set_grants(db, node, [Granted(*each) for each in before], inherits=inherits, by=by)[0]


def _undo_order(db: Session, node: NodeRow, change: Row[Any], by: Identity) -> NodeRow:
    before, after = change.values["order"]
    undo_order(db, node, before, after, by=by)
    return node


_UNDO = {
    "created": _undo_create,
    "edited": _undo_edit,
    "reverted": _undo_edit,
    "confirmed": _undo_edit,
    "moved": _undo_move,
    "trashed": _undo_trash,
    "restored": _undo_create,
    "shared": _undo_share,
    "ordered": _undo_order,
}
