"""Reads the words inside files, once for each content, and makes the files findable by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ..documents import Reading, State, is_readable, read_document
from ..identity import SYSTEM
from ..kinds import kind_named
from ..models import FileText, utc_now
from ..parts.files import FileStore
from ..queries.files import files_with, reading_of, unread_contents
from .indexing import reindex_node
from .inserting import insert_into
from .jobs import enqueue

READ_AT_ONCE = 1 << 20
"""Bytes up to which a content is read while it is uploaded; a longer one is read by a job, and nobody waits for it."""


@dataclass(frozen=True)
class Reach:
    """How much reading a file may take: bytes of the file, and seconds."""

    size: int = 50 << 20
    seconds: float = 5.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Reach:
        """As the site's settings say."""
        return cls(settings["files.text_max_size"], settings["files.text_timeout"].total_seconds())


def extract_text(
    db: Session, files: FileStore, sha256: str, media_type: str, reach: Reach = Reach()
) -> State | None:
    """Keep the words of a content; one that was read already is not read again. None where its type has no words.

    Those of a long content are read by a job: None then too. Whoever makes or changes a file's node afterwards indexes
    them with it; see `read_missing` for the others.
    """
    if not is_readable(media_type):
        return None
    known = reading_of(db, sha256)
    if known is not None:
        return State(known.state)
    if _is_long(files, sha256):
        arguments = {"sha256": sha256, "media_type": media_type}
        enqueue(db, "read_text", arguments, by=SYSTEM, unique_key=f"read:{sha256}")
        return None
    reading = read_words(files, sha256, media_type, reach)
    keep_words(db, sha256, reading)
    return reading.state


def _is_long(files: FileStore, sha256: str) -> bool:
    stream = files.open(sha256)
    if stream is None:
        return False
    with stream:
        return stream.seek(0, 2) > READ_AT_ONCE


def keep_words(db: Session, sha256: str, reading: Reading) -> None:
    """Keep what reading a content brought."""
    row = {"state": reading.state.value, "text": reading.text, "facts": reading.facts, "read_at": utc_now()}
    statement = insert_into(db, FileText).values(sha256=sha256, **row)
    db.execute(statement.on_conflict_do_update(index_elements=[FileText.sha256], set_=row))


def read_words(files: FileStore, sha256: str, media_type: str, reach: Reach) -> Reading:
    """Read the words of a content; it asks no database, as it may take its time."""
    stream = files.open(sha256)
    if stream is None:
        return Reading(State.FAILED)
    with stream:
        if stream.seek(0, 2) > reach.size:
            return Reading(State.TOO_BIG)
        stream.seek(0)
        return read_document(stream, media_type, seconds=reach.seconds)


def read_missing(db: Session, files: FileStore, reach: Reach, *, limit: int) -> int:
    """Read at most `limit` contents that were not read yet and index the files that have them; returns how many.

    However long they are: whoever calls this keeps nobody waiting.
    """
    unread = unread_contents(db, limit)
    for sha256, media_type in unread:
        keep_words(db, sha256, read_words(files, sha256, media_type, reach))
        index_words(db, sha256)
    return len(unread)


def index_words(db: Session, sha256: str) -> None:
    """Let search find all files that have a content by the words that were read of it."""
    kind = kind_named("file")
    for row in files_with(db, sha256):
        reindex_node(db, row.node_id, kind, row.title, {name: getattr(row, name) for name in kind.fields})
