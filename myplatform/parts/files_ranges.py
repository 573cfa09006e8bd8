"""Bytes that are far away, read in ranges: seekable like a file, and never held as a whole."""

from __future__ import annotations

import io
from collections.abc import Callable

Read = Callable[[int, int], bytes]
"""First byte and the one behind the last → these bytes."""
SMALLEST, LARGEST = 1 << 18, 1 << 23


class Opened(io.RawIOBase):
    """What is read one after the other is fetched in ever larger ranges; after a jump these begin small again.

    `first` is what is known of `size` bytes already.
    """

    def __init__(self, read: Read, first: bytes, size: int):
        self._read = read
        self._kept, self._kept_at = first, 0
        self._size = size
        self._position = 0
        self._range = SMALLEST

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether any byte can be read first."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on reading elsewhere; nothing is fetched yet."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if begin + offset < 0:
            raise ValueError("there is nothing before the first byte")
        self._position = begin + offset
        return self._position

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._position

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill as much of the buffer as one range has."""
        if self._position >= self._size:
            return 0
        if not self._kept_at <= self._position < self._kept_at + len(self._kept):
            self._fetch()
        begin = self._position - self._kept_at
        found = self._kept[begin : begin + len(buffer)]
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, fewer only at the end."""
        wanted = self._size if size is None or size < 0 else size
        parts: list[bytes] = []
        while wanted > 0 and (part := super().read(min(wanted, LARGEST))):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _fetch(self) -> None:
        goes_on = self._position == self._kept_at + len(self._kept)
        self._range = min(self._range * 2, LARGEST) if goes_on else SMALLEST
        stop = min(self._position + self._range, self._size)
        self._kept, self._kept_at = self._read(self._position, stop), self._position
        if len(self._kept) != stop - self._position:
            raise OSError("fewer bytes came than were asked for")
