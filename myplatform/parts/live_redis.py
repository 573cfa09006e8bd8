"""The doorbell by publish and subscribe of Redis, or of Valkey, which speaks the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from redis import Redis

from ..settings import Settings
from . import site_mark
from .live import Begun, Heard, Listening, heard_back
from .live_relay import Listener, Sender
from .redis_servers import name_and_version

TIMEOUT = 2.0
"""Seconds to wait for the server."""
TURN = 0.25
"""Seconds after which a listener looks whether it should stop."""


class RedisBus:
    """Rings through a channel of one site. Channels know nothing of numbers of databases, so its name has that too."""

    def __init__(self, url: str, site: str):
        self._client = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=15
        )
        number = self._client.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"myplatform-live:{site}:{number}"
        self._sender = Sender(lambda text: self._client.publish(self._channel, text))

    def ring(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Publish it."""
        self._sender.ring(topic, payload)

    def listen(self, heard: Heard, begun: Begun) -> Listening:
        """Subscribe in a thread."""
        return Listener(self._receive, heard, begun)

    def _receive(self, begun: Begun, take: Callable[[bytes | str], None], over: threading.Event) -> None:
        with self._client.pubsub() as channel:
            channel.subscribe(self._channel)
            while not over.is_set():
                message = channel.get_message(timeout=TURN)
                if message is None:
                    continue
                if message["type"] == "subscribe":  # also when the library has connected again by itself
                    begun()
                elif message["type"] == "message":
                    take(message["data"])

    def probe(self) -> str:
        """Ring and hear it; returns name and version of the server."""
        return heard_back(self, name_and_version(self._client))

    def close(self) -> None:
        """End the thread, close the connections."""
        self._sender.close()
        self._client.close()


def redis_bus(url: str, settings: Settings) -> RedisBus:
    """The bus that a `redis://` URL names."""
    return RedisBus(url, site_mark(settings))
