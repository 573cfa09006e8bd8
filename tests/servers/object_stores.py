"""S3 for tests, by SeaweedFS."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from .running import Process, free_port, wait_for


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
