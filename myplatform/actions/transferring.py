"""Asking for imports and exports, which jobs do."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ..errors import Invalid
from ..identity import Identity
from ..kinds import kind_of
from ..languages import gettext as _
from ..parts.files import FileStore
from ..queries.nodes import NodeRow
from .files import Upload, plain_file_name
from .jobs import enqueue

ENDINGS = {".zip": "import_pages", ".csv": "import_people"}
"""What job takes a file over, by the ending of its name."""


def imports_of(node: NodeRow) -> tuple[str, ...]:
    """The endings of files that can be imported into a node: people into a directory, pages into other places."""
    if node.kind == "people":
        return (".csv",)
    return (".zip",) if kind_of(node.kind).placed_anywhere and node.kind != "file" else ()


def ask_for_import(
    db: Session, files: FileStore, node: NodeRow, upload: Upload, *, by: Identity, max_size: int
) -> int:
    """Keep an uploaded zip or CSV file, and let a job bring what is in it to the node. Returns the id of the job.

    Raises `Invalid` for a file that is neither, or does not belong there, and `TooLarge`.
    """
    name = plain_file_name(upload.file_name)
    ending = f".{name.lower().rpartition('.')[2]}"
    if ending not in imports_of(node):
        known = " ".join(imports_of(node)) or "–"
        raise Invalid.one("file", _("cannot be imported here; what can ends in %(endings)s", endings=known))
    stored = files.put(upload.stream, max_size)
    arguments = {"sha256": stored.sha256, "file_name": name, "node_id": node.id}
    return enqueue(db, ENDINGS[ending], arguments, by=by, title=name)


def ask_for_export(db: Session, nodes: Sequence[NodeRow], *, by: Identity, site_title: str) -> int:
    """Let a job make a zip of the nodes and of what is below them. Returns its id."""
    first = nodes[0]
    name = (first.slug if len(nodes) == 1 else "") or site_title
    arguments = {"ids": [node.id for node in nodes], "name": name}
    return enqueue(db, "export_zip", arguments, by=by, title=first.title if len(nodes) == 1 else site_title)
