"""The file of a backup: a zip of one member for each table, one for each content, and a manifest with their hashes."""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import orjson

from ..errors import Problem
from ..parts.files import CHUNK, FileStore
from .reading import Tally
from .shapes import Shape

FORMAT = 1
MANIFEST, CONTENTS = "manifest.json", "contents.jsonl"
MISSING, DAMAGED = "missing", "damaged"
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
LEVEL = 3
PARTIAL = ".partial"


class Unusable(Problem):
    """A file that is no backup, or one that was cut off or altered; the message names the member."""


class Writer:
    """Writes a backup; what was written so far is in `manifest`."""

    def __init__(self, target: BinaryIO, about: dict[str, Any]):
        self._zip = zipfile.ZipFile(target, "w", compresslevel=LEVEL)
        self.manifest: dict[str, Any] = {"format": FORMAT, **about, "tables": [], "contents": {}}

    def add_table(self, shape: Shape, lines: Iterable[bytes]) -> None:
        """Write the rows of a table."""
        tally, member = Tally(), f"tables/{shape.name}.jsonl"
        with self._open(member, zipfile.ZIP_DEFLATED) as file:
            for line in lines:
                file.write(tally.add(line))
        about = {"name": shape.name, "columns": shape.columns, "key": shape.key}
        self.manifest["tables"].append(about | {"member": member, "rows": tally.rows, "sha256": tally.sha256})

    def add_contents(self, files: FileStore, contents: Iterable[str]) -> None:
        """Write the bytes of contents and a list of them.

        Those that are not in the store, and those that are there with other bytes, are named in the manifest: one
        broken content must not keep all others from being backed up.
        """
        tally, total, broken = Tally(), 0, {MISSING: [], DAMAGED: []}
        with tempfile.TemporaryFile() as listed:
            for sha256 in contents:
                outcome = self._add_content(files, sha256)
                if isinstance(outcome, str):
                    broken[outcome].append(sha256)
                else:
                    listed.write(tally.add(orjson.dumps([sha256, outcome]) + b"\n"))
                    total += outcome
            listed.seek(0)
            with self._open(CONTENTS, zipfile.ZIP_DEFLATED) as file:
                _pour(listed, file)
        about = {"member": CONTENTS, "count": tally.rows, "bytes": total, "sha256": tally.sha256}
        self.manifest["contents"] = about | broken

    def _add_content(self, files: FileStore, sha256: str) -> int | str:
        """How many bytes were written, or what is wrong with the content."""
        stream = files.open(sha256)
        if stream is None:
            return MISSING
        with stream, self._open(content_member(sha256), zipfile.ZIP_STORED) as file:
            digest, size = _pour(stream, file)
        return size if digest == sha256 else DAMAGED

    def _open(self, member: str, method: int) -> IO[bytes]:
        self._zip.compression = method
        return self._zip.open(member, "w", force_zip64=True)

    def add_manifest(self) -> None:
        """Write the manifest: with it the backup is whole."""
        with self._open(MANIFEST, zipfile.ZIP_DEFLATED) as file:
            file.write(orjson.dumps(self.manifest, option=orjson.OPT_INDENT_2))

    def close(self) -> None:
        """Nothing more is written."""
        self._zip.close()


def _pour(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def content_member(sha256: str) -> str:
    """Where in a backup a content is."""
    return f"contents/{sha256[:2]}/{sha256}"


@contextmanager
def written(path: Path, about: dict[str, Any]) -> Iterator[Writer]:
    """A backup that stands at `path` once the block is over; if it raises, whatever stood there before stays.

    It is written beside it, to a file of its own that its owner alone may read: two at once do not meet.
    """
    with _file_beside(path) as file:
        partial = Path(file.name)
        try:
            with closing(Writer(file, about)) as writer:  # type: ignore[arg-type]
                yield writer
                writer.add_manifest()
            file.flush()
            os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _file_beside(path: Path) -> IO[bytes]:
    """A new file in the same folder; where there can be none, the error names the path that was asked for."""
    try:
        return tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL, delete=False)
    except OSError as error:
        error.filename = str(path)
        raise


class Backup:
    """A backup as something to load from. Raises `Unusable` at the first thing in it that is not as it was written."""

    def __init__(self, path: Path):
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, struct.error) as error:
            raise Unusable(_why_no_zip(path, error)) from None
        self.manifest = self._read_manifest()
        self.revision: str = self.manifest["revision"]

    def __enter__(self) -> Backup:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _read_manifest(self) -> dict[str, Any]:
        with self._member(MANIFEST) as file:
            manifest = orjson.loads(file.read())
        if manifest.get("format") != FORMAT:
            raise Unusable(f"{self.path}: {MANIFEST}: this program reads format {FORMAT}, not {manifest.get('format')}")
        return manifest

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as file:
                yield file
        except KeyError:
            raise Unusable(f"{self.path}: {name} is missing") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, orjson.JSONDecodeError, struct.error) as error:
            raise Unusable(f"{self.path}: {name} is damaged: {error}") from None

    def tables(self) -> list[Shape]:
        """The tables in it, what is referred to first."""
        found = self.manifest["tables"]
        return [Shape(each["name"], tuple(map(tuple, each["columns"])), tuple(each["key"])) for each in found]

    def lines(self, shape: Shape) -> Iterator[bytes]:
        """The rows of one of them; at the end it is told if they are not those that were written."""
        about = next(each for each in self.manifest["tables"] if each["name"] == shape.name)
        yield from self._lines(about["member"], about["rows"], about["sha256"])

    def _lines(self, member: str, rows: int, sha256: str) -> Iterator[bytes]:
        tally = Tally()
        with self._member(member) as file:
            for line in file:
                yield tally.add(line)
        if (tally.rows, tally.sha256) != (rows, sha256):
            raise Unusable(f"{self.path}: {member} is not what was written: {tally.rows} rows of {rows}")

    def counters(self) -> dict[str, int]:
        """The ids given out last."""
        return self.manifest["counters"]

    def contents(self) -> Iterator[tuple[str, int]]:
        """SHA-256 and size of every content."""
        about = self.manifest["contents"]
        for line in self._lines(about["member"], about["count"], about["sha256"]):
            sha256, size = orjson.loads(line)
            yield sha256, size

    @contextmanager
    def content(self, sha256: str) -> Iterator[IO[bytes]]:
        """The bytes of a content."""
        with self._member(content_member(sha256)) as file:
            yield file

    def verify(self) -> None:
        """Read everything once. Raises `Unusable` with the member that is not as it was written."""
        expected = {MANIFEST, CONTENTS, *map(content_member, self.manifest["contents"][DAMAGED])}
        for shape in self.tables():
            expected.add(f"tables/{shape.name}.jsonl")
            for _line in self.lines(shape):
                pass
        for sha256, size in self.contents():
            expected.add(content_member(sha256))
            with self.content(sha256) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            if digest != sha256 or self._zip.getinfo(content_member(sha256)).file_size != size:
                raise Unusable(f"{self.path}: {content_member(sha256)} is not what was written")
        if strange := sorted(set(self._zip.namelist()) - expected):
            raise Unusable(f"{self.path}: {strange[0]} is not in the manifest")


def _why_no_zip(path: Path, error: Exception) -> str:
    """What to say of a file that is no whole zip: a backup that was cut off names the member in which it ends."""
    if isinstance(error, OSError):
        return f"{path}: {error.strerror}"
    member = _last_member(path)
    return f"{path}: it is cut off in {member}" if member else f"{path}: this is no backup"


def _last_member(path: Path) -> str:
    name, place, size = "", 0, path.stat().st_size
    with path.open("rb") as file:
        while place < size:
            file.seek(place)
            header = file.read(LOCAL_HEADER.size)
            if len(header) < LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
                break
            *_, compressed, _, length, extra = LOCAL_HEADER.unpack(header)
            name = file.read(length).decode(errors="replace")
            fields = file.read(extra)
            if compressed == 0xFFFFFFFF and len(fields) >= 20:
                compressed = struct.unpack_from("<Q", fields, 12)[0]
            place += LOCAL_HEADER.size + length + extra + compressed
    return name
