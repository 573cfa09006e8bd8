"""The keys about the cache, which keeps what is costly to make and can be made again."""

from __future__ import annotations

from .kinds import SIZE
from .live_keys import REDIS, memory_url, redis_url
from .part_urls import Scheme, offer, part_url
from .setting import Setting

offer(
    "cache",
    Scheme("memory", "myplatform.parts.cache:memory_cache", "memory:", memory_url),
    Scheme("redis", "myplatform.parts.cache_redis:redis_cache", "redis://HOST:PORT/NUMBER", redis_url, *REDIS),
    Scheme("rediss", "myplatform.parts.cache_redis:redis_cache", "rediss://HOST:PORT/NUMBER", redis_url, *REDIS),
)

CACHE: tuple[Setting, ...] = (
    Setting(
        "cache.url",
        part_url("cache", "CFG048"),
        "memory:",
        "Where what is costly to make is kept: in each process, or in Redis or Valkey for all of them.",
        "redis://127.0.0.1:6379/0",
        secret=True,
    ),
    Setting(
        "cache.memory_size",
        SIZE,
        "32MiB",
        "The most bytes that `memory:` keeps in one process.",
        "128MiB",
        at_least="1MiB",
        at_most="16GiB",
    ),
)
