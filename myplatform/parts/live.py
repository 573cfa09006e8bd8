"""The doorbell: one URL in the INI chooses how the live service hears that something happened.

It only says "look": a ring may be lost, and the change rows are the truth. Topics are "changes", "user:ID", "job:ID"
and "presence". Whatever commits changes rings "changes" by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

import orjson
from pyramid.config import Configurator
from sqlalchemy import event
from sqlalchemy.orm import Session

from ..models.changes import RECORDED
from ..settings import Settings
from . import open_part

CHANGES = "changes"
LARGEST = 7900
"""Bytes of a ring: PostgreSQL carries less than 8,000. The payload of a larger one is left out."""

log = logging.getLogger(__name__)

Heard = Callable[[str, dict[str, Any]], None]
"""Called with topic and payload, in a thread of the bus; quick, and never raises."""
Begun = Callable[[], None]
"""Called when listening begins, or begins again: what rang before may have been missed."""


class Listening(Protocol):
    """What `Bus.listen` gives."""

    def stop(self) -> None:
        """Hear nothing more; returns when that is so."""


class Bus(Protocol):
    """What every doorbell can do; every implementation passes the same tests."""

    def ring(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Tell all who listen, best effort: never raises, never waits for a server, may be lost."""

    def listen(self, heard: Heard, begun: Begun) -> Listening:
        """Hear every ring from now on, in the order of each sender; goes on by itself when the server was away."""

    def probe(self) -> str:
        """Ring and hear it; returns what answered, with its version. Raises whatever is wrong."""

    def close(self) -> None:
        """Let go of threads and connections."""


def encode(topic: str, payload: dict[str, Any] | None) -> bytes:
    """A ring as it is sent; without its payload where that is too large or no JSON."""
    try:
        text = orjson.dumps([topic, payload or {}])
    except TypeError:
        log.exception("What rings %s is no JSON; it rings without it.", topic)
        text = b""
    return text if 0 < len(text) <= LARGEST else orjson.dumps([topic, {}])


def decode(text: bytes | str) -> tuple[str, dict[str, Any]] | None:
    """Topic and payload of what was sent, None for anything else that comes along the channel."""
    try:
        topic, payload = orjson.loads(text)
    except ValueError:
        return None
    return (topic, payload) if isinstance(topic, str) and isinstance(payload, dict) else None


class MemoryBus:
    """Rings within one process."""

    def __init__(self) -> None:
        self._listeners: list[Heard] = []
        self._lock = threading.Lock()

    def ring(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Call all listeners at once."""
        if not self._listeners:
            return
        decoded = decode(encode(topic, payload))
        for heard in tuple(self._listeners):
            try:
                heard(*decoded)  # type: ignore[misc] - what was encoded here can be decoded
            except Exception:
                log.exception("A listener failed at %s.", topic)

    def listen(self, heard: Heard, begun: Begun) -> Listening:
        """Hear every ring of this process."""
        with self._lock:
            self._listeners = [*self._listeners, heard]
        begun()
        return _Subscription(self, heard)

    def forget(self, heard: Heard) -> None:
        """Take a listener away."""
        with self._lock:
            self._listeners = [each for each in self._listeners if each is not heard]

    def probe(self) -> str:
        """Ring and hear it."""
        return heard_back(self, "memory")

    def close(self) -> None:
        """Forget all listeners."""
        self._listeners = []


class _Subscription:
    def __init__(self, bus: MemoryBus, heard: Heard):
        self._bus, self._heard = bus, heard

    def stop(self) -> None:
        self._bus.forget(self._heard)


def heard_back(bus: Bus, answer: str, *, seconds: float = 5) -> str:
    """`answer` once a ring has come back; raises `TimeoutError` when it does not within `seconds`."""
    ready, came = threading.Event(), threading.Event()
    mark = f"probe:{id(came)}"
    listening = bus.listen(lambda topic, _payload: came.set() if topic == mark else None, ready.set)
    try:
        if not ready.wait(seconds):
            raise TimeoutError("nobody can be heard there")
        bus.ring(mark)
        if not came.wait(seconds):
            raise TimeoutError("a ring did not come back")
    finally:
        listening.stop()
    return answer


def memory_bus(_url: str, _settings: Settings) -> MemoryBus:
    """The bus that `memory:` names."""
    return MemoryBus()


def ring_after_commits(sessions: Any, bus: Bus) -> None:
    """Let every committed transaction that wrote changes ring; `sessions` is a session factory."""

    @event.listens_for(sessions, "after_commit")
    def _ring(session: Session) -> None:
        if session.in_nested_transaction():
            return  # of a savepoint: nobody else can see it yet
        if session.info.pop(RECORDED, False):
            bus.ring(CHANGES)


def includeme(config: Configurator) -> None:
    """The bus of `live.url` in the registry, rung by whatever commits changes."""
    bus = open_part("live", config.registry["settings"])
    config.registry["live"] = bus
    ring_after_commits(config.registry["session_factory"], bus)
