"""A folder of Markdown, images and other files, read into a plan: which nodes there will be, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..actions.rows import RESERVED_AT_ROOT
from ..slugs import slug_from, slug_from_filename, slug_problem, unique_slug
from .documents import Document, read_document
from .frontmatter import Unreadable, text_list
from .people_columns import names_and_slugs
from .report import Remark, Report
from .tables import Table, TableRefused, read_table

OWN_TEXTS = ("index.md", "readme.md")
PEOPLE_TABLE = "people.csv"
_MARKDOWN = (".md", ".markdown")
_FOLDER_TITLES = {"img": "Images", "imgs": "Images", "images": "Images", "docs": "Documents"}


@dataclass
class Planned:
    """A node to be: `place` is its path in the folder without ".md", "" for the folder itself.

    `document` is the Markdown it is made from, `source` the file (of which a `file` takes the bytes), `table` the
    people of a directory.
    """

    place: str
    kind: str
    slug: str
    title: str
    parent: Planned | None = None
    source: Path | None = None
    file_name: str = ""
    document: Document | None = None
    values: dict[str, Any] = field(default_factory=dict)
    node_id: int = 0
    path: str = ""
    taken: set[str] = field(default_factory=set)
    table: Table | None = None

    @property
    def described_files(self) -> dict[str, Any]:
        """What its front matter says of files in it, by their names on disk."""
        described = (self.document.values if self.document else {}).get("files")
        return described if isinstance(described, dict) else {}

    @property
    def base(self) -> str:
        """The folder that relative targets in its text start from, as a place with a leading slash."""
        return "/" + (self.place if self.is_container_text else self.place.rpartition("/")[0])

    @property
    def file(self) -> str:
        """The file it is made from, below the folder of the import; its place where there is none."""
        if self.source is None or self.kind == "file":
            return self.place
        folder = self.place if self.is_container_text else self.place.rpartition("/")[0]
        return f"{folder}/{self.source.name}".lstrip("/")

    @property
    def is_container_text(self) -> bool:
        """Whether its text is a folder's own (`index.md`), rather than one beside others."""
        return self.source is None or self.source.name.lower() in OWN_TEXTS

    @property
    def old_addresses(self) -> list[str]:
        """Where the page was found before, as its author says."""
        front = self.document.values if self.document else {}
        return [*text_list(front.get("permalink")), *text_list(front.get("redirect_from"))]


def plan(folder: Path, title: str, report: Report, *, at_root: bool = False) -> list[Planned]:
    """Everything in `folder`, parents before children; files that cannot be read are remarked in `report`."""
    return list(_Planner(folder, report).run(title, at_root))


def readable_title(name: str) -> str:
    """A title from a file or folder name: "travel-and-leave" gives "Travel and leave"."""
    words = re.sub(r"[-_\s]+", " ", name).strip()
    return _FOLDER_TITLES.get(words.lower(), words[:1].upper() + words[1:]) or name


class _Planner:
    def __init__(self, folder: Path, report: Report) -> None:
        self.folder = folder
        self.report = report

    def run(self, title: str, at_root: bool) -> Iterator[Planned]:
        entries = self._entries(self.folder)
        top = Planned("", "folder", "", title, taken=set(RESERVED_AT_ROOT) if at_root else set())
        self._take_own_text(top, entries)
        yield top
        yield from self._inside(top, entries)

    def _inside(self, parent: Planned, entries: list[Path]) -> Iterator[Planned]:
        if parent.kind == "people":
            yield from self._people(parent, entries)
        folders = {path.name: path for path in entries if path.is_dir()}
        files = [path for path in entries if not path.is_dir()]
        texts = [p for p in files if p.suffix.lower() in _MARKDOWN and p.name not in parent.described_files]
        for path in texts:
            below = folders.get(path.stem)
            inner = self._entries(below) if below else []
            if _own_text(inner):
                inner = []  # the folder speaks for itself and stands beside the page
            elif below:
                del folders[path.stem]
            yield from self._document(path, parent, inner)
        for path in folders.values():
            yield from self._folder(path, parent)
        for path in files:
            if path not in texts:
                yield self._file(path, parent)

    def _people(self, directory: Planned, entries: list[Path]) -> Iterator[Planned]:
        """The employees of a directory; what stands in a folder of their address is kept below them."""
        by_name = {path.name: path for path in entries}
        path = by_name.get(PEOPLE_TABLE)
        if path is None or PEOPLE_TABLE in directory.described_files:
            return
        entries.remove(path)
        try:
            directory.table = read_table(path.read_bytes(), self._place(path))
        except TableRefused as refused:
            self.report.problems += refused.remarks
            return
        for name, wanted in names_and_slugs(directory.table):
            slug = unique_slug(wanted, directory.taken)
            directory.taken.add(slug)
            employee = Planned(f"{directory.place}/{slug}".lstrip("/"), "employee", slug, name, directory)
            yield employee
            if (below := by_name.get(slug)) is not None and below.is_dir():
                entries.remove(below)
                yield from self._inside(employee, self._entries(below))

    def _document(self, path: Path, parent: Planned, inner: list[Path]) -> Iterator[Planned]:
        document = self._read(path)
        if document is None and not inner:
            return
        place = self._place(path.with_suffix(""))
        page = Planned(place, "page", "", readable_title(path.stem), parent, path)
        self._describe(page, document)
        page.slug = self._slug(page, slug_from(path.stem))
        yield page
        yield from self._inside(page, inner)

    def _folder(self, path: Path, parent: Planned) -> Iterator[Planned]:
        # A page holds pages, not folders: what lies deeper below a page becomes pages without a text.
        kind = "page" if parent.kind == "page" else "folder"
        entries = self._entries(path)
        if not entries:
            return
        node = Planned(self._place(path), kind, "", readable_title(path.name), parent)
        self._take_own_text(node, entries)
        node.slug = self._slug(node, slug_from(path.name))
        yield node
        yield from self._inside(node, entries)

    def _take_own_text(self, node: Planned, entries: list[Path]) -> None:
        own = _own_text(entries)
        if own is not None:
            entries.remove(own)
            document = self._read(own)
            if document is not None:
                node.source = own
                self._describe(node, document)

    def _file(self, path: Path, parent: Planned) -> Planned:
        node = Planned(self._place(path), "file", "", path.name, parent, path, path.name)
        values = parent.described_files.get(path.name)
        node.values = values if isinstance(values, dict) else {}
        node.slug = self._slug(node, slug_from_filename(path.name))
        if node.values:
            node.title = str(values.get("title") or node.title)
            node.file_name = str(values.get("file_name") or node.file_name)
        return node

    def _describe(self, node: Planned, document: Document | None) -> None:
        node.document = document
        if document is None:
            return
        node.title = document.title or node.title
        node.kind = str(document.values.get("kind") or node.kind)

    def _slug(self, node: Planned, made: str) -> str:
        given = str((node.document.values if node.document else node.values).get("slug") or "")
        wanted = given if given and not slug_problem(given) else made
        siblings = node.parent.taken if node.parent else set()
        slug = unique_slug(wanted, siblings)
        siblings.add(slug)
        if slug != wanted:
            self._remark(self.report.notes, node.source, 0, f"is called “{slug}”: “{wanted}” is another one's name")
        return slug

    def _entries(self, folder: Path) -> list[Path]:
        entries = []
        for path in sorted(folder.iterdir(), key=lambda p: (p.name.casefold(), p.name)):
            if path.name.startswith("."):
                continue
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                self._remark(self.report.problems, path, 0, "is a link or a device, which are not followed")
            else:
                entries.append(path)
        return entries

    def _read(self, path: Path) -> Document | None:
        try:
            return read_document(path)
        except Unreadable as error:
            self._remark(self.report.problems, path, error.line, error.message)
            return None

    def _place(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _remark(self, remarks: list[Remark], path: Path | None, line: int, text: str) -> None:
        remarks.append(Remark(self._place(path) if path else "", line, text))


def _own_text(entries: list[Path]) -> Path | None:
    by_name = {path.name.lower(): path for path in entries if path.is_file()}
    return next((by_name[name] for name in OWN_TEXTS if name in by_name), None)
