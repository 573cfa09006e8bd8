"""The files in which processes count together, with their room on the disk reserved before it is written."""

from __future__ import annotations

import errno
import logging
import mmap
import os
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

SIZE = 1 << 16
"""Bytes of a file at first, as `prometheus_client` begins; it doubles."""
HEAD = 8
"""Bytes before the first count."""
BESIDE_NAME = 64
"""Bytes that a count takes at most besides its name: padding, length, value and moment."""
NOT_OFFERED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)
"""What file systems say that cannot reserve anything."""

log = logging.getLogger(__name__)


class ReservedCounts(MmapedDict):
    """The counts of one process. What the disk has no room for is counted in memory alone, where nobody asks for it.

    Where a file that is mapped has a length but no room, writing to it ends the process by a signal.
    """

    def __init__(self, filename: str, read_mode: bool = False):
        try:
            if not read_mode:
                _make(filename)
            super().__init__(filename, read_mode)
        except OSError as error:
            if read_mode:
                raise
            log.warning("What is counted is not in the metrics: %s", error)
            self._fname, self._positions = filename, {}
            self._f, self._m, self._capacity, self._used = None, mmap.mmap(-1, SIZE), SIZE, HEAD

    def _init_value(self, key: str) -> None:
        while self._used + len(key.encode()) + BESIDE_NAME > self._capacity:
            self._grow(2 * self._capacity)
        super()._init_value(key)

    def _grow(self, size: int) -> None:
        """Have room for more, in the file or else in memory; the file keeps what was counted until then."""
        if self._f is not None:
            try:
                _reserve(self._f.fileno(), size)
                self._m, self._capacity = mmap.mmap(self._f.fileno(), size), size
                return
            except OSError as error:
                log.warning("What is counted from now on is not in the metrics: %s", error)
                self._f.close()
        larger = mmap.mmap(-1, size)
        larger[: self._used] = self._m[: self._used]
        self._f, self._m, self._capacity = None, larger, size


def _make(filename: str) -> None:
    """Make the file with its first room. Raises OSError, and leaves no empty file, which could not be read."""
    path = Path(filename)
    with path.open("ab") as file:
        try:
            if file.tell() == 0:
                _reserve(file.fileno(), SIZE)
        except OSError:
            path.unlink()
            raise


def _reserve(descriptor: int, size: int) -> None:
    """Let a file have so many bytes that can be written whatever others write. Raises OSError."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        os.truncate(descriptor, size)
