"""The site behind PgBouncer in transaction mode, set up as docs/machines.md says."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from myplatform.backups.archive import Backup
from myplatform.backups.making import make_backup
from myplatform.backups.restoring import drill
from myplatform.backups.sites import Site as Place
from myplatform.database import make_engine
from myplatform.migrating import upgrade
from myplatform.parts.files import LocalFiles
from myplatform.queries.nodes import node_by_path
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
default_pool_size = 3
{statements}ignore_startup_parameters = options
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


LOCKS = """SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
    WHERE locktype = 'advisory' AND datname = current_database()"""
FOLLOWS_STATEMENTS = (1, 22)
"""From which version on PgBouncer follows statements that a client prepares and gives up."""


def version(program: str) -> tuple[int, ...]:
    """Which one it is, as numbers."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(each) for each in told.split()[1].split(".")[:2])


@pytest.fixture(params=[False, True], ids=["plain", "prepared"])
def pooled(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a site behind PgBouncer, without and with prepared statements."""
    program = os.environ.get("MYPLATFORM_TEST_PGBOUNCER") or servers.program("pgbouncer", "apt-get install pgbouncer")
    if request.param and version(program) < FOLLOWS_STATEMENTS:
        pytest.skip("PgBouncer 1.22 or later is not here; MYPLATFORM_TEST_PGBOUNCER may name one")
    url, port = make_url(database), servers.free_port()
    host = url.query.get("host") or url.host
    folder = Path(tempfile.mkdtemp(prefix="myplatform-pgbouncer-"))  # where another user than root may write, too
    values = {"host": host, "port": url.port or 5432, "user": url.username, "listen": port, "folder": folder}
    values["statements"] = "max_prepared_statements = 200\n" if request.param else ""
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
                    "database.prepared_statements": str(request.param).lower(),
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
    name = "plain" if pooled["database.prepared_statements"] is False else "prepared"
    site.user(name, is_admin=True)
    programs = [site.client(name) for _ in range(2)]
    for number in range(12):  # statements that come more than five times would be prepared
        made = programs[number % 2].post_json("/api/v1/content/", {"kind": "page", "title": f"{name} {number}"})
        assert made.status_int == 201
        assert programs[1 - number % 2].get(f"/api/v1/content/{name}-{number}").json["title"] == f"{name} {number}"
    assert programs[0].get(f"/api/v1/search?q={name}").status_int == 200
    # More at once than there are connections: one that prepared a statement is not the one that runs it.
    with ThreadPoolExecutor(6) as several:
        address = f"/api/v1/content/{name}-"
        found = several.map(lambda number: site.client(name).get(f"{address}{number % 12}").json["title"], range(240))
        assert list(found) == [f"{name} {number % 12}" for number in range(240)]
    site.engine.dispose()


def test_a_drill_keeps_to_its_scratch_place_on_whichever_connection(pooled, tmp_path):
    site = Site(pooled)
    place = Place(site.engine, LocalFiles(tmp_path / "files"), pooled)
    site.node("/", "page", "Before")
    make_backup(place, tmp_path / "b.zip")
    site.node("/", "page", "Since")
    with site.engine.connect() as other, Backup(tmp_path / "b.zip") as backup:

        def take_turns(_message: str) -> None:
            """Keep the connection that the drill has had last from being the one that it gets next."""
            other.rollback()
            other.execute(text("SELECT 1"))

        assert drill(backup, place, check=lambda _there: 0, tell=take_turns)["rows"] > 0
        other.rollback()
        other.execute(text("SELECT 1"))
        with site.engine.connect() as one, site.engine.connect() as another:
            for each in (other, one, another):  # all that PgBouncer has
                assert "drill" not in each.execute(text("SHOW search_path")).scalar_one()
    with site.session() as db:
        assert node_by_path(db, "/since").title == "Since"
    site.engine.dispose()


def test_a_migration_leaves_nothing_on_connections_that_others_get(pooled):
    engine = make_engine(pooled)
    with engine.connect() as before:
        usual = before.execute(text("SHOW lock_timeout")).scalar_one()
    upgrade(engine)
    with engine.connect() as one, engine.connect() as other, engine.connect() as another:
        for each in (one, other, another):  # all that PgBouncer has
            assert each.execute(text("SHOW lock_timeout")).scalar_one() == usual
            assert each.execute(text(LOCKS)).scalar_one() == 0
    engine.dispose()
