"""What stands around every page: the tree of places, with the current branch open, and the breadcrumbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from ..assets import icon_named
from ..kinds import kind_of
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.navigation import LEVEL_LIMIT, PlaceRow, cursor_behind, holder_kinds, navigation_rows, place_kinds
from ..queries.nodes import ROOT_PATH, NodeRow, parent_path
from ..resources import NodeResource

UNKNOWN_ICON = "item"
UNNAMED_ROOT = "Home"
"""The title that the root is made with."""
OPEN_COOKIE = "open-branches"
"""Where scripts keep the ids of the branches that were opened: "7.12"."""
MOST_OPEN = 12


@dataclass
class Place:
    """One line of the sidebar's tree; `more` continues what is in it behind `children`."""

    id: int
    parent_id: int | None
    version: int
    title: str
    path: str
    icon: str
    has_children: bool
    can_move: bool = False
    holds: bool = False
    is_current: bool = False
    children: list[Place] = field(default_factory=list)
    more: str | None = None


@dataclass(frozen=True)
class Level:
    """What one place shows of what is in it, and the cursor behind that, if there is more."""

    places: list[Place]
    more: str | None


@dataclass(frozen=True)
class Navigation:
    """The sidebar's places and where the people are, if the asker may see a directory of them."""

    tree: list[Place]
    more: str | None
    root_id: int | None
    people_path: str | None


def kind_icon(kind_name: str) -> str:
    """The icon of a kind, by our name for it or by the drawing's; a kind with neither gets a plain one."""
    return icon_named(kind_of(kind_name).icon) or UNKNOWN_ICON


def navigation(request: Request) -> Navigation:
    """The tree as the asker may see it, open along the way to the current node and where it was left open.

    One statement.
    """
    context = getattr(request, "context", None)
    is_here = isinstance(context, NodeResource) and context.node.trashed_at is None
    lineage = context.lineage[1:] if is_here else []
    holders = set(holder_kinds())
    open_ids = [step.node.id for step in lineage if step.node.kind in holders]
    rows, people_path = navigation_rows(request.db, request.identity, [*open_ids, *left_open(request, open_ids)])
    found: dict[int | None, list[PlaceRow]] = {}
    for row in rows:
        found.setdefault(row.parent_id, []).append(row)
    levels = {parent: level(inside) for parent, inside in found.items()}
    root_id = next((row.parent_id for row in rows if parent_path(row.path) == ROOT_PATH), None)
    top = levels.get(root_id, Level([], None))
    _grow(request, levels, top.places, lineage)
    for place in top.places:
        _open(place, levels)
    return Navigation([each for each in top.places if each.path != people_path], top.more, root_id, people_path)


def left_open(request: Request, others: list[int]) -> list[int]:
    """The branches that the browser remembers as open, without `others`."""
    texts = request.cookies.get(OPEN_COOKIE, "").split(".")[-MOST_OPEN:]
    ids = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
    return [each for each in dict.fromkeys(ids) if each not in others]


def _grow(request: Request, levels: dict[int | None, Level], top: list[Place], lineage: list[NodeResource]) -> None:
    """Open the way to the current node; what stands behind a level's first places is added to it.

    What is below a place that is hidden stands one level up.
    """
    shown = top
    for step in lineage:
        node = step.node
        place = next((each for each in shown if each.id == node.id), None)
        inside = levels.get(node.id, Level([], None))
        if place is None and node.kind in place_kinds() and _may_see(request, step):
            place = Place(
                node.id, node.parent_id, node.version, node.title, node.path, kind_icon(node.kind), bool(inside.places)
            )
            shown.append(place)
        if place is None:
            shown.extend(inside.places)
            continue
        place.is_current = step is lineage[-1]
        place.children, place.more = inside.places, inside.more
        shown = place.children


def _open(place: Place, levels: dict[int | None, Level]) -> None:
    """Put what was read of a place, and of the places in it, into it."""
    if not place.children and place.id in levels:
        place.children, place.more = levels[place.id].places, levels[place.id].more
    for each in place.children:
        _open(each, levels)


def level(rows: Iterable[PlaceRow]) -> Level:
    """Rows of one level as lines of the tree, all closed."""
    kept = list(rows)
    more = cursor_behind(kept[LEVEL_LIMIT - 1]) if len(kept) > LEVEL_LIMIT else None
    return Level([_place(row) for row in kept[:LEVEL_LIMIT]], more)


def _place(row: PlaceRow) -> Place:
    kind = kind_of(row.kind)
    named = (row.id, row.parent_id, row.version, row.title, row.path, kind_icon(row.kind))
    return Place(*named, row.has_children, can_move=row.can_move, holds=bool(kind.contains))


def breadcrumbs(request: Request, *more: str) -> list[tuple[str, str]]:
    """Title and URL of each visible step from the root to here, and `more` titles of what is no node."""
    context = getattr(request, "context", None)
    lineage = context.lineage if isinstance(context, NodeResource) else []
    nodes = [each.node for each in lineage if _may_see(request, each)]
    trail: list[tuple[str, str]] = [(title_of(node), request.node_url(node.path)) for node in nodes]
    if not trail:
        trail = [(_("Home"), request.node_url("/"))]
    return [*trail, *((title, "") for title in more)]


def title_of(node: NodeRow) -> str:
    """A node's title; the root, as long as nobody named it, in the reader's language."""
    return _("Home") if node.parent_id is None and node.title == UNNAMED_ROOT else node.title


def _may_see(request: Request, resource: Any) -> bool:
    return bool(request.has_permission(Permission.VIEW, resource))


__all__ = ["Level", "Navigation", "Place", "breadcrumbs", "kind_icon", "level", "navigation"]
