"""Where bytes are kept: one URL in the INI chooses the store; contents are named by their SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from pyramid.config import Configurator

from ..errors import TooLarge

CHUNK = 1 << 18


class Stored(NamedTuple):
    """What was written: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int


class FileStore(Protocol):
    """What a store of bytes can do; every implementation passes the same tests."""

    def put(self, stream: BinaryIO, limit: int) -> Stored:
        """Write a stream under its SHA-256. Raises `TooLarge` past `limit` bytes, keeping nothing."""

    def put_derived(self, key: str, content: bytes) -> None:
        """Write something made from a content, such as a thumbnail, under "SHA256.NAME"."""

    def open(self, key: str) -> BinaryIO | None:
        """The bytes under a key, seekable, or None where there are none; the caller closes it."""

    def remove(self, sha256: str) -> None:
        """Delete a content and all that was derived from it; one that is not there is no error."""

    def contents(self, before: dt.datetime) -> Iterator[str]:
        """The SHA-256 of every content that was last written before a moment."""


class LocalFiles:
    """Files in one folder, two levels deep by the first digits of their names."""

    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, stream: BinaryIO, limit: int) -> Stored:
        """Write a stream under its SHA-256. Raises `TooLarge` past `limit` bytes, keeping nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="incoming-", delete=False) as incoming:
            try:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"The file is larger than the {limit:,} bytes allowed here.", limit)
                    digest.update(chunk)
                    incoming.write(chunk)
                incoming.flush()
                os.fsync(incoming.fileno())
            except BaseException:
                Path(incoming.name).unlink(missing_ok=True)
                raise
        sha256 = digest.hexdigest()
        self._settle(Path(incoming.name), self._path(sha256))
        return Stored(sha256, size)

    def put_derived(self, key: str, content: bytes) -> None:
        """Write something made from a content under "SHA256.NAME"."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="incoming-", delete=False) as incoming:
            try:
                incoming.write(content)
            except BaseException:
                Path(incoming.name).unlink(missing_ok=True)
                raise
        self._settle(Path(incoming.name), self._path(key))

    def open(self, key: str) -> BinaryIO | None:
        """The bytes under a key, or None."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            return None

    def remove(self, sha256: str) -> None:
        """Delete a content and all that was derived from it."""
        for path in self._path(sha256).parent.glob(f"{sha256}*"):
            path.unlink(missing_ok=True)

    def contents(self, before: dt.datetime) -> Iterator[str]:
        """The SHA-256 of every content that was last written before a moment."""
        for path in self.folder.glob("??/??/*"):
            if "." not in path.name and path.stat().st_mtime < before.timestamp():
                yield path.name

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:4] / key

    @staticmethod
    def _settle(incoming: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming.chmod(0o640)
        incoming.replace(place)


def file_store(url: str) -> FileStore:
    """The store that a `files.url` names; the settings have checked its scheme."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise ValueError(f"files.url must begin with file:///, not {url!r}")
    return LocalFiles(Path(unquote(parts.path)))


def includeme(config: Configurator) -> None:
    """`request.files`, the store of `files.url`."""
    store = file_store(config.registry["settings"]["files.url"])
    config.registry["files"] = store
    config.add_request_method(lambda request: request.registry["files"], "files", property=True)
