"""What stands around every page: the tree of places, with the current branch open, and the breadcrumbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from ..assets import manifest
from ..kinds import kind_of
from ..permissions import Permission
from ..queries.navigation import PlaceRow, holder_kinds, navigation_rows, place_kinds
from ..queries.nodes import NodeRow
from ..resources import NodeResource

UNKNOWN_ICON = "item"


@dataclass
class Place:
    """One line of the sidebar's tree."""

    id: int
    title: str
    path: str
    icon: str
    has_children: bool
    is_current: bool = False
    children: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Navigation:
    """The sidebar's places and where the people are, if the asker may see a directory of them."""

    tree: list[Place]
    people_path: str | None


def kind_icon(kind_name: str) -> str:
    """The icon of a kind, by our name for it or by the drawing's; a kind with neither gets a plain one."""
    name = kind_of(kind_name).icon
    icons = manifest()["icons"]
    drawings = {drawing: meaning for meaning, drawing in icons.items()}
    return name if name in icons else drawings.get(name, UNKNOWN_ICON)


def navigation(request: Request) -> Navigation:
    """The tree as the asker may see it, open along the way to the current node. One statement."""
    context = getattr(request, "context", None)
    lineage = [step.node for step in context.lineage[1:]] if isinstance(context, NodeResource) else []
    holders = set(holder_kinds())
    open_ids = [node.id for node in lineage if node.kind in holders]
    rows, people_path = navigation_rows(request.db, request.identity, open_ids)
    levels: dict[int | None, list[Place]] = {}
    for row in rows:
        levels.setdefault(row.parent_id, []).append(_place(row))
    tree = [place for place in _grown(levels, lineage) if place.path != people_path]
    return Navigation(tree, people_path)


def _grown(levels: dict[int | None, list[Place]], lineage: list[NodeRow]) -> list[Place]:
    """The top level with each open level below its place; below a place that is hidden, one level up."""
    below = {node.id for node in lineage}
    top = next((places for parent, places in levels.items() if parent not in below), [])
    shown = top
    for node in lineage:
        place = next((each for each in shown if each.id == node.id), None)
        inside = levels.get(node.id, [])
        if place is None:
            shown.extend(inside)
            continue
        place.is_current = node is lineage[-1]
        place.children = shown = inside
    return top


def _place(row: PlaceRow) -> Place:
    return Place(row.id, row.title, row.path, kind_icon(row.kind), row.has_children)


def places(rows: Iterable[PlaceRow]) -> list[Place]:
    """Rows as lines of the tree, all closed."""
    return [_place(row) for row in rows]


def breadcrumbs(request: Request, *more: str) -> list[tuple[str, str]]:
    """Title and URL of each visible step from the root to here, and `more` titles of what is no node."""
    context = getattr(request, "context", None)
    lineage = context.lineage if isinstance(context, NodeResource) else []
    nodes = [each.node for each in lineage if _may_see(request, each)]
    trail: list[tuple[str, str]] = [(node.title, request.node_url(node.path)) for node in nodes]
    if not trail:
        trail = [("Home", request.node_url("/"))]
    return [*trail, *((title, "") for title in more)]


def _may_see(request: Request, resource: Any) -> bool:
    return bool(request.has_permission(Permission.VIEW, resource))


__all__ = ["Navigation", "Place", "breadcrumbs", "kind_icon", "navigation", "place_kinds", "places"]
