"""Where bytes are kept: one URL in the INI chooses the store; contents are named by their SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from pyramid.config import Configurator

from ..errors import TooLarge
from ..settings import Settings
from . import Unavailable, open_part

CHUNK = 1 << 18
UPLOADS = "uploads"
"""Folder of what has not arrived in full."""


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

    def append(self, upload: str, offset: int, stream: BinaryIO, limit: int) -> int:
        """Write the next bytes of an upload that arrives in pieces; returns how many it then has.

        What was written behind `offset` before is given up, so that a piece can be sent again. Raises `TooLarge`
        past `limit` bytes in all, and `ValueError` where there are fewer than `offset`.
        """

    def finish(self, upload: str) -> Stored:
        """Put the bytes of an upload that has all its pieces under their SHA-256; its pieces stay until `discard`."""

    def discard(self, upload: str) -> None:
        """Delete the pieces of an upload; none is no error."""

    def uploads(self, before: dt.datetime) -> Iterator[str]:
        """The uploads to which nothing was added since a moment."""

    def probe(self) -> str:
        """Write, read and delete something; says where that was. Raises `Unavailable`."""


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
                incoming.flush()
                os.fsync(incoming.fileno())
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

    def append(self, upload: str, offset: int, stream: BinaryIO, limit: int) -> int:
        """Write the next bytes of an upload that arrives in pieces; returns how many it then has."""
        path = self._upload_path(upload)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_nlink > 1:  # finished once, in a request that failed later on
            copy = path.with_name(f"{path.name}.copy")
            shutil.copyfile(path, copy)
            copy.replace(path)
        is_new = not path.exists()
        with path.open("ab") as pieces:
            if pieces.tell() < offset:
                raise ValueError(f"the upload has fewer than {offset} bytes")
            pieces.truncate(offset)
            while chunk := stream.read(CHUNK):
                offset += len(chunk)
                if offset > limit:
                    raise TooLarge(f"The file is larger than the {limit:,} bytes announced.", limit)
                pieces.write(chunk)
            pieces.flush()
            os.fsync(pieces.fileno())
        if is_new:
            _write_out(path.parent)
        return offset

    def finish(self, upload: str) -> Stored:
        """Put the bytes of an upload under their SHA-256."""
        path = self._upload_path(upload)
        with path.open("rb") as pieces:
            sha256 = hashlib.file_digest(pieces, "sha256").hexdigest()
        place = self._path(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        linked = path.with_name(f"{path.name}.finished")
        linked.unlink(missing_ok=True)
        linked.hardlink_to(path)
        self._settle(linked, place)
        linked.unlink(missing_ok=True)  # replacing a file by itself leaves both names
        os.utime(place)
        return Stored(sha256, place.stat().st_size)

    def discard(self, upload: str) -> None:
        """Delete the pieces of an upload."""
        self._upload_path(upload).unlink(missing_ok=True)

    def uploads(self, before: dt.datetime) -> Iterator[str]:
        """The uploads to which nothing was added since a moment."""
        for path in (self.folder / UPLOADS).glob("*"):
            if path.stat().st_mtime < before.timestamp():
                yield path.name

    def probe(self) -> str:
        """Write, read and delete a file; says how much room there is."""
        content = os.urandom(16)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix="incoming-") as incoming:
                incoming.write(content)
                incoming.flush()
                os.fsync(incoming.fileno())
                is_kept = Path(incoming.name).read_bytes() == content
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise Unavailable(f"the folder {self.folder} cannot be written: {error.strerror}") from error
        if not is_kept:
            raise Unavailable(f"the folder {self.folder} gives other bytes than it got")
        return f"the folder {self.folder}, {free >> 20:,} MiB free"

    def clock(self) -> dt.datetime:
        """The time of whoever keeps the folder, which may be another machine."""
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="incoming-") as incoming:
            return dt.datetime.fromtimestamp(Path(incoming.name).stat().st_mtime, dt.UTC)

    def _upload_path(self, upload: str) -> Path:
        return self.folder / UPLOADS / upload

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:4] / key

    @staticmethod
    def _settle(incoming: Path, place: Path) -> None:
        """Give a file its place for good: a name too is lost with the power until its folder is written out."""
        folders = [place.parent]
        while not folders[-1].exists():
            folders.append(folders[-1].parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming.chmod(0o640)
        incoming.replace(place)
        for folder in folders:
            _write_out(folder)


def _write_out(folder: Path) -> None:
    """Have the names in a folder survive a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def local_files(url: str, _settings: Settings) -> LocalFiles:
    """The folder that a `file://` URL names."""
    return LocalFiles(Path(unquote(urlsplit(url).path)))


def includeme(config: Configurator) -> None:
    """`request.files`, the store of `files.url`."""
    config.registry["files"] = open_part("files", config.registry["settings"])
    config.add_request_method(lambda request: request.registry["files"], "files", property=True)
