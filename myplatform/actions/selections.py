"""Many things at once that become a job, since a request must not take so long."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..languages import gettext as _
from ..languages import ngettext
from ..models import subtree_of
from ..models.node import NODES
from ..permissions import Permission
from ..queries.nodes import NodeRow
from .bulk import chosen
from .jobs import enqueue

NEEDED = {
    "move": Permission.TRASH,
    "copy": Permission.VIEW,
    "trash": Permission.TRASH,
    "restore": Permission.TRASH,
    "purge": Permission.PURGE,
}
"""What whoever asks needs on each of the things, by what is to be done."""
IN_TRASH = ("restore", "purge")
EACH = ("copy", "purge")
"""What is done with each thing below the chosen ones too; the others take a whole subtree at once."""
RANGES_AT_ONCE = 100


def ask_if_many(
    db: Session, what: str, ids: Sequence[int], *, by: Identity, to: int | None, most: int
) -> int | None:
    """The id of the job that does it, where that concerns more than `most` things; None where it can be done at once.

    Raises `Hindered` for what could not be done anyway.
    """
    nodes = chosen(db, ids, NEEDED[what], by=by, in_trash=what in IN_TRASH)
    count = _inside(db, nodes) if what in EACH else len(nodes)
    if count <= most:
        return None
    arguments = {"what": what, "ids": [node.id for node in nodes], "to": to}
    return enqueue(db, "change_selection", arguments, by=by, title=_title(what, count))


def _inside(db: Session, nodes: Sequence[NodeRow]) -> int:
    """How many things these are with all that is in them."""
    count = 0
    for start in range(0, len(nodes), RANGES_AT_ONCE):
        ranges = [subtree_of(node.ancestry, node.id) for node in nodes[start : start + RANGES_AT_ONCE]]
        count += db.execute(select(func.count()).select_from(NODES).where(or_(*ranges))).scalar_one()
    return count


def _title(what: str, count: int) -> str:
    words = {
        "move": _("moving"),
        "copy": _("copying"),
        "trash": _("moving to the trash"),
        "restore": _("restoring"),
        "purge": _("deleting for good"),
    }
    return f"{words[what]}, {ngettext('%(n)s thing', '%(n)s things', count)}"
