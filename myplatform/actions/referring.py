"""Keeps which texts link where, in the transaction that writes or moves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ..fields import RichText
from ..kinds import Kind, kind_of
from ..markup import internal_targets, normalise_target
from ..models import Reference, subtree_of
from ..models.node import LONGEST_PATH, NODES
from ..queries.nodes import NODE_COLUMNS, NodeRow, values_of
from ..queries.references import base_of, permalink

REFERENCES = Reference.__table__


def references_in(node: NodeRow, kind: type[Kind], values: Mapping[str, Any]) -> dict[str, bool]:
    """What the node's texts link to: path or permanent link → whether it was written relative to the node.

    What is longer than any path names nothing and is left out; an index of PostgreSQL could not hold it.
    """
    found: dict[str, bool] = {}
    for name, field in kind.fields.items():
        text = values.get(name) if isinstance(field, RichText) else None
        for each in internal_targets(text) if text else ():
            target = normalise_target(each.target, base_of(node))
            if isinstance(target, int):
                found.setdefault(permalink(target), False)
            elif target is not None and len(target.encode(errors="replace")) <= LONGEST_PATH:
                found[target] = found.get(target, False) or not each.target.startswith("/")
    return found


def note_references(db: Session, node: NodeRow, kind: type[Kind], values: Mapping[str, Any]) -> None:
    """Keep what a new node links to; nothing is written for texts without links."""
    _insert(db, node.id, references_in(node, kind, values))


def renew_references(
    db: Session, node: NodeRow, kind: type[Kind], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Keep what an edited node links to; nothing is written where its links are the same."""
    wanted = references_in(node, kind, after)
    if wanted != references_in(node, kind, before):
        replace_references(db, node.id, wanted)


def renew_references_below(db: Session, top: NodeRow) -> None:
    """Follow the links that a subtree wrote relative to where it stood, now that it stands elsewhere."""
    relative = select(REFERENCES.c.source_id).where(REFERENCES.c.is_relative)
    moved = select(*NODE_COLUMNS).where(subtree_of(top.ancestry, top.id), NODES.c.id.in_(relative))
    for node in db.execute(moved).all():
        kind = kind_of(node.kind)
        replace_references(db, node.id, references_in(node, kind, values_of(db, kind, node.id)))


def replace_references(db: Session, source_id: int, wanted: Mapping[str, bool]) -> None:
    """Keep what a node links to instead of what was kept before."""
    db.execute(delete(REFERENCES).where(REFERENCES.c.source_id == source_id))
    _insert(db, source_id, wanted)


def _insert(db: Session, source_id: int, wanted: Mapping[str, bool]) -> None:
    rows = [{"source_id": source_id, "target": target, "is_relative": flag} for target, flag in wanted.items()]
    if rows:
        db.execute(insert(REFERENCES), rows)
