"""Where each node of a subtree goes in a folder on disk, such that an import puts it back to the same address."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..queries.nodes import NodeRow
from ..slugs import slug_from, slug_from_filename
from .planning import OWN_TEXTS, PEOPLE_TABLE

CONTAINERS = ("folder", "people")
_OWN_STEMS = tuple(name.removesuffix(".md") for name in OWN_TEXTS)


@dataclass(frozen=True)
class DiskPlace:
    """`file` holds the node itself, `folder` what stands in it; `name` is its own part of both. All are relative."""

    name: str
    file: str
    folder: str


WHOLE = DiskPlace("", "index.md", "")
"""Where the node stands that is exported with all it holds."""


def disk_places(
    nodes: Iterable[NodeRow], top: NodeRow | None, side_by_side: Collection[int] = ()
) -> dict[int, DiskPlace]:
    """The place of each node by id; `nodes` has parents before children, starting with `top`.

    Without a `top`, the nodes with the ids `side_by_side` stand in the folder itself.
    """
    places: dict[int, DiskPlace] = {}
    used: set[str] = set()
    for node in nodes:
        if top is not None and node.id == top.id:
            places[node.id] = WHOLE
            continue
        parent = WHOLE if node.id in side_by_side else places.get(node.parent_id)
        if parent is None:
            continue
        name = _free_name(node, parent.folder, used)
        folder = posixpath.join(parent.folder, name)
        file = {"folder": f"{folder}/index.md", "people": f"{folder}/index.md", "file": folder}
        in_table = posixpath.join(parent.folder, PEOPLE_TABLE)
        own = in_table if node.kind == "employee" else file.get(node.kind, f"{folder}.md")
        places[node.id] = DiskPlace(name, own, folder)
    return places


def needs_slug(node: NodeRow, name: str) -> bool:
    """Whether an import would make another slug of the name on disk."""
    return (slug_from_filename(name) if node.kind == "file" else slug_from(name)) != node.slug


def relative_link(page: NodeRow, target: NodeRow, places: Mapping[int, DiskPlace]) -> str:
    """What a link in the text of `page` says to lead to `target` on disk."""
    start = posixpath.dirname(places[page.id].file)
    place = places[target.id]
    # People stand in one table: a link to one of them names the folder where their files would be.
    end = place.folder if target.kind == "employee" else place.file
    return quote(posixpath.relpath(f"/{end}", f"/{start}"))


def _free_name(node: NodeRow, folder: str, used: set[str]) -> str:
    name = node.slug
    if node.kind == "file":
        is_reserved = name.lower() in (*OWN_TEXTS, PEOPLE_TABLE)
    else:
        is_reserved = node.kind not in CONTAINERS and name.lower() in _OWN_STEMS
    if is_reserved or name.startswith("."):  # files that begin with a dot are not imported
        name = f"_{name}"
    suffix = ".md" if node.kind not in (*CONTAINERS, "file", "employee") else ""
    while posixpath.join(folder, name + suffix) in used:
        name = f"_{name}"
    used.add(posixpath.join(folder, name + suffix))
    return name
