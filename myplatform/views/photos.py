"""The photo of a person: an image is chosen, a square of it is kept."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.files import Limits
from ..actions.photos import remove_photo, set_photo
from ..errors import Invalid, TooLarge
from ..kinds import kind_of
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.nodes import values_of
from ..resources import NodeResource
from ..thumbnails import Square
from .editing import UNPROCESSABLE
from .frame import breadcrumbs
from .inputs import number_of, text_of
from .profiles import own_fields
from .toasts import see

SHOW = {"context": NodeResource, "kind": "employee", "name": "@photo", "renderer": "photo.jinja2"}
SEND = {**SHOW, "request_method": "POST", "body_limit": "files.max_size"}


@view_config(**SHOW, request_method="GET", permission=Permission.EDIT_OWN, own_entry=True)
@view_config(**SHOW, request_method="GET", permission=Permission.EDIT)
def photo(request: Request) -> dict[str, Any]:
    """Choose an image and the square of it that is shown."""
    return _page(request)


@view_config(**SEND, permission=Permission.EDIT_OWN, own_entry=True)
@view_config(**SEND, permission=Permission.EDIT)
def save_photo(request: Request) -> dict[str, Any] | Response:
    """Keep the square, or take the photo away."""
    person = request.context.node
    given = {"by": request.identity, "own_fields": own_fields(request)}
    try:
        with request.db.begin_nested():
            if text_of(request, "remove"):
                changed = remove_photo(request.db, person, **given).node.id
            else:
                image, square, limits = _sent(request), _square(request), _limits(request)
                changed = set_photo(request.db, request.files, person, image, square, limits=limits, **given).id
    except (Invalid, TooLarge) as error:
        request.response.status_int = 413 if isinstance(error, TooLarge) else UNPROCESSABLE
        return _page(request, error.message if isinstance(error, TooLarge) else _words(error))
    return see(request, person.path, changed_node=changed)


def _sent(request: Request) -> Any:
    sent = request.POST.get("photo")
    if not hasattr(sent, "file") or not sent.filename:
        raise Invalid.one("photo", _("is missing: choose an image"))
    return sent.file


def _square(request: Request) -> Square | None:
    """The square that the form names in the pixels of the upright image; None for the middle."""
    numbers = [number_of(request, name) for name in ("x", "y", "size")]
    if None in numbers:
        return None
    x, y, size = numbers
    return Square(x or 0, y or 0, size or 1)


def _limits(request: Request) -> Limits:
    settings = request.registry["settings"]
    return Limits(settings["files.max_size"], settings["images.max_pixels"])


def _words(error: Invalid) -> str:
    return "; ".join(message for messages in error.by_field().values() for message in messages)


def _page(request: Request, problem: str = "") -> dict[str, Any]:
    node = request.context.node
    values = values_of(request.db, kind_of(node.kind), node.id)
    errors = {"photo": [problem]} if problem else {}
    return {"node": node, "photo": values["photo"], "errors": errors, "breadcrumbs": breadcrumbs(request, _("Photo"))}
