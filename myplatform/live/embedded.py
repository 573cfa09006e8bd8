"""The service in a thread of the server itself, for sites of one process: `live.url = memory:`."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from concurrent.futures import Future
from typing import Any

from ..forking import in_each_child
from .service import LiveService

log = logging.getLogger(__name__)


class Embedded:
    """Starts the service at the first request that a process answers: servers load the application, and then fork."""

    def __init__(self, registry: Any, host: str, port: int):
        self._registry, self._host, self._port = registry, host, port
        self._lock = threading.Lock()
        self._process = 0
        self._service: LiveService | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        in_each_child(self, Embedded._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def port(self) -> int | None:
        """Where the service of this process listens, once it does; None where that was not possible."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._start()
                    self._process = os.getpid()
        return self._service.port if self._service is not None else None

    @property
    def running(self) -> LiveService | None:
        """The service of this process, if it runs."""
        return self._service

    def _start(self) -> None:
        started: Future[LiveService] = Future()
        self._service = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop, started), name="live", daemon=True)
        self._thread.start()
        try:
            self._service = started.result(10)
        except OSError as error:
            log.warning("The live service cannot listen at %s:%s: %s", self._host, self._port, error.strerror)

    def _run(self, loop: asyncio.AbstractEventLoop, started: Future[LiveService]) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._begin(started))
        except OSError as error:
            started.set_exception(error)
            loop.close()
            return
        loop.run_forever()
        loop.close()

    async def _begin(self, started: Future[LiveService]) -> None:
        port_of_site = self._registry.get("address", "").rpartition(":")[2]
        is_known = port_of_site.isdigit() and port_of_site != "0"
        service = LiveService(
            self._registry, host=self._host, port=self._port, port_of_site=port_of_site if is_known else None
        )
        await service.start()
        started.set_result(service)

    def stop(self) -> None:
        """End the service of this process, if it runs."""
        with self._lock:
            if self._service is None or self._loop is None or self._process != os.getpid():
                return
            asyncio.run_coroutine_threadsafe(self._service.stop(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            if self._thread is not None:
                self._thread.join(10)
            self._service, self._process = None, 0
