"""The site behind PgBouncer in transaction mode, set up as docs/machines.md says."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from myplatform.settings import Settings, from_values
from tests import servers
from tests.conftest import Site
from tests.deploy.test_behind_nginx import database as database  # noqa: PLC0414 - a fixture

INI = """\
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = options
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


@pytest.fixture
def pooled(database: str, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a site behind PgBouncer."""
    program = servers.program("pgbouncer", "apt-get install pgbouncer")
    url, port = make_url(database), servers.free_port()
    host = url.query.get("host") or url.host
    folder = Path(tempfile.mkdtemp(prefix="myplatform-pgbouncer-"))  # where another user than root may write, too
    values = {"host": host, "port": url.port or 5432, "user": url.username, "listen": port, "folder": folder}
    (folder / "pgbouncer.ini").write_text(INI.format(**values))
    (folder / "pgbouncer.ini").chmod(0o644)
    (folder / "pgbouncer.log").touch()
    command = [program, "-q", folder / "pgbouncer.ini"]
    if os.geteuid() == 0:
        folder.chmod(0o777)
        (folder / "pgbouncer.log").chmod(0o666)
        sockets = list(Path(host).glob(".s.PGSQL.*")) if host.startswith("/") else []
        command[1:1] = ["-u", sockets[0].owner() if sockets else "nobody"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        address = f"postgresql+psycopg://{url.username}@127.0.0.1:{port}/{url.database}"
        try:
            servers.wait_for(lambda: process.poll() is not None or answers(address))
            assert process.poll() is None, (folder / "pgbouncer.log").read_text()
            yield from_values(
                {
                    "database.url": address,
                    "database.prepared_statements": "false",
                    "files.url": f"file://{tmp_path}/files",
                    "help.import": "false",
                }
            )
        finally:
            process.kill()
            shutil.rmtree(folder)


def answers(url: str) -> bool:
    """Whether it does."""
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def test_pages_and_writes_share_few_connections(pooled):
    site = Site(pooled)
    site.user("pool", is_admin=True)
    programs = [site.client("pool") for _ in range(2)]
    for number in range(12):  # statements that come more than five times would be prepared
        made = programs[number % 2].post_json("/api/v1/content/", {"kind": "page", "title": f"Pooled {number}"})
        assert made.status_int == 201
        assert programs[1 - number % 2].get(f"/api/v1/content/pooled-{number}").json["title"] == f"Pooled {number}"
    assert programs[0].get("/api/v1/search?q=pooled").status_int == 200
    site.engine.dispose()
