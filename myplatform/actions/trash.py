"""The trash: a node goes there with its whole subtree, comes back with it, or is deleted for good."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..errors import Conflict, Missing, ensure
from ..identity import Identity
from ..languages import gettext as _
from ..models import Change, Node, descendants_of, is_live, subtree_of, utc_now
from ..queries.nodes import NODE_COLUMNS, NodeRow, node_by_id
from .access import refresh_access
from .arrangement import address_in, check_place, rewrite_addresses_below, write_changes_below
from .locking import lock_node, lock_subtree
from .recording import record
from .rows import free_slug, write_node

CHANGES = Change.__table__
NODES = Node.__table__


def trash_node(
    db: Session, node: NodeRow, *, by: Identity, expected_version: int | None = None
) -> tuple[NodeRow, int]:
    """Put the node and everything live below it into the trash; returns it and the id of the change to undo."""
    ensure(node.parent_id is not None, "", _("the home of the site cannot be trashed"))
    node = lock_subtree(db, node)
    if expected_version is not None and expected_version != node.version:
        raise Conflict(_("This was changed by somebody else in the meantime."), current=node.version)
    below = descendants_of(node.ancestry, node.id) & is_live()
    write_changes_below(db, below, top=node, action="trashed", by=by)
    now = utc_now()
    db.execute(update(NODES).where(below).values(trash_id=node.id, trashed_at=now, trashed_by=by.name))
    trashed = write_node(db, node, by=by, trash_id=node.id, trashed_at=now, trashed_by=by.name)
    change = record(db, by=by, action="trashed", node=trashed, values={"trashed": (False, True)})
    return trashed, change


def restore_node(db: Session, node: NodeRow, *, by: Identity, to: NodeRow | None = None) -> NodeRow:
    """Bring a trashed node back with all that went with it, into `to` where its place is gone.

    A taken name is numbered. Raises `Conflict` where it is not in the trash by itself or its place is trashed.
    """
    node = lock_subtree(db, node, in_trash=True)
    if node.trash_id != node.id:
        if node.trash_id is None:
            raise Conflict(_("This cannot be restored: it is not in the trash."))
        raise Conflict(_("This cannot be restored by itself: it went there with what it lies in; restore that."))
    parent = _place_for(db, node, to)
    slug = free_slug(db, parent, node.slug)
    check_place(node, parent, slug)
    live: dict[str, Any] = {"trash_id": None, "trashed_at": None, "trashed_by": None}
    restored = write_node(db, node, by=by, **address_in(parent, slug), **live)
    if (node.path, node.ancestry) != (restored.path, restored.ancestry):
        rewrite_addresses_below(db, node, restored, by=by)
    below = descendants_of(restored.ancestry, restored.id) & (NODES.c.trash_id == node.id)
    write_changes_below(db, below, top=restored, action="restored", by=by)
    db.execute(update(NODES).where(below).values(**live))
    refresh_access(db, restored)
    restored = node_by_id(db, restored.id)
    record(db, by=by, action="restored", node=restored, values={"trashed": (True, False)})
    return restored


def _place_for(db: Session, node: NodeRow, to: NodeRow | None) -> NodeRow:
    """Where the node is restored to, held in place until it is."""
    parent = node_by_id(db, to.id if to is not None else node.parent_id, in_trash=True)
    try:
        return lock_node(db, parent.id)
    except Missing:
        # The title of the place may be hidden from who restores, so nobody is told it here.
        raise Conflict(_("Its place is in the trash too: restore that first, or choose another.")) from None


def purge_node(db: Session, node: NodeRow, *, by: Identity) -> int:
    """Delete a trashed node and everything below it for good; returns how many nodes that were.

    Only the change rows remain. Bytes that nothing refers to any more are removed by `actions/files.py`.
    """
    node = lock_subtree(db, node, in_trash=True)
    if node.trash_id != node.id:
        raise Conflict(_("Only what lies in the trash by itself can be deleted for good."))
    below = descendants_of(node.ancestry, node.id)
    write_changes_below(db, below, top=node, action="purged", by=by)
    record(db, by=by, action="purged", node=node, values={"purged": (False, True)})
    subtree = subtree_of(node.ancestry, node.id)
    # What they showed to whom while they were open to more people must not come back now that they are gone.
    last_access = select(NODES.c.access_id).where(NODES.c.id == CHANGES.c.node_id).scalar_subquery()
    gone = CHANGES.c.node_id.in_(select(NODES.c.id).where(subtree))
    db.execute(update(CHANGES).where(gone).values(access_id=last_access))
    ids = list(db.execute(select(NODES.c.id).where(subtree)).scalars())
    db.execute(delete(NODES).where(subtree))
    return len(ids)


def overdue(db: Session, *, before: dt.datetime) -> list[NodeRow]:
    """What has lain in the trash since before a moment."""
    statement = select(*NODE_COLUMNS).where(NODES.c.trash_id == NODES.c.id, NODES.c.trashed_at < before)
    return list(db.execute(statement))
