"""A zip of some nodes and all below them that an asker may see: pages as Markdown, files as they are.

What the database has is read at once, its texts into a temporary file where they are long; the bytes of files are read
from the store only while the zip is sent. So memory stays small, however large the files are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from ..errors import Invalid, TooLarge
from ..identity import Identity
from ..languages import gettext as _
from ..models import is_live
from ..models.node import NODES, subtree_of
from ..parts.files import CHUNK, FileStore
from ..queries.nodes import NodeRow
from ..queries.visibility import may
from .export import RANGES_AT_ONCE, Exported, batched

HELD = 1 << 20
"""Bytes of texts kept in memory; longer ones go to a temporary file."""
MISSING = "MISSING.txt"


class Zip:
    """A zip to be sent: an iterable of bytes that is read once and then closed."""

    def __init__(self, files: FileStore) -> None:
        self.files = files
        self.texts: IO[bytes] = SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 - `close` does
        self.sent = 0
        """How many entries were sent, while it is read."""
        self.entries: list[tuple[str, str | tuple[int, int]]] = []
        """Names with the SHA-256 of a file, or where a text stands in `texts` and its length."""

    def write_text(self, name: str, text: str) -> None:
        """Keep a text under a name."""
        start = self.texts.seek(0, 2)
        self.entries.append((name, (start, self.texts.write(text.encode()))))

    def write_file(self, name: str, sha256: str) -> bool:
        """Keep a file under a name; whether the store has it is seen when it is sent."""
        self.entries.append((name, sha256))
        return True

    def __iter__(self) -> Iterator[bytes]:
        stream, missing = ZipStream(), []
        for name, content in self.entries:
            self.sent += 1
            if isinstance(content, tuple):
                stream.add(self._text(*content), name, compress_type=ZIP_DEFLATED)
            elif (stored := self.files.open(content)) is not None:
                stream.add(_chunks(stored), name, compress_type=ZIP_STORED)
            else:
                missing.append(name)
                continue
            yield from stream.file()
        if missing:
            stream.add("".join(f"{name}\n" for name in missing), MISSING)
            yield from stream.file()
        yield from stream.finalize()

    def _text(self, start: int, length: int) -> Iterator[bytes]:
        self.texts.seek(start)
        yield self.texts.read(length)

    def close(self) -> None:
        """Let go of the temporary file."""
        self.texts.close()


def zip_of(
    db: Session,
    files: FileStore,
    tops: Sequence[NodeRow],
    *,
    by: Identity,
    whole: bool,
    most_bytes: int,
    most_nodes: int,
) -> Zip:
    """The nodes and what is below them; with `whole`, the only one is the zip itself instead of a folder in it.

    The caller has made sure that `by` may see the nodes. Raises `Invalid` for too many, `TooLarge` for too much.
    """
    _ensure_few(db, tops, by, most_nodes)
    made = Zip(files)
    try:
        exported = Exported(db, made, tops, by, top=tops[0] if whole else None)
        size = sum(values.get("size") or 0 for values in exported.values.values())
        if size > most_bytes:
            message = _(
                "This is %(size)s MB; at most %(most)s MB are put into one zip. Choose fewer things.",
                size=size // 1_000_000,
                most=most_bytes // 1_000_000,
            )
            raise TooLarge(message, most_bytes)
        exported.run()
    except BaseException:
        made.close()
        raise
    return made


def _ensure_few(db: Session, tops: Sequence[NodeRow], by: Identity, most: int) -> None:
    count = 0
    for some in batched(tops, RANGES_AT_ONCE):
        inside: Any = or_(*(subtree_of(top.ancestry, top.id) for top in some))
        statement = select(func.count()).select_from(NODES).where(inside, is_live(), may(by))
        count += db.execute(statement).scalar_one()
    if count > most:
        message = _("has %(count)s things; at most %(most)s are put into one zip: choose fewer", count=count, most=most)
        raise Invalid.one("node", message)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(CHUNK):
            yield piece
