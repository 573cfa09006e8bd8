"""The service itself: lets sockets in, hears them, and ends them; runs in one event loop."""

from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .. import metrics
from ..identity import Identity
from .admission import Admission, Refusal
from .delivery import text_of
from .hub import Hub
from .notifying import Notifier
from .reading import Reader
from .rounds import Rounds
from .sockets import TOO_MUCH, RefusedError, Socket, Wish

LARGEST_MESSAGE = 1 << 13
"""Bytes of a message from a client."""
PING_EVERY, PING_TIMEOUT = 20.0, 20.0
FAREWELL = 2.0
"""Seconds that a client has to answer that its socket is closed."""
RESTART = 1012

CONNECTIONS = logging.getLogger(f"{__name__}.connections")
CONNECTIONS.setLevel(logging.WARNING)  # each that comes and goes would be a line


class LiveService:
    """Sockets at one address. `start` and `stop` belong into the same loop."""

    def __init__(self, registry: Any, *, host: str, port: int, port_of_site: str | None = None):
        settings = registry["settings"]
        self.registry = registry
        self.host, self.port = host, port
        self.reader = Reader(registry["session_factory"], settings)
        self.admission = Admission(settings, port_of_site)
        self.hub = Hub(registry["live"], shows_presence=settings["live.presence"])
        self.threads = ThreadPoolExecutor(4, thread_name_prefix="live-reader")
        self._tasks: list[asyncio.Task[Any]] = []
        self._server: Server | None = None
        self._listening: Any = None

    async def start(self) -> None:
        """Listen; raises OSError where that is not possible. Port 0 becomes one that is free."""
        loop = asyncio.get_running_loop()
        self._server = await serve(
            self._serve,
            self.host,
            self.port,
            process_request=self._admit,
            compression=None,
            max_size=LARGEST_MESSAGE,
            max_queue=8,
            ping_interval=PING_EVERY,
            ping_timeout=PING_TIMEOUT,
            close_timeout=FAREWELL,
            server_header=None,
            logger=CONNECTIONS,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        hub = self.hub
        self._listening = await loop.run_in_executor(
            self.threads,
            self.registry["live"].listen,
            lambda topic, payload: loop.call_soon_threadsafe(hub.heard, topic, payload),
            lambda: loop.call_soon_threadsafe(hub.begun),
        )
        notifier = Notifier(self.registry, self.threads)
        notifier.news.set()
        rounds = Rounds(hub, self.reader, self.threads, notifier.news.set)
        self._tasks = [loop.create_task(each.run(), name="live") for each in (rounds, notifier)]

    async def stop(self) -> None:
        """Close all sockets, which come again elsewhere or later, and let go of everything."""
        if self._listening is not None:
            await asyncio.get_running_loop().run_in_executor(self.threads, self._listening.stop)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._server is not None:
            self._server.close(code=RESTART, reason="the service restarts")
            await self._server.wait_closed()
        await asyncio.to_thread(self.threads.shutdown)  # a visit to the database is not left alone

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer the handshake: None lets the socket in, with who is behind it kept at the connection."""
        match request.path.partition("?")[0]:
            case "/healthz":
                return connection.respond(HTTPStatus.OK, "ok\n")
            case "/metrics" if self.admission.is_operator(request):
                return await _figures(connection, self.threads)
        try:
            shown = self.admission.credential(request, len(self.hub.sockets))
            loop = asyncio.get_running_loop()
            who = await loop.run_in_executor(self.threads, lambda: self.reader.who(**shown))
            self.admission.check(who, self.hub.per_user)
        except Refusal as refusal:
            return _refused(connection, refusal)
        except SQLAlchemyError:
            return _refused(connection, Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.", 5))
        connection.who = who.proof, who.identity  # type: ignore[attr-defined]
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        who: tuple[tuple[str, int], Identity] = connection.who  # type: ignore[attr-defined]
        socket = Socket(connection, *who)
        self.hub.add(socket)
        metrics.SOCKETS.increase()
        try:
            async for text in connection:
                if not socket.spend():
                    await connection.close(TOO_MUCH, "too many messages")
                    return
                self._take(socket, text)
        except ConnectionClosed:
            pass
        finally:
            self.hub.remove(socket)
            metrics.SOCKETS.increase(-1)

    def _take(self, socket: Socket, text: str | bytes) -> None:
        try:
            self.hub.wish(socket, Wish(text))
        except RefusedError as refused:
            message = text_of({"type": "error", "detail": str(refused)})
            socket.connection.protocol.send_text(message.encode())
            socket.connection.send_data()


async def _figures(connection: ServerConnection, threads: ThreadPoolExecutor) -> Response:
    """What this process counted; what the database would tell stands in the site's own metrics."""
    text = await asyncio.get_running_loop().run_in_executor(threads, metrics.exposition, None)
    response = connection.respond(HTTPStatus.OK, text.decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = metrics.CONTENT_TYPE
    return response


def _refused(connection: ServerConnection, refusal: Refusal) -> Response:
    response = connection.respond(refusal.status, f"{refusal}\n")
    if refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


async def serve_until_ended(service: LiveService, started: Any) -> None:
    """Run until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await service.start()
    started()
    await ended.wait()
    await service.stop()
