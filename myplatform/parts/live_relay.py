"""What doorbells behind a server share: a thread that sends, and one that listens and begins again after a failure."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Any

from ..forking import in_each_child
from .live import Begun, Heard, decode, encode

MOST_WAITING = 1000
"""Rings that wait to be sent; more are lost, as all may be."""
PAUSE = 1.0
"""Seconds in which nothing is sent after the server could not be reached."""
LONGEST_PAUSE = 5.0
"""Seconds after which a listener tries again at the latest."""

log = logging.getLogger(__name__)


class Sender:
    """Sends rings from a thread of its own, so that nobody waits for the server; equal ones that wait go as one."""

    def __init__(self, send: Callable[[bytes], None]):
        self._send = send
        self._begin()
        in_each_child(self, Sender._begin)

    def _begin(self) -> None:
        self._waiting: dict[bytes, None] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def ring(self, topic: str, payload: dict[str, Any] | None) -> None:
        """Send it soon."""
        text = encode(topic, payload)
        with self._wake:
            if self._is_over or len(self._waiting) >= MOST_WAITING:
                return
            self._waiting[text] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-sender", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        is_reached = True
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting or self._is_over)
                if self._is_over:
                    return
                texts, self._waiting = list(self._waiting), {}
            try:
                for text in texts:
                    self._send(text)
                is_reached = True
            except Exception as error:  # noqa: BLE001 - whatever a driver raises: what is not sent is lost
                if is_reached:
                    log.warning("The live service cannot be told of changes (%s); pages hear later.", error)
                is_reached = False
                with self._wake:
                    self._wake.wait_for(lambda: self._is_over, PAUSE)

    def close(self) -> None:
        """End the thread."""
        with self._wake:
            self._is_over = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(PAUSE)


Receive = Callable[[Begun, Callable[[bytes | str], None], threading.Event], None]
"""Connects, says that it has begun, and hands over what comes until the event is set; raises when that fails."""


class Listener:
    """Listens in a thread of its own until it is stopped, and again when the connection broke."""

    def __init__(self, receive: Receive, heard: Heard, begun: Begun):
        self._receive, self._heard, self._begun = receive, heard, begun
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-listener", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pause = 0.1

        def begin() -> None:
            nonlocal pause
            pause = 0.1
            self._begun()

        while not self._over.is_set():
            try:
                self._receive(begin, self._take, self._over)
            except Exception as error:  # noqa: BLE001 - whatever a driver raises: it is tried again
                if not self._over.is_set():
                    log.warning("Nothing can be heard of changes (%s); trying again.", error)
                self._over.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
                pause = min(pause * 2, LONGEST_PAUSE)

    def _take(self, text: bytes | str) -> None:
        decoded = decode(text)
        if decoded is not None:
            self._heard(*decoded)

    def stop(self) -> None:
        """Hear nothing more."""
        self._over.set()
        self._thread.join(LONGEST_PAUSE)
