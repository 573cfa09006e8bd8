"""All sockets of a service by what they watch, and what has come from outside for the next round."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import Any

from ..errors import BadQuery
from ..parts.live import CHANGES, Bus
from ..queries.changes import read_cursor
from .presence import Presence
from .sockets import LATER, MOST_TOPICS, RefusedError, Socket, Wish, node_of

MOST_WISHES = 50_000
"""Topics asked for that wait for the next round, of all sockets: more pile up only while the database is away."""


class Hub:
    """Everything here happens in the thread of one event loop. `look` is set when there is something to do."""

    def __init__(self, bus: Bus, *, shows_presence: bool = True):
        self.bus = bus
        self.shows_presence = shows_presence
        self.sockets: set[Socket] = set()
        self.per_user: Counter[int | None] = Counter()
        self.watching: dict[str, set[Socket]] = {}
        self.presence = Presence()
        self.counts: Counter[str] = Counter()
        self.look = asyncio.Event()
        self._wishes: list[tuple[Socket, Wish]] = []
        self._wished = 0
        self._rung: deque[tuple[str, dict[str, Any]]] = deque(maxlen=10_000)
        self._closing: set[asyncio.Task[None]] = set()

    def heard(self, topic: str, payload: dict[str, Any]) -> None:
        """Something rang."""
        if payload.get("service") == self.presence.service:
            return
        if topic != CHANGES:
            self._rung.append((topic, payload))
        self.look.set()

    def begun(self) -> None:
        """The bus is heard, or heard again: ask the other services who is where, and look for what was missed."""
        self.bus.ring("presence?", {"service": self.presence.service})
        self.look.set()

    def taken_rings(self) -> list[tuple[str, dict[str, Any]]]:
        """What rang since it was asked last, but for changes."""
        rings = list(self._rung)
        self._rung.clear()
        return rings

    def taken_wishes(self) -> list[tuple[Socket, Wish]]:
        """What clients wished for since it was asked last."""
        wishes, self._wishes, self._wished = self._wishes, [], 0
        return [(socket, wish) for socket, wish in wishes if socket in self.sockets]

    def put_back(self, wishes: list[tuple[Socket, Wish]], rings: list[tuple[str, dict[str, Any]]]) -> None:
        """What could not be answered now."""
        self._wishes = [*wishes, *self._wishes]
        self._wished += sum(len(wish.watch) for _, wish in wishes)
        self._rung.extendleft(reversed(rings))

    def wish(self, socket: Socket, wish: Wish) -> None:
        """A client's message; answered in the next round. Raises `RefusedError`.

        Where too much waits already, the socket is closed, and comes again.
        """
        if len(socket.topics.union(wish.watch).difference(wish.leave)) > MOST_TOPICS:
            raise RefusedError(f"A socket watches {MOST_TOPICS} topics at most.")
        try:
            read_cursor(wish.after)
        except BadQuery as error:
            raise RefusedError(str(error)) from None
        for topic in wish.leave:
            self.leave(socket, topic)
        if wish.watch and self._has_room_for(wish):
            self._wishes.append((socket, wish))
            self._wished += len(wish.watch)
        elif wish.watch:
            self.close(socket, LATER, "too much waits to be answered: come again later")
        self.look.set()

    def _has_room_for(self, wish: Wish) -> bool:
        if self._wished + len(wish.watch) > MOST_WISHES:
            self.put_back(self.taken_wishes(), [])  # without those of sockets that are gone
        return self._wished + len(wish.watch) <= MOST_WISHES

    def add(self, socket: Socket) -> None:
        """A socket was accepted."""
        self.sockets.add(socket)
        self.per_user[socket.identity.user_id] += 1

    def remove(self, socket: Socket) -> None:
        """A socket is closed."""
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        self.per_user[socket.identity.user_id] -= 1
        if not self.per_user[socket.identity.user_id]:
            del self.per_user[socket.identity.user_id]
        for topic in list(socket.topics):
            self.leave(socket, topic)

    def watch(self, socket: Socket, topic: str) -> None:
        """A socket hears of a topic from now on."""
        socket.topics.add(topic)
        self.watching.setdefault(topic, set()).add(socket)
        if topic.startswith("present:"):
            self.presence.enter(node_of(topic), socket)

    def leave(self, socket: Socket, topic: str) -> None:
        """A socket hears of a topic no more; it need not have."""
        if topic not in socket.topics:
            return
        socket.topics.discard(topic)
        watching = self.watching[topic]
        watching.discard(socket)
        if not watching:
            del self.watching[topic]
        if topic.startswith("present:"):
            self.presence.leave(node_of(topic), socket)
            self.look.set()

    def drop(self, socket: Socket) -> None:
        """End a socket that does not read."""
        self.counts["dropped"] += 1
        self.remove(socket)
        socket.drop()

    def close(self, socket: Socket, code: int, why: str) -> None:
        """Close a socket, which is told the code and why."""
        self.counts["closed"] += 1
        self.remove(socket)
        task = asyncio.ensure_future(socket.connection.close(code, why))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
