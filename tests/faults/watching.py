"""Open windows: sockets that watch pages, come again when they are closed, and remember what they were told."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

PAUSE = 0.3


@dataclass
class Window:
    """One of them: the versions that it was told of each node, and where it has to go on."""

    told: dict[int, list[int]] = field(default_factory=dict)
    cursor: str | None = None
    connections: int = 0
    resets: int = 0


class Windows:
    """Sockets in a thread of their own, all watching the same nodes."""

    def __init__(self, url: str, token: str, nodes: list[int], count: int, ca: str | None = None):
        self.url, self.nodes = url, nodes
        self.options = {"ssl": ssl.create_default_context(cafile=ca)} if ca else {}
        self.headers = {"Authorization": f"Bearer {token}"}
        self.windows = [Window() for _ in range(count)]
        self.refused: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    def __enter__(self) -> Windows:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join(20)

    @property
    def are_open(self) -> bool:
        """Whether each was let in at least once."""
        return all(window.connections for window in self.windows)

    def know(self, versions: dict[int, int]) -> bool:
        """Whether each was told of these versions of nodes, or of later ones."""
        return all(max(window.told.get(n, [0])) >= v for window in self.windows for n, v in versions.items())

    def gaps(self, versions: dict[int, set[int]]) -> int:
        """How many of these versions of nodes windows were not told."""
        return sum(len(v - set(window.told.get(n, []))) for window in self.windows for n, v in versions.items())

    def repeated(self) -> int:
        """How many versions windows were told more than once."""
        told = [versions for window in self.windows for versions in window.told.values()]
        return sum(len(versions) - len(set(versions)) for versions in told)

    async def _all(self) -> None:
        tasks = [asyncio.create_task(self._keep_open(window)) for window in self.windows]
        await asyncio.to_thread(self._over.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_open(self, window: Window) -> None:
        while True:
            try:
                headers = {"additional_headers": self.headers, "proxy": None, "open_timeout": 20}
                async with connect(self.url, **headers, **self.options) as socket:
                    await self._listen(window, socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                self.refused[f"{type(error).__name__} {error}"[:80]] += 1
            await asyncio.sleep(PAUSE)

    async def _listen(self, window: Window, socket: Any) -> None:
        wish: dict[str, Any] = {"watch": ["changes", *(f"node:{each}" for each in self.nodes)]}
        if window.cursor:
            wish["after"] = window.cursor
        await socket.send(json.dumps(wish))
        async for text in socket:
            message = json.loads(text)
            window.cursor = message.get("cursor", window.cursor)
            if message["type"] == "ready":
                window.connections += 1
            elif message["type"] == "reset":
                window.resets += 1
            elif message["type"] == "change" and message["change"]["node"]["id"] in self.nodes:
                node = message["change"]["node"]  # `changed` is told once for several changes of a moment
                window.told.setdefault(node["id"], []).append(node["version"])


def flood(url: str, token: str, count: int) -> Counter[str]:
    """Open many sockets at once, which then say nothing; what became of each."""

    async def one(outcomes: Counter[str], kept: list[Any]) -> None:
        try:
            kept.append(await connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None))
            outcomes["open"] += 1
        except WebSocketException as error:
            response = getattr(error, "response", None)
            outcomes[str(response.status_code if response else type(error).__name__)] += 1
        except OSError as error:
            outcomes[type(error).__name__] += 1

    async def everybody() -> Counter[str]:
        outcomes: Counter[str] = Counter()
        kept: list[Any] = []
        await asyncio.gather(*(one(outcomes, kept) for _ in range(count)))
        await asyncio.gather(*(each.close() for each in kept))
        return outcomes

    done: Future[Counter[str]] = Future()
    threading.Thread(target=lambda: done.set_result(asyncio.run(everybody())), daemon=True).start()
    return done.result(120)
