"""A text as it will be read, while it is being written."""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..errors import NotAllowed, TooLarge
from ..languages import gettext as _
from ..permissions import Permission
from ..resources import NodeResource
from .inputs import text_of
from .rendering import rendered

LONGEST = 1 << 20
"""Characters that are rendered at most: as many as a text may have."""


@view_config(context=NodeResource, name="@preview", request_method="POST", permission=Permission.VIEW)
def preview(request: Request) -> Response:
    """The form's `body` as safe HTML, its links resolved as those of the node; for a new node, of its place."""
    if not request.identity.is_signed_in:
        raise NotAllowed(_("Sign in to see a preview."), Permission.SIGNED_IN)
    text = text_of(request, "body")
    if len(text) > LONGEST:
        raise TooLarge(_("This is too long for a preview."), LONGEST)
    drawn = rendered(request, request.context.node, text.replace("\r\n", "\n"))
    return Response(str(drawn.html) if drawn is not None else "")
