"""Where nodes stand: moved, renamed, copied, brought back from the trash."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request

from ...actions.arrangement import copy_node, move_node
from ...actions.trash import restore_node
from ...errors import Invalid, NotAllowed
from ...identity import Identity
from ...kinds import kind_named
from ...permissions import Permission
from ...queries.access import permissions_on
from ...queries.nodes import NodeRow, entry_of, visible_by_path
from ...resources import RESTORE_VIEW
from ...values import from_json
from .answers import NODE, made
from .bodies import Body, PathText, body_of
from .content import created, document
from .operations import Operation
from .parameters import only
from .preconditions import expected_version
from .services import on_node

PLACE = "The path of the node that it is put into."
SLUG = "The last segment of its new address; by default its present one."


class Move(Body):
    """Where a node goes; what is left out stays."""

    to: PathText | None = Field(None, description=PLACE)
    slug: str | None = Field(None, description=SLUG)


class Copy(Body):
    """Where the copy is put and what it is called."""

    to: PathText = Field(description=PLACE)
    slug: str | None = Field(None, description=SLUG)
    title: str | None = Field(None, min_length=1, max_length=200, description="Its title; by default the same.")


class Restore(Body):
    """Where something from the trash is put, by default where it was."""

    can_be_missing = True

    to: PathText | None = Field(None, description=PLACE)


def place_for(request: Request, path: str | None) -> NodeRow | None:
    """The place with that path, to which the caller may add. Raises `Invalid` and `NotAllowed`."""
    if path is None:
        return None
    path = "/" + path.strip("/")
    by: Identity = request.identity
    place = visible_by_path(request.db, by, [path]).get(path) if "\0" not in path else None
    if place is None:
        raise Invalid.one("to", "is not the path of something that you can see")
    if Permission.ADD not in permissions_on(request.db, by, place):
        raise NotAllowed(f"You may not add anything to {path}.", Permission.ADD)
    return place


@on_node(
    "POST",
    "@move",
    permission=Permission.TRASH,
    operation=Operation(
        "moveNode",
        "Move or rename a node with all that is below it",
        "content",
        {200: NODE},
        description="Old addresses lead on to the new ones in the browser.",
        body=Move,
        example={"to": "/archive", "slug": "leave-2025"},
        problems=(400, 409, 413, 415, 422),
        precondition="optional",
    ),
)
def move(request: Request) -> dict[str, Any]:
    """Put the node elsewhere."""
    only(request)
    node = request.context.node
    version = expected_version(request, node, required=False)
    wanted = body_of(request, Move)
    to = place_for(request, wanted.to)
    moved = move_node(request.db, node, by=request.identity, to=to, slug=wanted.slug, expected_version=version)
    return document(request, entry_of(request.db, moved))


@on_node(
    "POST",
    "@copy",
    permission=Permission.VIEW,
    operation=Operation(
        "copyNode",
        "Copy a node and what the caller sees below it",
        "content",
        {201: made(NODE)},
        description="Grants are not copied.",
        body=Copy,
        example={"to": "/archive", "title": "Leave, as of 2025"},
        problems=(400, 409, 413, 415, 422),
    ),
)
def copy(request: Request) -> dict[str, Any]:
    """Make the same again somewhere else."""
    only(request)
    wanted = body_of(request, Copy)
    to = place_for(request, wanted.to)
    given = {"to": to, "slug": wanted.slug, "title": checked_title(wanted.title)}
    return created(request, copy_node(request.db, request.context.node, by=request.identity, **given))


def checked_title(title: str | None) -> str | None:
    """The title as every other one is checked. Raises `Invalid`."""
    return None if title is None else from_json(kind_named("folder"), {"title": title}, partial=True)["title"]


@on_node(
    "POST",
    RESTORE_VIEW,
    permission=Permission.TRASH,
    trashed=True,
    operation=Operation(
        "restoreNode",
        "Bring something back from the trash",
        "trash",
        {200: NODE},
        description="By the path that it had, or by id. A name that is taken by now is numbered.",
        body=Restore,
        example={},
        problems=(400, 409, 413, 415, 422),
        in_trash=True,
    ),
)
def restore(request: Request) -> dict[str, Any]:
    """Bring a trashed node back with all that went with it."""
    only(request)
    to = place_for(request, body_of(request, Restore).to)
    restored = restore_node(request.db, request.context.node, by=request.identity, to=to)
    return document(request, entry_of(request.db, restored))
