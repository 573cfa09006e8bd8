"""Files: bytes come in as a stream, are named by their SHA-256, and every earlier content stays restorable."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import puremagic
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Conflict, Invalid
from ..identity import Identity
from ..kinds import kind_named
from ..languages import gettext as _
from ..models import Blob, Change, Job, Node, utc_now
from ..models.jobs import OPEN_STATES
from ..parts.files import FileStore, Stored
from ..queries.nodes import Entry, NodeRow
from ..slugs import slug_from_filename
from ..thumbnails import FORMATS
from .content import create_node, edit_node
from .file_texts import Reach, extract_text
from .inserting import insert_into

Image.MAX_IMAGE_PIXELS = None  # the site's own limit is checked before an image is decoded
UNKNOWN_TYPE = "application/octet-stream"
LONGEST_NAME = 200
SNIFFED = 1 << 12
TEXT_TYPES = frozenset({"text/plain", "text/markdown", "text/csv", "text/html", "text/css", "text/xml"})


@dataclass(frozen=True)
class Limits:
    """What an upload may be: bytes, pixels of an image, and how much reading the words in it may take."""

    size: int
    pixels: int
    reach: Reach = field(default_factory=Reach)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Limits:
        """As the site's settings say."""
        return cls(settings["files.max_size"], settings["images.max_pixels"], Reach.of(settings))


@dataclass(frozen=True)
class Upload:
    """Bytes to be kept and the name they came with."""

    stream: BinaryIO
    file_name: str


def add_file(
    db: Session,
    files: FileStore,
    parent: NodeRow,
    upload: Upload,
    *,
    by: Identity,
    limits: Limits,
    values: Mapping[str, Any] | None = None,
    slug: str | None = None,
    node_id: int | None = None,
) -> Entry:
    """Keep the bytes and make a file node of them in `parent`; a taken name is numbered unless `slug` is given.

    Raises `TooLarge`, and `Invalid` for an image with too many pixels.
    """
    content = keep_content(db, files, upload, limits)
    return make_file(db, parent, content, by=by, values=values, slug=slug, node_id=node_id)


def make_file(
    db: Session,
    parent: NodeRow,
    content: Mapping[str, Any],
    *,
    by: Identity,
    values: Mapping[str, Any] | None = None,
    slug: str | None = None,
    node_id: int | None = None,
) -> Entry:
    """Make a file node in `parent` of a content as `describe_content` returned it."""
    title = (values or {}).get("title") or content["file_name"]
    given = {"about": (values or {}).get("about")}
    return create_node(
        db,
        parent,
        kind_named("file"),
        {"title": title, **given, **content},
        by=by,
        slug=slug,
        preferred_slug=slug_from_filename(content["file_name"]),
        node_id=node_id,
    )


def replace_file(
    db: Session,
    files: FileStore,
    node: NodeRow,
    upload: Upload,
    *,
    by: Identity,
    limits: Limits,
    expected_version: int | None,
) -> Entry:
    """Give a file node new bytes as its next version; the earlier ones stay in its history."""
    content = keep_content(db, files, upload, limits)
    return edit_node(db, node, content, by=by, expected_version=expected_version)


def keep_content(db: Session, files: FileStore, upload: Upload, limits: Limits) -> dict[str, Any]:
    """Write the bytes to the store and return the read-only fields of a file node that speak of them."""
    return describe_content(db, files, files.put(upload.stream, limits.size), upload.file_name, limits)


def describe_content(db: Session, files: FileStore, stored: Stored, file_name: str, limits: Limits) -> dict[str, Any]:
    """The read-only fields of a file node for bytes that were just written to the store; their words are read."""
    row = {"sha256": stored.sha256, "size": stored.size, "created_at": utc_now()}
    statement = insert_into(db, Blob).values(row)
    # Written again, it is young again: nobody tidies it away before this transaction refers to it.
    db.execute(statement.on_conflict_do_update(index_elements=[Blob.sha256], set_={"created_at": row["created_at"]}))
    name = plain_file_name(file_name)
    kept = files.open(stored.sha256)
    if kept is None:
        raise Conflict(_("The same content was just being removed for good. Send it again."))
    with kept as stream:
        media_type = media_type_of(stream, name)
        width, height = _image_size(stream, media_type, limits)
    extract_text(db, files, stored.sha256, media_type, limits.reach)
    return {
        "file_name": name,
        "media_type": media_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "width": width,
        "height": height,
    }


def plain_file_name(name: str) -> str:
    """The last part of a file's name, without characters that nobody can see; never empty."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(character for character in last if character.isprintable()).strip()
    if len(shown) > LONGEST_NAME:
        stem, dot, extension = shown.rpartition(".")
        shown = f"{stem[: LONGEST_NAME - 12]}{dot}{extension[:11]}" if dot else shown[:LONGEST_NAME]
    return shown if shown not in ("", ".", "..") else "file"


def media_type_of(stream: BinaryIO, file_name: str) -> str:
    """The media type by content, where that is telling, else by the name's ending."""
    by_name = mimetypes.guess_type(file_name)[0]
    stream.seek(0)
    head = stream.read(SNIFFED)
    stream.seek(0)
    if by_name in TEXT_TYPES or _is_text(head):
        return by_name or ("text/plain" if head else UNKNOWN_TYPE)
    try:
        found = puremagic.from_string(head, mime=True, filename=file_name)
    except (puremagic.PureError, ValueError):
        found = ""
    return found or by_name or UNKNOWN_TYPE


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == SNIFFED
    return True


def _image_size(stream: BinaryIO, media_type: str, limits: Limits) -> tuple[int | None, int | None]:
    if not media_type.startswith("image/") or media_type == "image/svg+xml":
        return None, None
    try:
        with Image.open(stream, formats=FORMATS) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError):
        return None, None  # named like an image, but none that can be shown: kept as it is
    if width * height > limits.pixels:
        raise Invalid.one(
            "content",
            _(
                "has %(width)s × %(height)s pixels, more than the %(most)s allowed here",
                width=width,
                height=height,
                most=f"{limits.pixels:,}",
            ),
        )
    return width, height


def unreferenced_contents(db: Session, candidates: Iterable[str]) -> set[str]:
    """Those of the SHA-256 that no file, live or in the trash, no version in a history and no open job refers to."""
    wanted = set(candidates)
    kind = kind_named("file")
    assert kind.table is not None
    wanted -= set(db.execute(select(kind.table.c.sha256)).scalars())
    uploaded = select(Job.arguments["sha256"].as_string()).where(Job.state.in_(OPEN_STATES))
    wanted -= set(db.execute(uploaded).scalars())
    if not wanted:
        return wanted
    changes = select(Change.values).join(Node, Node.id == Change.node_id).where(Change.node_kind == kind.name)
    for (values,) in db.execute(changes):
        wanted -= set(values.get("sha256", ()))
    return wanted
