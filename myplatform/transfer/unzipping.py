"""A zip that somebody sent, unpacked into a folder: nothing outside of it, and no more than is allowed."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from ..errors import Invalid, TooLarge
from ..languages import gettext as _

IGNORED = ("__MACOSX", ".DS_Store")
CHUNK = 1 << 18
DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


def unzip(stream: BinaryIO, folder: Path, *, most_bytes: int, most_files: int) -> Path:
    """Unpack into the empty `folder`; returns it, or the one folder that all of the zip is in.

    Raises `Invalid` for what is no zip or leads outside, `TooLarge` for more than `most_bytes` once unpacked.
    """
    try:
        with ZipFile(stream) as packed:
            wanted = [each for each in packed.infolist() if not each.is_dir() and not _is_ignored(each)]
            if not wanted:
                raise Invalid.one("file", _("there is nothing in the zip"))
            if len(wanted) > most_files:
                raise Invalid.one("file", _("has more than %(most)s files", most=f"{most_files:,}"))
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
