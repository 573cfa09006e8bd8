"""What a place holds: one page of its children or of all below it, filtered and sorted."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from ...actions.ordering import order_children
from ...kinds import kind_of
from ...permissions import Permission
from ...queries.children import items_of, parse_items
from .answers import NO_CONTENT, page
from .bodies import Body, body_of
from .describing import item_parameters
from .operations import Operation
from .parameters import only, page_document, pairs
from .services import on_node


@on_node(
    "GET",
    "@items",
    permission=Permission.VIEW,
    operation=Operation(
        "listItems",
        "List what a node holds",
        "content",
        {200: page("Item")},
        description=(
            "Fields of a kind can be filtered and sorted by where the place holds one kind only, where `kind` names "
            "it, or where one kind alone has them; `body` and other long fields come only where `fields` names them."
        ),
        parameters=item_parameters,
        problems=(400,),
    ),
)
def list_items(request: Request) -> dict[str, Any]:
    """One page of what the caller may see of it."""
    node = request.context.node
    query = parse_items(kind_of(node.kind), pairs(request))
    return page_document(request, items_of(request.db, request.identity, node, query))


class Order(Body):
    """The ids of the children that stand first, in their order."""

    order: list[int]


@on_node(
    "POST",
    "@order",
    permission=Permission.EDIT,
    operation=Operation(
        "orderItems",
        "Put children into an order by hand",
        "content",
        {204: NO_CONTENT},
        description="The named children stand first, in this order; the others follow by title.",
        body=Order,
        example={"order": [14, 12]},
        problems=(400, 413, 415, 422),
    ),
)
def order_items(request: Request) -> Response:
    """Place the children that the body names."""
    only(request)
    order = body_of(request, Order).order
    order_children(request.db, request.context.node, order, by=request.identity)
    return Response(status=204)
