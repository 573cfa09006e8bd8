"""The doorbell by publish and subscribe of Redis, or of Valkey, which speaks the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from redis import Redis

from ..settings import Settings
from .live import Begun, Heard, Listening, heard_back
from .live_relay import Listener, Sender

TIMEOUT = 2.0
"""Seconds to wait for the server."""
TURN = 0.25
"""Seconds after which a listener looks whether it should stop."""


class RedisBus:
    """Rings through a channel; the number of the database is in its name, so that sites on one server keep apart."""

    def __init__(self, url: str):
        self._client = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=15
        )
        number = self._client.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"myplatform-live-{number}"
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
        server = self._client.info("server")
        name = "Valkey" if server.get("server_name") == "valkey" else "Redis"
        version = server.get("valkey_version") or server.get("redis_version")
        return heard_back(self, f"{name} {version}")

    def close(self) -> None:
        """End the thread, close the connections."""
        self._sender.close()
        self._client.close()


def redis_bus(url: str, _settings: Settings) -> RedisBus:
    """The bus that a `redis://` URL names."""
    return RedisBus(url)
