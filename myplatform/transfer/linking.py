"""Links of imported texts, turned into permalinks so that they survive every later move."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from sqlalchemy.orm import Session

from ..identity import Identity
from ..markup import internal_targets, normalise_target, render, split_target
from ..queries.nodes import NodeRow
from ..queries.references import named_nodes
from .addresses import Addresses
from .planning import Planned
from .relinking import relinked
from .report import Remark, Report

_SITE_PREFIXES = ("/-/", "/api/")


class Linker:
    """Knows where every link of an import leads: into the import, else to what already stands in the tree."""

    def __init__(self, db: Session, by: Identity, root: str, planned: Iterable[Planned], report: Report) -> None:
        planned = list(planned)
        self.root = root.rstrip("/")
        self.report = report
        self.addresses = Addresses(planned)
        self.anchors: dict[str, dict[str, str]] = {}
        self.outside = named_nodes(db, by, self._names_outside(planned))

    def linked_text(self, page: Planned) -> str:
        """The text of `page` with permalinks; links that lead nowhere are remarked in the report."""
        document = page.document
        if document is None:
            return ""

        def relink(url: str, position: int) -> str | None:
            target, tail = split_target(url)
            line = document.line(position)
            if (planned := self.addresses.find(target, page)) is not None:
                return f"/-/id/{planned.node_id}{self._anchored(tail, planned, page, line)}"
            if (row := self._outside(target, page)) is not None:
                return f"/-/id/{row.id}{tail}"
            if document.is_exported and not target.startswith("/-/id/"):
                return None  # typed so by somebody: it goes where it went
            if target.startswith(_SITE_PREFIXES) and not target.startswith("/-/id/"):
                return None
            self.report.unresolved.append(Remark(page.file, line, url))
            return self._below_root(target) + tail if target.startswith("/") else None

        return relinked(document.body, relink)

    def _outside(self, target: str, page: Planned) -> NodeRow | None:
        return next((self.outside[name] for name in self._tree_names(target, page) if name in self.outside), None)

    def _anchored(self, tail: str, planned: Planned, page: Planned, line: int) -> str:
        """The query and fragment of a link, the fragment as it is called here: other sites form them otherwise."""
        query, _, fragment = tail.partition("#")
        if not fragment or planned.document is None or page.document.is_exported:
            return tail
        if planned.place not in self.anchors:
            headings = render(planned.document.body, _unresolved).headings
            exact = {heading.id: heading.id for heading in headings}
            self.anchors[planned.place] = {_loose(anchor): anchor for anchor in reversed(exact)} | exact
        known = self.anchors[planned.place]
        anchor = known.get(unquote(fragment)) or known.get(_loose(unquote(fragment)))
        if anchor is None:
            text = f"leads to {planned.path}, which has no heading for #{fragment}"
            self.report.notes.append(Remark(page.file, line, text))
            return tail
        return tail if unquote(fragment) == anchor else f"{query}#{quote(anchor)}"

    def _names_outside(self, planned: list[Planned]) -> set[str | int]:
        names: set[str | int] = set()
        for page in planned:
            for target, _ in internal_targets(page.document.body) if page.document else ():
                if self.addresses.find(target, page) is None:
                    names.update(self._tree_names(target, page))
        return names

    def _tree_names(self, target: str, page: Planned) -> list[str | int]:
        """What `target` could name in the tree as it stands: below the root of the import first."""
        name = normalise_target(target, f"{self.root}{page.base}")
        if name is None or (isinstance(name, str) and name.startswith(_SITE_PREFIXES)):
            return []
        if isinstance(name, str) and page.document is not None and page.document.is_exported:
            return []
        return [f"{self.root}{name}", name] if isinstance(name, str) and target.startswith("/") else [name]

    def _below_root(self, target: str) -> str:
        """An absolute path of the old site, where it would be in the tree."""
        if target.startswith(("/-/", f"{self.root}/")):
            return target
        return quote(f"{self.root}{normalise_target(target, '/')}", safe="/%")


def _unresolved(_target: str, _is_image: bool) -> None:
    """Resolves nothing: only the headings of the text are wanted."""


def _loose(anchor: str) -> str:
    """What the ways of forming an anchor agree on: the letters and digits of the heading, without "and" for "&"."""
    return re.sub(r"[\W_]+", "", re.sub(r"-and-", "-", anchor.lower()))
