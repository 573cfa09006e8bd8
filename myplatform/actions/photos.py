"""People's photos: a square of a sent image, kept below the person; the earlier ones stay its versions."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

from sqlalchemy.orm import Session

from ..errors import Missing, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..parts.files import FileStore
from ..permissions import Permission
from ..queries.nodes import Entry, NodeRow, entry_of, node_by_id
from ..slugs import slug_from
from ..thumbnails import Square, photo_square
from .content import edit_node
from .files import Limits, Upload, add_file, replace_file
from .own_entries import may_change

PHOTO = "photo"


def set_photo(
    db: Session,
    files: FileStore,
    person: NodeRow,
    stream: BinaryIO,
    square: Square | None,
    *,
    by: Identity,
    limits: Limits,
    own_fields: Collection[str],
) -> NodeRow:
    """Give a person a photo, cut from an image; the file node that keeps it. Raises `NotAllowed` and `Invalid`."""
    _ensure_may(db, person, own_fields, by=by)
    entry = entry_of(db, person)
    upload = Upload(photo_square(stream, square, limits.pixels), f"{slug_from(person.title)}.jpg")
    given = {"by": by, "limits": limits}
    if (kept := _kept_photo(db, entry)) is not None:
        return replace_file(db, files, kept, upload, expected_version=None, **given).node
    made = add_file(db, files, person, upload, **given).node
    edit_node(db, person, {PHOTO: made.id}, by=by, expected_version=None)
    return made


def remove_photo(db: Session, person: NodeRow, *, by: Identity, own_fields: Collection[str]) -> Entry:
    """Show a person without a photo; the file stays below them. Raises `NotAllowed`."""
    _ensure_may(db, person, own_fields, by=by)
    return edit_node(db, person, {PHOTO: None}, by=by, expected_version=None)


def _ensure_may(db: Session, person: NodeRow, own_fields: Collection[str], *, by: Identity) -> None:
    if PHOTO not in may_change(db, person, own_fields, by=by):
        raise NotAllowed(_("You cannot change the photo of this person."), Permission.EDIT)


def _kept_photo(db: Session, entry: Entry) -> NodeRow | None:
    """The file that is the photo now, if it is kept below the person and by nobody else's choice elsewhere."""
    photo_id = entry.values.get(PHOTO)
    if photo_id is None:
        return None
    try:
        photo = node_by_id(db, photo_id)
    except Missing:
        return None
    return photo if photo.parent_id == entry.node.id and photo.kind == "file" else None
