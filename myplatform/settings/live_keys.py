"""The keys about the live service, which tells open pages at once what changed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .kinds import POSTGRESQL, UnfitError
from .part_urls import Scheme, offer, part_url
from .setting import Setting


def memory_url(url: str) -> str:
    """The URL of a part in the memory of each process. Raises `UnfitError`."""
    if url != "memory:":
        raise UnfitError("nothing belongs behind the colon", "memory:")
    return url


def redis_url(url: str) -> str:
    """The URL of a Redis or Valkey server, and of one of its databases. Raises `UnfitError`."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UnfitError("the port is no number, or the host is none") from None
    if not parts.hostname:
        raise UnfitError("the host is missing", "redis://127.0.0.1:6379/0")
    if not re.fullmatch(r"/?|/[0-9]{1,4}", parts.path):
        raise UnfitError("behind the host belongs the number of a database, as in redis://127.0.0.1:6379/0")
    return url


def _postgresql(url: str) -> str:
    if url == "postgresql:":
        return url
    rest = url.partition("://")[2]
    if not urlsplit(f"{POSTGRESQL}://{rest}").path.strip("/"):
        raise UnfitError("the name of the database is missing after the host", "postgresql:")
    return f"postgresql://{rest}"


offer(
    "live",
    Scheme("memory", "myplatform.parts.live:memory_bus", "memory:", memory_url),
    Scheme("redis", "myplatform.parts.live_redis:redis_bus", "redis://HOST:PORT/NUMBER", redis_url, "production"),
    Scheme("rediss", "myplatform.parts.live_redis:redis_bus", "rediss://HOST:PORT/NUMBER", redis_url, "production"),
    Scheme("postgresql", "myplatform.parts.live_postgresql:postgresql_bus", "postgresql:", _postgresql),
)


LIVE: tuple[Setting, ...] = (
    Setting(
        "live.url",
        part_url("live", "CFG033"),
        "memory:",
        "What tells the live service that something changed: within one process, or by Redis or PostgreSQL.",
        "redis://127.0.0.1:6379/0",
        secret=True,
    ),
)
