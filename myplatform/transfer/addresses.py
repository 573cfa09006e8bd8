"""Which node of an import a link means: by its place in the folder, or its address on the old site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..markup import normalise_target, split_target
from .planning import Planned


class Addresses:
    """Everything in an import by the names it has, whatever their case.

    Absolute targets start at the root of the import or, where a handbook keeps its pages in a folder of their
    own, in one of its first-level folders; `site_roots` collects the places of those that links led into.
    """

    def __init__(self, planned: Iterable[Planned]) -> None:
        self.site_roots: set[str] = set()
        self._files: dict[str, Planned] = {}
        self._nodes: dict[str, Planned] = {}
        self._old: dict[str, Planned] = {}
        texts: Counter[str] = Counter()
        for node in planned:
            self._files[f"/{node.file}"] = node
            self._nodes.setdefault(_key(f"/{node.place}"), node)
            if node.document is not None and "/" in node.place:
                texts[node.place.partition("/")[0]] += 1
            for address in node.old_addresses:
                self._old.setdefault(_key(old_path(address)), node)
        self._first_level = [place for place, _ in texts.most_common()]  # a folder of images is no root of a site

    def find(self, target: str, page: Planned) -> Planned | None:
        """The node that `target` means in the text of `page`, or None.

        In what an export wrote, only links to files on disk were made by it; all others stand as people typed them.
        """
        if page.document is not None and page.document.is_exported:
            return None if target.startswith("/") else self._files.get(str(_with_suffix(target, page.base)))
        for name in self._candidates(target, page):
            if (node := self._nodes.get(_key(name))) is not None:
                return node
        if not target.startswith("/"):
            return None
        name = normalise_target(target, "/")
        return self._below_first_level(str(name)) or self._old.get(_key(str(name)))

    def _candidates(self, target: str, page: Planned) -> Iterator[str]:
        # Relative links mean files beside the file, or, where addresses end in a slash, what is below it.
        for base in (page.base, f"/{page.place}"):
            for name in (_with_suffix(target, base), normalise_target(target, base)):
                if isinstance(name, str):
                    yield name

    def _below_first_level(self, name: str) -> Planned | None:
        for place in self._first_level:
            node = self._nodes.get(_key(f"/{place}{name.rstrip('/')}"))
            if node is not None:
                self.site_roots.add(place)
                return node
        return None


def old_path(address: str) -> str:
    """An address on the old site as a path from its root: no query, no fragment, no closing slash."""
    name = normalise_target(split_target(address)[0], "/")
    return name if isinstance(name, str) else "/"


def _with_suffix(target: str, base: str) -> str | int | None:
    """The path of a target with its ".md": a Markdown file can also be a file among others."""
    return normalise_target(f"{target.rstrip('/')}/", base)


def _key(path: str) -> str:
    return path.casefold()
