"""RabbitMQ for tests, from programs of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import trustme

from .running import Process, free_port, missing, wait_for


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
