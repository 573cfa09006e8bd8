"""Many things at once, or one with much in it, that become a job, since a request must not take so long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..languages import ngettext
from ..models import subtree_of
from ..models.node import NODES
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import NodeRow
from .arrangement import check_place, ensure_free
from .bulk import Done, chosen, rename
from .jobs import enqueue

NEEDED = {
    "move": Permission.TRASH,
    "rename": Permission.TRASH,
    "copy": Permission.VIEW,
    "trash": Permission.TRASH,
    "restore": Permission.TRASH,
    "purge": Permission.PURGE,
}
"""What whoever asks needs on each of the things, by what is to be done."""
IN_TRASH = ("restore", "purge")
EACH = ("copy", "purge")
"""What is done with each thing below the chosen ones too; the others take a whole subtree at once."""
TAKEN_ALONG = 20
"""So many things that are taken along take as long as one with which something is done by itself."""
RANGES_AT_ONCE = 100


def ask_if_many(
    db: Session,
    what: str,
    ids: Sequence[int],
    *,
    by: Identity,
    to: int | None,
    most: int,
    options: Mapping[str, Any] | None = None,
) -> int | None:
    """The id of the job that does it, where that is more than `most` things at once; None where it can be done now.

    What is only taken along counts less. `options` are JSON: what the action takes besides. Raises `Hindered` for what
    could not be done anyway.
    """
    nodes = chosen(db, ids, NEEDED[what], by=by, in_trash=what in IN_TRASH)
    inside = count_inside(db, nodes)
    count = inside if what in EACH else len(nodes) + (inside - len(nodes)) // TAKEN_ALONG
    if count <= most:
        return None
    arguments = {"what": what, "ids": [node.id for node in nodes], "to": to, "count": inside}
    arguments["options"] = dict(options or {})
    return enqueue(db, "change_selection", arguments, by=by, title=_title(what, inside))


def ensure_place(
    db: Session, node: NodeRow, to: NodeRow, slug: str, *, expected_version: int | None = None, is_new: bool = False
) -> None:
    """Refuse at once what a job that moves the node, or (`is_new`) copies it, would refuse: a form can mend it now.

    Raises `Invalid`, `Conflict`.
    """
    if expected_version is not None and expected_version != node.version:
        raise Conflict(_("This was changed by somebody else in the meantime."), current=node.version)
    check_place(node, to, slug)
    ensure_free(db, to, slug, but=None if is_new else node)


def rename_one(db: Session, ids: Sequence[int], *, by: Identity, to: NodeRow | None = None, **given: Any) -> Done:
    """What `rename` does, judged anew as a job has to. Raises as `rename` does, `Hindered` and `NotAllowed`."""
    node = chosen(db, ids, NEEDED["rename"], by=by)[0]
    if to is not None and to.id != node.parent_id and Permission.ADD not in permissions_on(db, by, to):
        raise NotAllowed(_("You may not change what is in “%(title)s”.", title=to.title), Permission.ADD)
    given.pop("progress", None)  # it is one step
    return rename(db, node, by=by, to=to, **given)


def count_inside(db: Session, nodes: Sequence[NodeRow]) -> int:
    """How many things these are with all that is in them."""
    count = 0
    for start in range(0, len(nodes), RANGES_AT_ONCE):
        ranges = [subtree_of(node.ancestry, node.id) for node in nodes[start : start + RANGES_AT_ONCE]]
        count += db.execute(select(func.count()).select_from(NODES).where(or_(*ranges))).scalar_one()
    return count


def _title(what: str, count: int) -> str:
    words = {
        "move": _("moving"),
        "rename": _("moving"),
        "copy": _("copying"),
        "trash": _("moving to the trash"),
        "restore": _("restoring"),
        "purge": _("deleting for good"),
    }
    return f"{words[what]}, {ngettext('%(n)s thing', '%(n)s things', count)}"
