"""Makes a backup while the site goes on: one snapshot of the database, then the contents that it knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from ..actions.bookkeeping import BACKUP, note_operation
from ..actions.holding import contents_kept
from ..database import open_session, open_snapshot
from ..errors import Conflict
from ..migrating import connection_revision, head_revision
from ..models import Blob, utc_now
from ..settings.schema import declared
from .archive import written
from .reading import LiveSource
from .shapes import NOT_KEPT
from .sites import Site

HASHED = {
    "users.password_hash": "argon2id hashes of passwords",
    "tokens.secret_hash": "SHA-256 of tokens; those who have the tokens can go on using them",
}
"""What in a backup must not fall into the wrong hands, though nothing can be signed in with by itself."""

Told = Callable[[str], None]


def make_backup(site: Site, path: Path, *, tell: Told = lambda _message: None) -> dict[str, Any]:
    """Write a backup to `path`, and return its manifest. Raises `Conflict` where the schema is not the program's."""
    began = time.monotonic()
    with contents_kept(site.engine), open_snapshot(site.sessions) as db:
        connection = db.connection()
        revision = connection_revision(connection)
        if revision != head_revision():
            raise Conflict("The database has not the schema of this program; run: myplatform migrate")
        source = LiveSource(connection, revision)
        with written(path, _about(site, source)) as writer:
            for shape in source.tables():
                tell(f"table {shape.name}")
                writer.add_table(shape, source.lines(shape))
            tell("contents")
            writer.add_contents(site.files, contents_of(connection))
    told = {"seconds": round(time.monotonic() - began, 1), "bytes": path.stat().st_size, "name": path.name}
    with open_session(site.sessions) as db:
        note_operation(db, BACKUP, **told)
    return writer.manifest | {"took": told}


def _about(site: Site, source: LiveSource) -> dict[str, Any]:
    return {
        "made_at": utc_now().isoformat(),
        "program": version("myplatform"),
        "revision": source.revision,
        "database": _database(source.connection),
        "search_language": site.language,
        "counters": source.counters(),
        "left_out": NOT_KEPT,
        "keys": {"hashed_in_this_file": HASHED, "not_in_this_file": _secrets(site)},
    }


def _database(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        return f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar_one()}"
    return f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar_one()}"


def _secrets(site: Site) -> list[str]:
    """The keys of the INI file with secrets in them: they are to be kept elsewhere, and are needed to restore."""
    return sorted(key for key, setting in declared().items() if setting.secret and site.settings.get(key))


def contents_of(connection: Connection) -> Iterator[str]:
    """The SHA-256 of every content that the database knows."""
    table = Blob.__table__
    rows = select(table.c.sha256).order_by(table.c.sha256)
    for row in connection.execute(rows, execution_options={"yield_per": 1000}):
        yield row.sha256
