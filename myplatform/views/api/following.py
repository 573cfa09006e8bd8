"""Following a place: its changes come first on the caller's home page."""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response

from ...actions.following import follow, unfollow
from ...permissions import Permission
from .answers import NO_CONTENT
from .operations import Operation
from .parameters import only
from .services import on_node

TAG = "following"


@on_node(
    "PUT",
    "@follow",
    permission=Permission.VIEW,
    operation=Operation(
        "follow", "Follow a node and all below it", TAG, {204: NO_CONTENT}, problems=(400, 422)
    ),
)
def put_follow(request: Request) -> Response:
    """Follow it; it may be followed already."""
    only(request)
    follow(request.db, request.context.node, by=request.identity)
    return Response(status=204)


@on_node(
    "DELETE",
    "@follow",
    permission=Permission.VIEW,
    operation=Operation("unfollow", "Stop following a node", TAG, {204: NO_CONTENT}, problems=(400,)),
)
def delete_follow(request: Request) -> Response:
    """Stop following it; it need not have been followed."""
    only(request)
    unfollow(request.db, request.context.node.id, by=request.identity)
    return Response(status=204)
