"""Saying that a page is still correct."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field
from pyramid.request import Request

from ...actions.reviews import confirm_page
from ...fields.moments import DAY
from ...models import utc_now
from ...permissions import Permission
from .answers import NODE
from .bodies import Body, body_of
from .content import document
from .operations import Operation
from .parameters import only
from .preconditions import expected_version
from .services import on_node


class Confirmation(Body):
    """When the page is to be read again."""

    review_by: DAY | None = Field(None, description="The day of the next review, which is to come; null for none.")


@on_node(
    "POST",
    "@confirm",
    permission=Permission.VIEW,
    operation=Operation(
        "confirmPage",
        "Say that a page is still correct",
        "content",
        {200: NODE},
        description="For those who may edit the page, and its owner. When it was changed last stays as it is.",
        body=Confirmation,
        example={"review_by": "2099-01-31"},
        problems=(400, 403, 404, 409, 413, 415, 422),
        precondition="optional",
    ),
)
def confirm(request: Request) -> dict[str, Any]:
    """Stamp the page with today and the caller."""
    only(request)
    node = request.context.node
    version = expected_version(request, node, required=False)
    given: dict[str, dt.date | None] = {"review_by": body_of(request, Confirmation).review_by}
    today = utc_now().date()
    return document(
        request, confirm_page(request.db, node, by=request.identity, today=today, expected_version=version, **given)
    )
