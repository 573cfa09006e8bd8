"""nginx before two servers and a live service, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests import servers

CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_max_body_size 200m;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    upstream web {{ {servers} }}
    upstream live {{ server 127.0.0.1:{live}; }}
    server {{
        listen 127.0.0.1:{port};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_http_version 1.1;
        location / {{ proxy_pass http://web; proxy_set_header Connection ""; proxy_read_timeout 120s; }}
        location = /-/live {{
            proxy_pass http://live;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 120s;
        }}
    }}
}}
"""


def binary() -> str | None:
    """Where nginx is, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Nginx:
    """A web server at `port` that hands requests to `servers`; one can be left out for a while."""

    def __init__(self, folder: Path, port: int, web: list[int], live: int):
        self.folder, self.port, self.web, self.live = folder, port, web, live
        found = binary()
        assert found is not None
        self._command = [found, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self._write(None)
        folder.chmod(0o755)  # its processes are of a user of their own
        with (folder / "nginx-error.log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stderr=log)
        try:
            servers.wait_for(self._answers)
        except AssertionError:
            self.close()
            raise

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "nginx-error.log").read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def _write(self, left_out: int | None) -> None:
        lines = [f"server 127.0.0.1:{port}{' down' if port == left_out else ''};" for port in self.web]
        text = CONFIGURATION.format(folder=self.folder, port=self.port, servers=" ".join(lines), live=self.live)
        (self.folder / "nginx.conf").write_text(text)

    def leave_out(self, port: int | None) -> None:
        """Hand nothing more to the server at a port; None: to all again. What it has begun it finishes."""
        self._write(port)
        assert self.process.poll() is None, (self.folder / "nginx-error.log").read_text()
        self.process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
