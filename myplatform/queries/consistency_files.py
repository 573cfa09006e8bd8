"""Invariants of files: every content that something refers to is in the store, whole; uploads have their pieces."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import Session

from ..content.file import File
from ..documents import State
from ..models import Blob, Change, FileText, PartialUpload, utc_now
from ..models.node import NODES
from ..parts.files import CHUNK, FileStore
from .consistency import Fault, Invariant, rows_of

BLOBS = Blob.__table__
CHANGES = Change.__table__
FILES = File.table
SHA256 = 64


def referenced_contents() -> Select[Any]:
    """The SHA-256 of every content that a file has, or had in a version that can be restored."""
    assert FILES is not None
    before, after = (CHANGES.c["values"][("sha256", place)].as_string().label("sha256") for place in (0, 1))
    earlier = select(before).join(NODES, NODES.c.id == CHANGES.c.node_id).where(CHANGES.c.node_kind == File.name)
    later = select(after).join(NODES, NODES.c.id == CHANGES.c.node_id).where(CHANGES.c.node_kind == File.name)
    found = union(select(FILES.c.sha256), earlier, later).subquery()
    return select(found.c.sha256).where(found.c.sha256.is_not(None)).order_by(found.c.sha256)


@dataclass
class Contents:
    """The invariants of one file store; `hashes` reads every byte again. What was counted stands in it afterwards."""

    files: FileStore
    hashes: bool = False
    referenced: int = 0
    present: int = 0
    stored: int = 0

    @property
    def unreferenced(self) -> int:
        """Contents in the store that nothing refers to; `tidy` removes them in its time."""
        return max(0, self.stored - self.present)

    def all(self) -> tuple[Invariant, ...]:
        """The invariants, in their order."""
        again = "bring the content back from a backup: myplatform restore into a scratch site and copy the file"
        return (
            Invariant("DAT401", "Every content is in the store, whole", again, self._contents),
            Invariant("DAT402", "Files say how large they are", "upload the file again", _sizes),
            Invariant("DAT403", "Words belong to contents", "myplatform tidy reads what was not read", _words),
            Invariant("DAT404", "Uploads have the bytes that arrived", "begin the upload again", self._uploads),
        )

    def _contents(self, db: Session) -> Iterator[Fault]:
        referenced = referenced_contents().subquery()
        found = select(referenced.c.sha256, BLOBS.c.size).outerjoin(BLOBS, BLOBS.c.sha256 == referenced.c.sha256)
        for row in rows_of(db, found.order_by(referenced.c.sha256)):
            self.referenced += 1
            yield from self._content(row.sha256, row.size)
        self.stored = sum(1 for _ in self.files.contents(utc_now() + dt.timedelta(days=1)))

    def _content(self, sha256: str, size: int | None) -> Iterator[Fault]:
        where = f"content {sha256}"
        if size is None:
            yield Fault("a file refers to it, but it has no row in blobs", where)
        stream = self.files.open(sha256)
        if stream is None:
            yield Fault("a file refers to it, but it is not in the store", where)
            return
        self.present += 1
        with stream:
            stored = stream.seek(0, 2)
            if size is not None and stored != size:
                yield Fault(f"it has {stored} bytes in the store and {size} by its row", where)
            if self.hashes:
                stream.seek(0)
                digest = hashlib.sha256()
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                if digest.hexdigest() != sha256:
                    yield Fault(f"its bytes are others: their SHA-256 is {digest.hexdigest()}", where)

    def _uploads(self, db: Session) -> Iterator[Fault]:
        begun = select(PartialUpload.key, PartialUpload.received, PartialUpload.length, PartialUpload.node_id)
        under_way = None
        for row in rows_of(db, begun.where(PartialUpload.expires_at > utc_now()).order_by(PartialUpload.key)):
            where = f"upload {row.key[:8]}…"
            if not 0 <= row.received <= row.length:
                yield Fault(f"{row.received} of {row.length} bytes arrived", where)
            if row.received and row.node_id is None:
                if under_way is None:
                    under_way = set(self.files.uploads(utc_now() + dt.timedelta(days=1)))
                if row.key not in under_way:
                    yield Fault("its pieces are not in the store", where)


def _sizes(db: Session) -> Iterator[Fault]:
    assert FILES is not None
    found = select(FILES.c.node_id, FILES.c.size, BLOBS.c.size.label("stored")).outerjoin(
        BLOBS, BLOBS.c.sha256 == FILES.c.sha256
    )
    for row in rows_of(db, found.where(FILES.c.size.is_distinct_from(BLOBS.c.size)).order_by(FILES.c.node_id)):
        yield Fault(f"it says {row.size} bytes; its content has {row.stored}", f"node {row.node_id}", row.node_id)


def _words(db: Session) -> Iterator[Fault]:
    found = select(FileText.sha256, FileText.state, BLOBS.c.sha256.label("kept"))
    found = found.outerjoin(BLOBS, BLOBS.c.sha256 == FileText.sha256)
    wrong = or_(BLOBS.c.sha256.is_(None), FileText.state.not_in([state.value for state in State]))
    wrong = or_(wrong, func.length(FileText.sha256) != SHA256)
    for row in rows_of(db, found.where(wrong).order_by(FileText.sha256)):
        said = (
            "words are kept of a content that is gone" if row.kept is None else f"{row.state!r} is no state of reading"
        )
        yield Fault(said, f"file_texts {row.sha256}")
