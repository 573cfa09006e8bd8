"""`export`: a subtree as Markdown with front matter, files and CSV, which an import turns into the same subtree."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import Invalid, Missing
from ..fields import Link
from ..identity import Identity
from ..kinds import kind_of, rich_text_field
from ..markup import normalise_target, split_target
from ..models import Node, Redirect, descendants_of, is_live
from ..models.node import UNPLACED
from ..parts.files import FileStore
from ..queries.nodes import NODE_COLUMNS, NodeRow, find_by_path, permitted
from ..queries.visibility import may
from .disk_places import CONTAINERS, disk_places, needs_slug, relative_link
from .documents import EXPORT_FORMAT
from .frontmatter import with_front_matter
from .people_table import people_table
from .planning import PEOPLE_TABLE
from .progress import Progress, silent
from .relinking import relinked
from .report import Remark, Report

NODES = Node.__table__


def export(
    db: Session, files: FileStore, path: str, folder: Path, *, by: Identity, progress: Progress = silent
) -> Report:
    """Write what `by` may see at and below `path` into `folder`, which must be new or empty.

    Grants, history and trash stay behind. Raises `Missing` and `Invalid`.
    """
    path = "/" + path.strip("/")
    top = find_by_path(db, path)
    if top is None or not permitted(db, by, top.id):
        raise Missing(f"There is nothing at {path}.")
    if top.kind not in CONTAINERS:
        raise Invalid.one("path", f"{path} is a {top.kind}; name the folder it is in")
    if folder.exists() and any(folder.iterdir()):
        raise Invalid.one("folder", f"{folder} is not empty; name a new one")
    return _Export(db, files, top, folder, by).run(progress)


class _Export:
    def __init__(self, db: Session, files: FileStore, top: NodeRow, folder: Path, by: Identity) -> None:
        self.db = db
        self.files = files
        self.top = top
        self.folder = folder
        self.by = by
        self.report = Report()
        self.below = descendants_of(top.ancestry, top.id)
        rows = db.execute(
            select(*NODE_COLUMNS)
            .where(self.below, is_live(), may(by))
            .order_by(func.length(NODES.c.ancestry), NODES.c.position, NODES.c.sort_title, NODES.c.id)
        )
        nodes = sorted([top, *rows], key=lambda row: row.ancestry.count("/"))
        self.places = disk_places(nodes, top)
        self.nodes = {row.id: row for row in nodes if row.id in self.places}
        self.children: dict[int, list[NodeRow]] = {}
        for node in self.nodes.values():
            self.children.setdefault(node.parent_id, []).append(node)
        self.values = self._values()
        self.redirects = self._redirects()

    def run(self, progress: Progress) -> Report:
        self.folder.mkdir(parents=True, exist_ok=True)
        for done, node in enumerate(self.nodes.values(), start=1):
            if node.kind == "file":
                self._write_file(node)
            elif node.kind != "employee":
                self._write_text(node)
            if node.kind == "people":
                self._write_people(node)
            self.report.created.append(node.path)
            progress(done, len(self.nodes), node.path)
        return self.report

    def _values(self) -> dict[int, dict[str, Any]]:
        """The values of every node's own fields, in one statement a kind."""
        values: dict[int, dict[str, Any]] = {}
        for name in {node.kind for node in self.nodes.values()}:
            table = kind_of(name).table
            if table is None:
                continue
            wanted = (self.below | (NODES.c.id == self.top.id)) & (NODES.c.kind == name)
            rows = self.db.execute(select(table).join(NODES, NODES.c.id == table.c.node_id).where(wanted))
            values |= {row.node_id: dict(row._mapping) for row in rows}
        return values

    def _redirects(self) -> dict[int, list[str]]:
        stem = f"{self.top.path.rstrip('/')}/"
        rows = select(Redirect.node_id, Redirect.path).where(Redirect.path.startswith(stem, autoescape=True))
        found: dict[int, list[str]] = {}
        for row in self.db.execute(rows.order_by(Redirect.path)):
            found.setdefault(row.node_id, []).append("/" + row.path.removeprefix(stem))
        return found

    def _write_text(self, node: NodeRow) -> None:
        values = self.values.get(node.id, {})
        rich = rich_text_field(kind_of(node.kind))
        text = (values.get(rich.name) if rich is not None else None) or ""
        target = self.folder / self.places[node.id].file
        target.parent.mkdir(parents=True, exist_ok=True)
        body = relinked(text, lambda url, _position: self._relative(url, node))
        target.write_text(with_front_matter(self._front_matter(node, values), body), "utf-8", newline="\n")

    def _front_matter(self, node: NodeRow, values: Mapping[str, Any]) -> dict[str, Any]:
        kind, name = kind_of(node.kind), self.places[node.id].name
        children = self.children.get(node.id, [])
        front: dict[str, Any] = {"title": node.title, "format": EXPORT_FORMAT}
        if node.kind not in ("folder", "page"):
            front["kind"] = node.kind
        if node.id != self.top.id and needs_slug(node, name):
            front["slug"] = node.slug
        rich = rich_text_field(kind)
        for field in kind.written_fields():
            if field is not rich and values.get(field.name) is not None:
                front[field.name] = self._plain(field, values[field.name])
        if node.id in self.redirects:
            front["redirect_from"] = self.redirects[node.id]
        if placed := [child.slug for child in children if child.position < UNPLACED]:
            front["order"] = placed
        if described := dict(filter(None, (self._file_words(child) for child in children if child.kind == "file"))):
            front["files"] = described
        return front

    def _plain(self, field: Any, value: Any) -> Any:
        """A field's value as YAML holds it; a node is named by its path."""
        if isinstance(field, Link):
            return self.nodes[value].path if value in self.nodes else value
        return value if isinstance(value, str | int | float | bool | list) else str(value)

    def _file_words(self, node: NodeRow) -> tuple[str, dict[str, str]] | None:
        """What an import could not tell from the file alone, by the file's name on disk."""
        name, values = self.places[node.id].name, self.values.get(node.id, {})
        words = {"title": node.title, "file_name": values.get("file_name"), "about": values.get("about")}
        told = {key: text for key, text in words.items() if text and text != name}
        if needs_slug(node, name):
            told["slug"] = node.slug
        return (name, told) if told or name.lower().endswith((".md", ".markdown")) else None

    def _relative(self, url: str, page: NodeRow) -> str | None:
        target, tail = split_target(url)
        named = normalise_target(target, page.path)
        found = self.nodes.get(named) if isinstance(named, int) else None
        return relative_link(page, found, self.places) + tail if found is not None else None

    def _write_file(self, node: NodeRow) -> None:
        target = self.folder / self.places[node.id].file
        target.parent.mkdir(parents=True, exist_ok=True)
        stored = self.files.open(self.values[node.id]["sha256"])
        if stored is None:
            self.report.problems.append(Remark(node.path, 0, "its bytes are missing in the file store"))
            return
        with stored as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out)

    def _write_people(self, node: NodeRow) -> None:
        employees = [child for child in self.children.get(node.id, []) if child.kind == "employee"]
        if not employees:
            return
        photos = {
            each.id: relative_link(node, photo, self.places)
            for each in employees
            if (photo := self.nodes.get(self.values[each.id]["photo"])) is not None
        }
        folder = self.folder / self.places[node.id].folder
        folder.mkdir(parents=True, exist_ok=True)
        table = people_table(self.db, self.by, employees, self.values, photos)
        (folder / PEOPLE_TABLE).write_text(table, "utf-8", newline="")
