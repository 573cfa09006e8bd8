"""The keys about the live service, which tells open pages at once what changed."""

from __future__ import annotations

import re

from .kinds import BOOLEAN, INTEGER, POSTGRESQL, Kind, UnfitError, url_parts
from .part_urls import Scheme, offer, part_url
from .setting import Setting

REDIS = ("production", ("redis",))
"""The extra with the client of Redis and Valkey, and its module."""


def memory_url(url: str) -> str:
    """The URL of a part in the memory of each process. Raises `UnfitError`."""
    if url != "memory:":
        raise UnfitError("nothing belongs behind the colon", "memory:")
    return url


def redis_url(url: str) -> str:
    """The URL of a Redis or Valkey server, and of one of its databases. Raises `UnfitError`."""
    parts = url_parts(url)
    if not parts.hostname:
        raise UnfitError("the host is missing", "redis://127.0.0.1:6379/0")
    if not re.fullmatch(r"/?|/[0-9]{1,4}", parts.path):
        raise UnfitError("behind the host belongs the number of a database, as in redis://127.0.0.1:6379/0")
    return url


def _postgresql(url: str) -> str:
    if url == "postgresql:":
        return url
    rest = url.partition("://")[2]
    if not url_parts(f"{POSTGRESQL}://{rest}").path.strip("/"):
        raise UnfitError("the name of the database is missing after the host", "postgresql:")
    return f"postgresql://{rest}"


offer(
    "live",
    Scheme("memory", "myplatform.parts.live:memory_bus", "memory:", memory_url),
    Scheme("redis", "myplatform.parts.live_redis:redis_bus", "redis://HOST:PORT/NUMBER", redis_url, *REDIS),
    Scheme("rediss", "myplatform.parts.live_redis:redis_bus", "rediss://HOST:PORT/NUMBER", redis_url, *REDIS),
    Scheme("postgresql", "myplatform.parts.live_postgresql:postgresql_bus", "postgresql:", _postgresql),
)


def _host_port(text: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})", text)
    if not match or int(match[2]) > 65535:
        raise UnfitError(fix=f"127.0.0.1:{text}" if re.fullmatch(r"[0-9]{2,4}|[1-5][0-9]{4}", text) else "")
    return text


HOST_PORT = Kind("address", "HOST:PORT", "CFG031", str, _host_port)


def _socket_url(text: str) -> str:
    parts = url_parts(text)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        fix = f"wss://{text.partition('://')[2]}" if parts.scheme in ("http", "https") else ""
        raise UnfitError(fix=fix)
    return text.rstrip("/")


SOCKET_URL = Kind("socket address", "a URL as wss://HOST/PATH", "CFG032", str, _socket_url)

LIVE: tuple[Setting, ...] = (
    Setting(
        "live.url",
        part_url("live", "CFG033"),
        "memory:",
        "What tells the live service that something changed: within one process, or by Redis or PostgreSQL.",
        "redis://127.0.0.1:6379/0",
        secret=True,
    ),
    Setting(
        "live.listen",
        HOST_PORT,
        None,
        "Where the live service listens; with `live.url = memory:` the server starts it. Not set: there is none.",
        "127.0.0.1:6544",
    ),
    Setting(
        "live.public_url",
        SOCKET_URL,
        None,
        "Where browsers reach the live service, if not at `/-/live` of the site or the port of `live.listen`.",
        "wss://live.example.com/-/live",
    ),
    Setting(
        "live.max_sockets",
        INTEGER,
        "8000",
        "Windows that one live service serves at a time; more are asked to come again later.",
        "2000",
        at_least="10",
        at_most="100000",
    ),
    Setting(
        "live.max_sockets_per_user",
        INTEGER,
        "30",
        "Windows that one person or program has open at the live service at a time.",
        "10",
        at_least="1",
        at_most="10000",
    ),
    Setting(
        "live.presence",
        BOOLEAN,
        "true",
        "Whether people see who else is reading or editing the same page.",
        "false",
    ),
)
