"""Uploads in pieces: begun for a place or a file, taken up again where they broke off, a file with their last byte."""

from __future__ import annotations

import datetime as dt
from secrets import token_urlsafe
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import Conflict, Missing, NotAllowed, TooLarge
from ..identity import Identity
from ..languages import gettext as _
from ..models import PartialUpload
from ..models.clock import database_now, moment_of
from ..parts.files import FileStore
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import Entry, NodeRow, node_by_id
from .content import edit_node
from .files import Limits, describe_content, make_file, plain_file_name


def begin_upload(
    db: Session,
    place_id: int,
    *,
    by: Identity,
    file_name: str,
    length: int,
    version: int | None,
    limits: Limits,
    expiry: dt.timedelta,
) -> PartialUpload:
    """Announce a file of `length` bytes for a place, or, with the `version` that the sender saw, for an existing file.

    Raises `TooLarge`, `Missing` where the place is unseen, and `NotAllowed`.
    """
    if length > limits.size:
        raise TooLarge(
            _("The file is larger than the %(value)s bytes allowed here.", value=f"{limits.size:,}"), limits.size
        )
    _permitted_target(db, place_id, by, is_replacing=version is not None)
    begun = PartialUpload(
        key=token_urlsafe(24),
        owner=by.name,
        place_id=place_id,
        version=version,
        file_name=plain_file_name(file_name),
        length=length,
        received=0,
        expires_at=moment_of(db) + expiry,
    )
    db.add(begun)
    db.flush()
    return begun


def upload_of(db: Session, key: str, *, by: Identity, to_write: bool = False) -> PartialUpload:
    """The upload of that key, if it is the asker's own and not over; `to_write` waits for whoever writes to it.

    Raises `Missing`, and `NotAllowed` to a token that only reads and wants `to_write`.
    """
    if to_write and not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))
    own = (PartialUpload.key == key, PartialUpload.owner == by.name)
    statement = select(PartialUpload).where(*own, PartialUpload.expires_at > database_now())
    found = db.execute(statement.with_for_update() if to_write else statement).scalar_one_or_none()
    if found is None:
        raise Missing(_("There is no such upload, or its time is over. Begin it again."))
    return found


def add_piece(
    db: Session,
    files: FileStore,
    upload: PartialUpload,
    offset: int,
    stream: BinaryIO,
    *,
    by: Identity,
    limits: Limits,
    expiry: dt.timedelta,
) -> None:
    """Write the bytes that follow those received; with the last of them the file is made.

    Raises `Conflict` where others are expected, and what making the file raises.
    """
    if upload.node_id is not None or offset != upload.received:
        raise Conflict(
            _("The next byte expected is that at %(received)s.", received=upload.received), current=upload.received
        )
    _permitted_target(db, upload.place_id, by, is_replacing=upload.version is not None)
    upload.received = files.append(upload.key, offset, stream, upload.length)
    upload.expires_at = moment_of(db) + expiry
    if upload.received == upload.length:
        upload.node_id = _finish(db, files, upload, by=by, limits=limits).node.id
    db.flush()


def _finish(db: Session, files: FileStore, upload: PartialUpload, *, by: Identity, limits: Limits) -> Entry:
    target = _permitted_target(db, upload.place_id, by, is_replacing=upload.version is not None)
    content = describe_content(db, files, files.finish(upload.key), upload.file_name, limits)
    if upload.version is None:
        return make_file(db, target, content, by=by)
    return edit_node(db, target, content, by=by, expected_version=upload.version)


def _permitted_target(db: Session, place_id: int, by: Identity, *, is_replacing: bool) -> NodeRow:
    """The place or the file, if the asker may still put something there."""
    node = node_by_id(db, place_id)
    held = permissions_on(db, by, node)
    needed = Permission.EDIT if is_replacing else Permission.ADD
    if Permission.VIEW not in held:
        raise Missing
    if needed not in held:
        raise NotAllowed(_("You may not put files here."), needed)
    if is_replacing and node.kind != "file":
        raise Missing(_("There is no file to replace."))
    return node


def cancel_upload(db: Session, files: FileStore, upload: PartialUpload) -> None:
    """Forget an upload and its bytes; a file that it became stays."""
    files.discard(upload.key)
    db.execute(delete(PartialUpload).where(PartialUpload.key == upload.key))


def remove_expired(db: Session, files: FileStore, *, now: dt.datetime, grace: dt.timedelta) -> int:
    """Forget the uploads whose time is over, and bytes that were written before some grace and none speaks of."""
    gone = list(db.execute(select(PartialUpload.key).where(PartialUpload.expires_at <= now)).scalars())
    db.execute(delete(PartialUpload).where(PartialUpload.key.in_(gone)))
    known = set(db.execute(select(PartialUpload.key).where(PartialUpload.node_id.is_(None))).scalars())
    for key in {*gone, *(key for key in files.uploads(now - grace) if key not in known)}:
        files.discard(key)
    return len(gone)
