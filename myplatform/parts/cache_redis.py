"""The cache of all processes in Redis or Valkey. While the server is down nothing is known, and nobody waits for it."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..settings import Settings
from . import Unavailable, site_mark
from .cache import Kept
from .redis_servers import name_and_version

PATIENCE = 0.1
"""Seconds that the server may take for a connection or an answer."""
PAUSE = 2.0
"""Seconds in which a server that did not answer is not asked; then one request tries it."""
PACKAGE = Path(__file__).parent.parent

log = logging.getLogger(__name__)


class RedisCache(Kept):
    """Keys of one site and one version of the code, on a server that others may use too."""

    def __init__(self, url: str, namespace: str, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.namespace = namespace
        self._clock = clock
        self._asked_again_at = 0.0
        self._lock = threading.Lock()
        self._server = redis.Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            client_name="myplatform",
        )

    def read(self, key: str) -> bytes | None:
        """The bytes under a key; None also where the server does not answer."""
        return self._asked(lambda: self._server.get(self._name(key)))

    def write(self, key: str, content: bytes, seconds: int) -> None:
        """Keep bytes under a key for so long, if the server answers."""
        self._asked(lambda: self._server.set(self._name(key), content, ex=max(1, seconds)))

    def delete(self, key: str) -> None:
        """Forget a key. A server that is away keeps it: never rely on this for what would be wrong."""
        self._asked(lambda: self._server.delete(self._name(key)))

    def answers(self) -> bool:
        """Whether the server answered when it was asked last."""
        return not self._asked_again_at

    def probe(self) -> str:
        """Write, read and delete; the server's name and version."""
        name = self._name(f"probe:{uuid4()}")
        try:
            self._server.set(name, b"1", ex=10)
            if self._server.get(name) != b"1" or not self._server.delete(name):
                raise Unavailable("the cache does not keep what it is given")
            return name_and_version(self._server)
        except (redis.RedisError, OSError) as error:
            raise Unavailable(f"the cache does not answer: {error}") from error

    def _name(self, key: str) -> str:
        return f"{self.namespace}:{key}"

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """What the server answers, or None. After a failure one request in `PAUSE` seconds tries again."""
        if self._asked_again_at and not self._is_my_turn():
            return None
        try:
            answer = ask()
        except (redis.RedisError, OSError) as error:
            if not self._asked_again_at:
                log.warning("the cache does not answer, everything is made anew until it does: %s", error)
            self._asked_again_at = self._clock() + PAUSE
            self._server.connection_pool.disconnect(inuse_connections=False)
            return None
        if self._asked_again_at:
            self._asked_again_at = 0.0
            log.info("the cache answers again")
        return answer

    def _is_my_turn(self) -> bool:
        with self._lock:
            if self._clock() < self._asked_again_at:
                return False
            self._asked_again_at = self._clock() + PAUSE
            return True


def redis_cache(url: str, settings: Settings) -> RedisCache:
    """The cache that a `redis://` or `rediss://` URL names."""
    return RedisCache(url, f"myplatform:{site_mark(settings)}:{code_version()}")


@cache
def code_version() -> str:
    """What tells the running code from any other: values of an older one are not read."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
