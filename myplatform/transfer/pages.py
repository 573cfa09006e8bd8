"""`import pages`: a folder of Markdown and files becomes a subtree; again, and only what differs changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actions.content import ensure_root
from ..actions.files import Limits
from ..actions.rows import reserve_node_ids
from ..errors import Invalid, Missing, Problem, TooLarge
from ..identity import Identity
from ..kinds import kind_named
from ..models import Node, descendants_of, is_live
from ..parts.files import FileStore
from ..permissions import Permission
from ..queries.nodes import NODE_COLUMNS, NodeRow, find_by_path, permitted
from ..slugs import slug_problem
from .front_values import front_values, left_out
from .linking import Linker
from .people import import_people
from .people_columns import photos
from .places import ensure_folder, require
from .planning import Planned, plan, readable_title
from .progress import Progress, silent
from .redirecting import write_redirects
from .report import Remark, Report
from .tables import TableRefused
from .writing import Writer

NODES = Node.__table__


def import_pages(
    db: Session,
    files: FileStore,
    folder: Path,
    path: str,
    *,
    by: Identity,
    limits: Limits,
    progress: Progress = silent,
) -> Report:
    """Bring everything in `folder` to the node at `path`, made where it is missing, and report what was done.

    All in the transaction of `db`. A file that cannot be taken over is a problem in the report and holds up
    no other. Raises `NotAllowed` where `by` may not write and `Invalid` for a `path` that cannot be one.
    """
    return _Import(Writer(db, files, by, limits), progress).run(folder, "/" + path.strip("/"))


class _Import:
    def __init__(self, writer: Writer, progress: Progress) -> None:
        self.writer = writer
        self.db = writer.db
        self.progress = progress
        self.report = Report()
        self.rows: dict[str, NodeRow] = {}

    def run(self, folder: Path, path: str) -> Report:
        parent = self._find_top(path)
        title = self.rows[path].title if path in self.rows else readable_title(path.rpartition("/")[2])
        planned = plan(folder, title, self.report, at_root=path == "/")
        planned = self._possible(planned, path, parent)
        self._number(planned)
        linker = Linker(self.db, self.writer.by, path, planned, self.report)
        for done, node in enumerate(planned, start=1):
            if node.kind != "employee":
                self._write(node, parent if node.parent is None else self.rows.get(node.parent.path), linker)
            self._write_people(node, planned)
            self.progress(done, len(planned), node.place)
        self._set_photos(planned, linker)
        self._order(planned)
        roots = linker.addresses.site_roots
        write_redirects(self.db, path, planned, site_roots=roots, live=self.rows, report=self.report)
        return self.report

    def _find_top(self, path: str) -> NodeRow | None:
        """Read what stands at and below `path`; where nothing does, make and return the folder above it."""
        top = ensure_root(self.db) if path == "/" else find_by_path(self.db, path)
        if top is None:
            above, _, slug = path.rpartition("/")
            if problem := slug_problem(slug):
                raise Invalid.one("path", problem)
            return ensure_folder(self.db, above or "/", by=self.writer.by, report=self.report)
        if not permitted(self.db, self.writer.by, top.id):
            raise Missing(f"There is nothing at {path}.")
        below = descendants_of(top.ancestry, top.id)
        rows = self.db.execute(select(*NODE_COLUMNS).where(below, is_live()))
        self.rows = {row.path: row for row in rows} | {top.path: top}
        return None

    def _possible(self, planned: Iterable[Planned], path: str, parent: NodeRow | None) -> list[Planned]:
        """The nodes that can be written; for each other one the report says why."""
        possible: dict[int, Planned] = {}
        for node in planned:
            if node.parent is None:
                node.path, node.slug = path, path.rpartition("/")[2]
                inside = parent.kind if parent is not None else ""
            elif id(node.parent) in possible:
                node.path, inside = f"{node.parent.path.rstrip('/')}/{node.slug}", node.parent.kind
            else:
                self._problem(node, "was left out together with what it stands in")
                continue
            reason = self._impossible(node, inside)
            if reason:
                self._problem(node, reason)
            else:
                possible[id(node)] = node
        return list(possible.values())

    def _impossible(self, node: Planned, inside: str) -> str | None:
        existing = self.rows.get(node.path)
        if node.parent is None and existing is not None and node.document is None:
            node.kind = existing.kind
        if existing is not None and existing.kind != node.kind:
            return f"there is a {existing.kind} at {node.path} already, and this is a {node.kind}"
        try:
            if inside and not kind_named(inside).may_contain(kind_named(node.kind)):
                return f"a {node.kind} cannot be kept inside a {inside}"
            if node.kind != "file":
                front_values(node, node.document.body if node.document else "")
            elif node.source and node.source.stat().st_size > self.writer.limits.size:
                return f"is larger than the {self.writer.limits.size:,} bytes allowed"
        except Problem as problem:
            return problem.message
        return None

    def _number(self, planned: list[Planned]) -> None:
        """Give every node its id before any text is written, so that texts can refer to all of them."""
        new = [node for node in planned if node.path not in self.rows]
        for node, node_id in zip(new, reserve_node_ids(self.db, len(new)), strict=True):
            node.node_id = node_id
        for node in planned:
            node.node_id = node.node_id or self.rows[node.path].id

    def _write(self, node: Planned, parent: NodeRow | None, linker: Linker) -> None:
        existing = self.rows.get(node.path)
        if existing is None and parent is None:
            self._problem(node, "was left out together with what it stands in")
            return
        self._remark(node)
        body = linker.linked_text(node)
        try:
            if existing is not None:
                row = self.writer.update(node, existing, body)
            else:
                row = self._created(node, parent, body)
        except (Invalid, TooLarge) as problem:
            self._problem(node, problem.message)
            return
        self.rows[row.path] = row
        if existing is None:
            self.report.created.append(row.path)
        else:
            done = self.report.changed if row.version != existing.version else self.report.unchanged
            done.append(row.path)

    def _write_people(self, directory: Planned, planned: list[Planned]) -> None:
        """Take over the table of a directory, all of it or none; its employees then are among the rows."""
        table = directory.table
        if table is None or directory.path not in self.rows:
            return
        reserved = {each.slug: each.node_id for each in planned if each.parent is directory}
        try:
            with self.db.begin_nested():
                by = self.writer.by
                self.report.add(import_people(self.db, table, directory.path, by=by, reserved=reserved))
        except TableRefused as refused:
            self.report.problems += refused.remarks
        children = select(*NODE_COLUMNS).where(NODES.c.parent_id == directory.node_id, is_live())
        self.rows |= {row.path: row for row in self.db.execute(children)}

    def _created(self, node: Planned, parent: NodeRow, body: str) -> NodeRow:
        if node.parent is None or node.parent.path not in self.report.created:
            require(self.db, self.writer.by, parent, Permission.ADD)
        return self.writer.create(node, parent, body)

    def _set_photos(self, planned: list[Planned], linker: Linker) -> None:
        by_path = {node.path: node for node in planned}
        for directory in planned:
            for slug, photo in photos(directory.table) if directory.table else ():
                path = f"{directory.path.rstrip('/')}/{slug}"
                found = linker.addresses.find(photo, directory)
                if path in by_path and path in self.rows and found is not None and found.path in self.rows:
                    self.writer.set_photo(self.rows[path], found.node_id)
                elif path in self.rows:
                    self.report.unresolved.append(Remark(f"{directory.place}/people.csv", 0, photo))

    def _order(self, planned: list[Planned]) -> None:
        children: dict[str, dict[str, int]] = {}
        for node in planned:
            if node.parent is not None and node.path in self.rows:
                children.setdefault(node.parent.path, {})[node.slug] = node.node_id
        for node in planned:
            self.writer.order(node, children.get(node.path, {}))

    def _remark(self, node: Planned) -> None:
        if node.document is None:
            return
        self.report.left_out.update(left_out(node))
        for tag in node.document.unknown_tags:
            self.report.unknown_tags.append(Remark(node.file, tag.line, f"{{% {tag.name} %}}"))

    def _problem(self, node: Planned, text: str) -> None:
        self.report.problems.append(Remark(node.file or node.path, 0, text))
