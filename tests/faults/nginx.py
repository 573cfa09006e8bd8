"""nginx with the files of deploy/ before two servers and a live service; one server can be left out for a while."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import psutil

from tests import servers
from tests.deploy.test_behind_nginx import nginx_files


def binary() -> str | None:
    """Where nginx is, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Nginx:
    """A web server at `ports["https"]` that hands requests to those at "one" and "two"; its authority is in ca.pem."""

    def __init__(self, folder: Path, ports: dict[str, int]):
        self.folder, self.port = folder, ports["https"]
        found = binary()
        assert found is not None
        folder.chmod(0o755)  # its processes are of a user of their own
        configuration = nginx_files(folder, ports)
        self.upstreams = folder / "conf.d/upstreams.conf"
        self.as_it_is = self.upstreams.read_text()
        self.log = folder / "error.log"
        with self.log.open("ab") as log:
            command = [found, "-p", str(folder), "-c", str(configuration), "-e", str(self.log)]
            self.process = subprocess.Popen(command, stderr=log)
        try:
            servers.wait_for(self._answers)
        except AssertionError:
            self.close()
            raise

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def leave_out(self, port: int | None) -> None:
        """Hand nothing more to the server at a port; None: to all again. What it has begun it finishes."""
        self.upstreams.write_text(self.as_it_is.replace(f":{port} max_fails", f":{port} down max_fails"))
        self.reload()

    def reload(self) -> None:
        """Let it read its files again: processes of its own that finish what they have begun are replaced."""
        assert self.process.poll() is None, self.log.read_text()
        before = self._processes()
        self.process.send_signal(signal.SIGHUP)
        servers.wait_for(lambda: self._processes() - before)

    def _processes(self) -> set[int]:
        return {each.pid for each in psutil.Process(self.process.pid).children()}

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
