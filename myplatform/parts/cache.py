"""What is costly to make, kept for the next time: one URL in the INI chooses where. It may be lost at any moment.

What depends on rights is never kept here: a right that is taken away is gone at the next request. Keys name all that a
value depends on, so that nothing has to be forgotten when something changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import orjson
from cachetools import TLRUCache
from pyramid.config import Configurator

from .. import metrics
from ..settings import Settings
from . import open_part

WHOLE = 16
"""One value may take this part of `cache.memory_size` at most."""


class Cache(Protocol):
    """What every cache can do; every implementation passes the same tests.

    Values are what JSON can say; each reader gets a copy. A cache that does not answer knows nothing: no method raises
    because of it, and none waits for it longer than a tenth of a second.
    """

    hits: int
    misses: int

    def get(self, key: str) -> Any:
        """The value of a key, None where nothing is known."""

    def set(self, key: str, value: Any, seconds: int) -> None:
        """Keep a value for so long at most."""

    def get_or_create(self, key: str, make: Callable[[], Any], seconds: int) -> Any:
        """The value of a key; where nothing is known, what `make` gives, kept for so long at most."""

    def delete(self, key: str) -> None:
        """Forget a key."""

    def probe(self) -> str:
        """Write, read and delete; returns what answered, with its version. Raises `Unavailable`."""


class Kept:
    """What caches have in common: values as JSON, and counts of what was known. Others say where bytes are."""

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, or None."""
        raise NotImplementedError

    def write(self, key: str, content: bytes, seconds: int) -> None:
        """Keep bytes under a key for so long."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether what keeps the bytes answered when it was asked last."""
        return True

    def get(self, key: str) -> Any:
        """The value of a key, None where nothing is known."""
        found = self._found(key)
        return None if found is None else found[0]

    def set(self, key: str, value: Any, seconds: int) -> None:
        """Keep a value for so long at most."""
        self.write(key, orjson.dumps(value), seconds)

    def get_or_create(self, key: str, make: Callable[[], Any], seconds: int) -> Any:
        """The value of a key, or what `make` gives."""
        if (found := self._found(key)) is not None:
            return found[0]
        value = make()
        self.set(key, value, seconds)
        return value

    def _found(self, key: str) -> tuple[Any] | None:
        content = self.read(key)
        try:
            found = None if content is None else (orjson.loads(content),)
        except orjson.JSONDecodeError:
            found = None
        if found is None:
            self.misses += 1
        else:
            self.hits += 1
        metrics.CACHE.increase(outcome="hit" if found else "miss" if self.answers() else "down")
        return found


class MemoryCache(Kept):
    """In this process, up to so many bytes; what was not asked for longest goes first."""

    def __init__(self, size: int, clock: Callable[[], float] | None = None):
        super().__init__()
        timer = {"timer": clock} if clock else {}
        self._largest = size // WHOLE
        self._lock = threading.Lock()
        self._kept: TLRUCache[str, tuple[bytes, int]] = TLRUCache(
            size, ttu=lambda _key, value, now: now + value[1], getsizeof=lambda value: len(value[0]), **timer
        )

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, or None."""
        with self._lock:
            found = self._kept.get(key)
        return None if found is None else found[0]

    def write(self, key: str, content: bytes, seconds: int) -> None:
        """Keep bytes under a key for so long; what is very large is not kept at all."""
        if len(content) <= self._largest:
            with self._lock:
                self._kept[key] = (content, seconds)

    def delete(self, key: str) -> None:
        """Forget a key."""
        with self._lock:
            self._kept.pop(key, None)

    def probe(self) -> str:
        """What this process keeps."""
        self.set("probe", 1, 1)
        self.delete("probe")
        return f"this process: {self._kept.currsize:,} of {self._kept.maxsize:,} bytes"


def memory_cache(_url: str, settings: Settings) -> MemoryCache:
    """The cache of this process."""
    return MemoryCache(settings["cache.memory_size"])


def includeme(config: Configurator) -> None:
    """`registry["cache"]`, the cache of `cache.url`."""
    config.registry["cache"] = open_part("cache", config.registry["settings"])
