"""`export`: a subtree as Markdown with front matter, files and CSV, which an import turns into the same subtree."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Table, func, or_, select
from sqlalchemy.orm import Session

from ..errors import Invalid, Missing
from ..fields import Link
from ..identity import Identity
from ..kinds import Kind, kind_of, rich_text_field
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
AT_ONCE = 200
"""Nodes whose texts are held at once."""
RANGES_AT_ONCE = 100


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
    return Exported(db, Folder(folder, files), [top], by, top=top).run(progress)


def rows_below(db: Session, tops: Sequence[NodeRow], by: Identity) -> Iterator[NodeRow]:
    """What `by` may see below the nodes, parents before children, each place in its order."""
    order = (func.length(NODES.c.ancestry), NODES.c.position, NODES.c.sort_title, NODES.c.id)
    for some in batched(tops, RANGES_AT_ONCE):
        below = or_(*(descendants_of(top.ancestry, top.id) for top in some))
        yield from db.execute(select(*NODE_COLUMNS).where(below, is_live(), may(by)).order_by(*order))


def batched(things: Iterable[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """The things, so many at a time."""
    rest = iter(things)
    while some := tuple(islice(rest, size)):
        yield some


class Folder:
    """A folder on disk that an export is written into."""

    def __init__(self, folder: Path, files: FileStore) -> None:
        self.folder = folder
        self.files = files
        folder.mkdir(parents=True, exist_ok=True)

    def write_text(self, name: str, text: str) -> None:
        """Write a text under a relative name."""
        self._target(name).write_text(text, "utf-8", newline="")

    def write_file(self, name: str, sha256: str) -> bool:
        """Write a content of the file store under a relative name; whether the store has it."""
        stored = self.files.open(sha256)
        if stored is None:
            return False
        with stored as stream, self._target(name).open("wb") as out:
            shutil.copyfileobj(stream, out)
        return True

    def _target(self, name: str) -> Path:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


class Target(Protocol):
    """What an export is written into."""

    def write_text(self, name: str, text: str) -> None:
        """Keep a text under a relative name."""

    def write_file(self, name: str, sha256: str) -> bool:
        """Keep a content of the file store under a relative name; whether the store has it."""


class Exported:
    """What of some nodes and all below them an asker may see, written as text, files and tables into a target.

    With one `top` it becomes the target's own text; otherwise the `tops` stand side by side. Texts are read a few at a
    time; of each node its row and its other fields are held.
    """

    def __init__(self, db: Session, target: Target, tops: Sequence[NodeRow], by: Identity, *, top: NodeRow | None):
        self.db = db
        self.target = target
        self.top = top
        self.by = by
        self.report = Report()
        found = {row.id: row for row in (*tops, *rows_below(db, tops, by))}
        nodes = sorted(found.values(), key=lambda row: row.ancestry.count("/"))
        self.places = disk_places(nodes, top, () if top is not None else {row.id for row in tops})
        self.nodes = {row.id: row for row in nodes if row.id in self.places}
        self.children: dict[int, list[NodeRow]] = {}
        for node in self.nodes.values():
            self.children.setdefault(node.parent_id, []).append(node)
        self.values = self._values()
        self.redirects = self._redirects() if top is not None else {}

    def run(self, progress: Progress = silent) -> Report:
        """Write everything; says what was written and what could not be."""
        done = 0
        for batch in batched(self.nodes.values(), AT_ONCE):
            texts = self._texts(batch)
            for node in batch:
                done += 1
                self._write(node, texts.get(node.id, ""))
                self.report.created.append(node.path)
                progress(done, len(self.nodes), node.path)
        return self.report

    def _write(self, node: NodeRow, text: str) -> None:
        if node.kind == "file":
            self._write_file(node)
        elif node.kind != "employee":
            self._write_text(node, text)
        if node.kind == "people":
            self._write_people(node)

    def _values(self) -> dict[int, dict[str, Any]]:
        """The values of every node's own fields but for its text."""
        values: dict[int, dict[str, Any]] = {}
        for kind, table, ids in self._by_kind(self.nodes.values()):
            rich = rich_text_field(kind)
            columns = [column for column in table.c if rich is None or column.name != rich.name]
            for row in self.db.execute(select(*columns).where(table.c.node_id.in_(ids))):
                values[row.node_id] = dict(row._mapping)
        return values

    def _texts(self, nodes: Iterable[NodeRow]) -> dict[int, str]:
        texts: dict[int, str] = {}
        for kind, table, ids in self._by_kind(nodes):
            if (rich := rich_text_field(kind)) is not None:
                statement = select(table.c.node_id, table.c[rich.name]).where(table.c.node_id.in_(ids))
                texts |= {node_id: text or "" for node_id, text in self.db.execute(statement)}
        return texts

    @staticmethod
    def _by_kind(nodes: Iterable[NodeRow]) -> Iterator[tuple[type[Kind], Table, list[int]]]:
        """Kinds that have a table with the ids of their nodes, a few hundred at a time."""
        ids: dict[str, list[int]] = {}
        for node in nodes:
            ids.setdefault(node.kind, []).append(node.id)
        for name, of_kind in ids.items():
            kind = kind_of(name)
            if kind.table is not None:
                for some in batched(of_kind, AT_ONCE):
                    yield kind, kind.table, list(some)

    def _redirects(self) -> dict[int, list[str]]:
        stem = f"{self.top.path.rstrip('/')}/"
        rows = select(Redirect.node_id, Redirect.path).where(Redirect.path.startswith(stem, autoescape=True))
        found: dict[int, list[str]] = {}
        for row in self.db.execute(rows.order_by(Redirect.path)):
            found.setdefault(row.node_id, []).append("/" + row.path.removeprefix(stem))
        return found

    def _write_text(self, node: NodeRow, text: str) -> None:
        body = relinked(text, lambda url, _position: self._relative(url, node))
        front = self._front_matter(node, self.values.get(node.id, {}))
        self.target.write_text(self.places[node.id].file, with_front_matter(front, body))

    def _front_matter(self, node: NodeRow, values: Mapping[str, Any]) -> dict[str, Any]:
        kind, name = kind_of(node.kind), self.places[node.id].name
        children = self.children.get(node.id, [])
        front: dict[str, Any] = {"title": node.title, "format": EXPORT_FORMAT}
        if node.kind not in ("folder", "page"):
            front["kind"] = node.kind
        if node is not self.top and needs_slug(node, name):
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
        if not self.target.write_file(self.places[node.id].file, self.values[node.id]["sha256"]):
            self.report.problems.append(Remark(node.path, 0, "its bytes are missing in the file store"))

    def _write_people(self, node: NodeRow) -> None:
        employees = [child for child in self.children.get(node.id, []) if child.kind == "employee"]
        if not employees:
            return
        photos = {
            each.id: relative_link(node, photo, self.places)
            for each in employees
            if (photo := self.nodes.get(self.values[each.id]["photo"])) is not None
        }
        table = people_table(self.db, self.by, employees, self.values, photos)
        self.target.write_text(posixpath.join(self.places[node.id].folder, PEOPLE_TABLE), table)
