"""Planned nodes made real through the same actions that forms and REST use, as whoever imports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actions.content import create_node, edit_node
from ..actions.files import Limits, Upload, add_file, replace_file
from ..actions.ordering import order_children
from ..identity import Identity
from ..kinds import kind_named
from ..models import Node, is_live
from ..models.node import UNPLACED
from ..parts.files import FileStore
from ..permissions import Permission
from ..queries.nodes import NodeRow, values_of
from .front_values import front_values
from .places import require
from .planning import Planned

NODES = Node.__table__


@dataclass(frozen=True)
class Writer:
    """Where an import writes, as whom, and how large its files may be."""

    db: Session
    files: FileStore
    by: Identity
    limits: Limits

    def create(self, node: Planned, parent: NodeRow, body: str) -> NodeRow:
        """Make a planned node. Raises `Invalid`, `Conflict`, `TooLarge`."""
        if node.kind != "file":
            kind, values = kind_named(node.kind), front_values(node, body)
            made = create_node(self.db, parent, kind, values, by=self.by, slug=node.slug, node_id=node.node_id)
            return made.node
        assert node.source is not None
        with node.source.open("rb") as stream:
            return add_file(
                self.db,
                self.files,
                parent,
                Upload(stream, node.file_name),
                by=self.by,
                limits=self.limits,
                values=_file_values(node),
                slug=node.slug,
                node_id=node.node_id,
            ).node

    def update(self, node: Planned, existing: NodeRow, body: str) -> NodeRow:
        """Bring a node to what is planned; nothing is written where nothing differs."""
        if node.kind == "file":
            values = _file_values(node)
            existing = self._replace_bytes(node, existing)
        elif node.document is not None:
            values = front_values(node, body)
        else:
            return existing  # a folder without a text of its own keeps the title and text it has
        edited = edit_node(self.db, existing, values, by=self.by, expected_version=None).node
        if edited.version != existing.version:
            require(self.db, self.by, existing, Permission.EDIT)
        return edited

    def set_photo(self, employee: NodeRow, file_id: int) -> None:
        """Let an employee's photo be that file."""
        values = {"photo": file_id}
        edited = edit_node(self.db, employee, values, by=self.by, expected_version=None).node
        if edited.version != employee.version:
            require(self.db, self.by, employee, Permission.EDIT)

    def order(self, node: Planned, children: dict[str, int]) -> None:
        """Put children (ids by slug) into the order that their parent's front matter names, if it does."""
        slugs = node.document.values.get("order") if node.document else None
        if not isinstance(slugs, list):
            return
        wanted = [children[slug] for slug in dict.fromkeys(map(str, slugs)) if slug in children]
        placed = select(NODES.c.id).where(NODES.c.parent_id == node.node_id, is_live(), NODES.c.position < UNPLACED)
        if wanted and list(self.db.execute(placed.order_by(NODES.c.position)).scalars()) != wanted:
            parent = self.db.execute(select(*NODES.c).where(NODES.c.id == node.node_id)).one()
            require(self.db, self.by, parent, Permission.EDIT)
            order_children(self.db, parent, wanted, by=self.by)

    def _replace_bytes(self, node: Planned, existing: NodeRow) -> NodeRow:
        assert node.source is not None
        with node.source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stored = values_of(self.db, kind_named("file"), existing.id)
            if (stored["sha256"], stored["file_name"]) == (digest, node.file_name):
                return existing
            require(self.db, self.by, existing, Permission.EDIT)
            stream.seek(0)
            upload = Upload(stream, node.file_name)
            replaced = replace_file(
                self.db, self.files, existing, upload, by=self.by, limits=self.limits, expected_version=None
            )
            return replaced.node


def _file_values(node: Planned) -> dict[str, Any]:
    return {"title": node.title, "about": str(node.values["about"]) if node.values.get("about") else None}
