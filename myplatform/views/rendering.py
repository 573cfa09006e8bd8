"""Shows a node's Markdown: its links and images lead to the nodes they name, wherever these stand now."""

from __future__ import annotations

from pyramid.request import Request

from ..markup import Rendered, Resolved, internal_targets, normalise_target, render
from ..queries.nodes import NodeRow
from ..queries.references import named_nodes

SITE_PATHS = ("/-/", "/api/")


def rendered(request: Request, node: NodeRow, text: str | None) -> Rendered | None:
    """The text of a node as safe HTML with its headings; None where there is no text."""
    if not text:
        return None
    base = base_of(node)
    names = {each.target: normalise_target(each.target, base) for each in internal_targets(text)}
    wanted = [name for name in names.values() if name is not None and not _is_of_the_site(name)]
    nodes = named_nodes(request.db, request.identity, wanted)

    def resolve(target: str, is_image: bool) -> Resolved | None:
        name = names.get(target)
        if name is None or _is_of_the_site(name):
            return None
        if (found := nodes.get(name)) is not None:
            view = "@content" if is_image and found.kind == "file" else ""
            return Resolved(request.node_url(found.path, view))
        return Resolved(request.node_url(name if isinstance(name, str) else f"/-/id/{name}"), exists=False)

    return render(text, resolve)


def base_of(node: NodeRow) -> str:
    """The path from which a node's relative links start: its folder, or itself where it is one."""
    if node.kind in ("folder", "people"):
        return node.path
    return node.path.rpartition("/")[0] or "/"


def _is_of_the_site(name: str | int) -> bool:
    return isinstance(name, str) and (name.startswith(SITE_PATHS) or "/@" in name)
