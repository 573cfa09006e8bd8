"""A zip that somebody sent, unpacked into a folder: nothing outside of it, and no more than is allowed."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..errors import Invalid, TooLarge
from ..languages import gettext as _

IGNORED = ("__MACOSX", ".DS_Store")
CHUNK = 1 << 18
METHODS = (ZIP_STORED, ZIP_DEFLATED)
"""What is unpacked piece by piece: of others a few bytes may become gigabytes before anybody can count them."""
LISTED = 512
"""Bytes that a zip may take for listing each of its files, those left out included."""
DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


def unzip(stream: BinaryIO, folder: Path, *, most_bytes: int, most_files: int) -> Path:
    """Unpack into the empty `folder`; returns it, or the one folder that all of the zip is in.

    Raises `Invalid` for what is no zip or leads outside, `TooLarge` for more than `most_bytes` once unpacked.
    """
    try:
        with ZipFile(_Listed(stream, max(most_files * LISTED, CHUNK))) as packed:  # type: ignore[arg-type]
            wanted = [each for each in packed.infolist() if not each.is_dir() and not _is_ignored(each)]
            if not wanted:
                raise Invalid.one("file", _("there is nothing in the zip"))
            if len(wanted) > most_files:
                raise Invalid.one("file", _("has more than %(most)s files", most=f"{most_files:,}"))
            if any(each.compress_type not in METHODS for each in wanted):
                raise Invalid.one("file", _("is packed in an unusual way; pack it as an ordinary zip"))
            left = most_bytes
            for each in wanted:
                left = _unpack(packed, each, _place(folder, each.filename), left, most_bytes)
    except OSError as error:
        if error.errno in DISK_TROUBLE:
            raise
        raise Invalid.one("file", _("has names that no disk can keep")) from error
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, UnicodeError) as error:
        # RuntimeError: it asks for a password.
        raise Invalid.one("file", _("cannot be unpacked: is it a zip without a password?")) from error
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


class _Listed:
    """The stream of a zip, of which only so many bytes are read at once: as many as the list of its files may have."""

    def __init__(self, stream: BinaryIO, most: int):
        self._stream, self._most = stream, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises `Invalid` for more than are held."""
        if size > self._most:
            raise Invalid.one("file", _("lists too many files"))
        return self._stream.read(size)


def _is_ignored(entry: ZipInfo) -> bool:
    return any(part in IGNORED for part in PurePosixPath(entry.filename).parts)


def _place(folder: Path, name: str) -> Path:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in name or "\0" in name:
        raise Invalid.one("file", _("has a file that would lie outside of it: %(name)s", name=name[:100]))
    return folder.joinpath(*place.parts)


def _unpack(packed: ZipFile, entry: ZipInfo, place: Path, left: int, most_bytes: int) -> int:
    """Write one file; how many bytes are left. What a zip says of its own sizes is not believed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(entry) as source, place.open("wb") as target:
        while piece := source.read(CHUNK):
            left -= len(piece)
            if left < 0:
                message = _("The zip is larger than the %(most)s bytes allowed, once unpacked.", most=f"{most_bytes:,}")
                raise TooLarge(message, most_bytes)
            target.write(piece)
    return left
