"""One open socket: who is behind it, what it watches, and what it may still ask for."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from websockets.asyncio.server import ServerConnection

from ..identity import Identity

TOPIC = re.compile(r"(node|inside|present|job):([1-9][0-9]{0,17})|me|changes")
MOST_TOPICS = 100
"""Topics of one socket."""
BURST, PER_SECOND = 30, 3.0
"""Messages that one socket may send at once, and then for each second."""
MOST_WAITING = 1 << 18
"""Bytes that wait for a reader; one that lets more pile up is dropped."""
ENDED, TOO_MUCH, LATER = 4401, 1008, 1013
"""Codes of closing: the session or token is over; against the rules; not now, come again later."""


class RefusedError(Exception):
    """A message that makes no sense or asks for too much; the words are for whoever wrote the program."""


class Socket:
    """A connection with the row that proved who is behind it: ("session" or "token", id)."""

    __slots__ = ("_allowance", "_counted_at", "connection", "identity", "is_editing", "proof", "topics")

    def __init__(self, connection: ServerConnection, proof: tuple[str, int], identity: Identity):
        self.connection = connection
        self.proof = proof
        self.identity = identity
        self.topics: set[str] = set()
        self.is_editing = False
        self._allowance = float(BURST)
        self._counted_at = time.monotonic()

    def spend(self) -> bool:
        """Whether it may send another message by now."""
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        self._allowance -= 1
        return self._allowance >= 0

    def is_slow(self) -> bool:
        """Whether more waits for its reader than is kept for one."""
        transport: Any = self.connection.transport
        return transport.get_write_buffer_size() > MOST_WAITING

    def drop(self) -> None:
        """End it without waiting for anything."""
        self.connection.transport.abort()


class Wish:
    """What a client asked for: topics to watch, those to leave, and from where on to repeat.

    `after` is a cursor it has, `age` how many seconds ago its page was asked for.
    """

    __slots__ = ("after", "age", "is_editing", "leave", "watch")

    def __init__(self, text: str | bytes):
        try:
            wanted = json.loads(text)
        except ValueError:
            raise RefusedError("The message is no JSON.") from None
        if not isinstance(wanted, dict) or not wanted.keys() <= {"watch", "leave", "after", "age", "editing"}:
            raise RefusedError("A message is an object with watch, leave, after, age or editing.")
        self.watch, self.leave = (_topics(wanted.get(key, [])) for key in ("watch", "leave"))
        self.after = wanted.get("after")
        if self.after is not None and not isinstance(self.after, str):
            raise RefusedError("after is a cursor that was given out here.")
        age = wanted.get("age")
        if age is not None and (isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age < 1e9):
            raise RefusedError("age is a number of seconds.")
        self.age: float | None = age
        self.is_editing: bool = wanted.get("editing") is True


def _topics(names: Any) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) and TOPIC.fullmatch(name) for name in names):
        raise RefusedError("Topics are node:ID, inside:ID, present:ID, job:ID, me and changes.")
    if len(names) > MOST_TOPICS:
        raise RefusedError(f"A socket watches {MOST_TOPICS} topics at most.")
    return list(dict.fromkeys(names))


def node_of(topic: str) -> int:
    """The id of the node that a topic is about, 0 for other topics."""
    kind, _, number = topic.partition(":")
    return int(number or 0) if kind != "job" else 0


def job_of(topic: str) -> int:
    """The id of the job that a topic is about, 0 for other topics."""
    kind, _, number = topic.partition(":")
    return int(number) if kind == "job" and number.isascii() and number.isdigit() and len(number) < 19 else 0
