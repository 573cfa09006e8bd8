"""What tests need to run servers: ports, patience, programs of this machine, and words where something is missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

REQUIRED = os.environ.get("MYPLATFORM_TEST_REQUIRE", "") == "all"


def missing(what: str, mend: str) -> None:
    """Skip a test that needs something this machine has not, or fail where everything is required."""
    message = f"{what} is not here; {mend}"
    if REQUIRED:
        pytest.fail(message)
    pytest.skip(message)


def program(name: str, mend: str) -> str:
    """The path of a program of this machine, where administrators have theirs too."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        missing(name, mend)
    return str(path)


def chromium() -> str | None:
    """The path of a Chromium for browser tests, or None."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("MYPLATFORM_TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    """A port of 127.0.0.1 at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Return when a condition holds, fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def run_until_closed(server: Any) -> None:
    """What the thread of a waitress server in a test runs: once it is closed elsewhere it soon ends."""
    server.adj.asyncore_loop_timeout = 0.05
    with contextlib.suppress(OSError, ValueError):
        server.run()


class Process:
    """A server that runs in a process of its own."""

    _process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End it at once, as if its power failed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
