"""A backup restored into nothing, and a site moved to another database; both compared with what was there."""

from __future__ import annotations

import datetime as dt
import filecmp
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from myplatform.parts import open_part
from tests.conftest import site_settings
from tests.faults.machine import PROGRAM

SAMPLE = Path(__file__).parents[2] / "development.ini"
ENDED = {"sessions", "workers", "site_values"}
"""Tables that a restored site has otherwise: nobody is signed in, and it is noted what it was restored from."""


def restore_into_nothing(stage: Any) -> list[str]:
    """Back up, wipe database and bucket, restore; returns what was found, in words. Differences are an error."""
    machine = stage.machine
    for name in list(machine.processes):
        machine.end(name)
    before = _rows(stage.url)
    machine.run("backup", "site.backup")
    machine.run("backup", "verify", "site.backup")
    _wipe(stage)
    told = machine.outcome("restore", "site.backup")
    assert told.returncode == 0, told.stderr
    after = _rows(stage.url)
    compared = before.keys() - ENDED
    differing = {name for name in compared if before[name] != after.get(name)} | (after.keys() ^ before.keys())
    assert not differing, f"restored otherwise: {differing}"
    machine.check()
    rows = sum(before[name][0] for name in compared)
    same = f"{rows:,} rows of {len(compared)} tables the same (but {', '.join(sorted(ENDED))})"
    return [same, *told.stderr.strip().splitlines()[-2:]]


def _rows(url: str) -> dict[str, tuple[int, str]]:
    """The number of rows of each table and a hash of all of them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = {}
        for name in names:
            row = "md5((to_jsonb(t) - 'transaction_number')::text)"  # of a server, and restored as 0
            hashed = f"SELECT count(*), md5(string_agg({row}, '' ORDER BY {row})) FROM {name} t"
            if name == "changes":
                hashed += " WHERE action <> 'backup-restored'"  # the audit tells it
            count, digest = connection.execute(text(hashed)).one()
            found[name] = (count, digest or "")
    engine.dispose()
    return found


def _wipe(stage: Any) -> None:
    stage.database.psql("DROP DATABASE intranet WITH (FORCE)")
    stage.database.psql("CREATE DATABASE intranet")
    store = open_part("files", site_settings(stage.url, stage.folder, **{"files.url": stage.store.url()}))
    names = list(store.contents(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)))
    for name in names:
        store.remove(name)
    assert not list(store.contents(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)))


def copy_development_site(stage: Any, pages: Path, people: Path | None) -> list[str]:
    """Fill a site on SQLite, copy it to PostgreSQL, and compare what both export."""
    folder = stage.folder / "development"
    folder.mkdir()
    (folder / "development.ini").write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    _run(folder, "import", "pages", str(pages), "/handbook")
    if people:
        _run(folder, "import", "people", str(people), "/people")
    stage.database.psql("CREATE DATABASE copied")
    url = stage.database.database("copied")
    told = _run(folder, "copy", "--to", url)
    _run(folder, "export", "/", "before")
    moved = (folder / "development.ini").read_text(encoding="utf-8")
    lines = [line for line in moved.splitlines() if not line.startswith("database.url")]
    lines.insert(lines.index("[app:main]") + 1, f"database.url = {url}")
    (folder / "moved.ini").write_text("\n".join(lines), encoding="utf-8")
    _run(folder, "export", "/", "after", ini="moved.ini")
    found = _run(folder, "check", "--data", "--hashes", ini="moved.ini")
    count = _same(folder / "before", folder / "after")
    return [told.strip().splitlines()[-1], f"both export the same {count:,} files", found.strip().splitlines()[-1]]


def _run(folder: Path, *command: str, ini: str = "development.ini") -> str:
    words = [PROGRAM, "-c", ini, *command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stderr


def _same(one: Path, other: Path) -> int:
    """How many files two folders have, which must be the same ones with the same bytes."""
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(other)) for path in other.rglob("*") if path.is_file())
    _equal, differing, wrong = filecmp.cmpfiles(one, other, names, shallow=False)
    assert not differing, differing[:5]
    assert not wrong, wrong[:5]
    return len(names)
