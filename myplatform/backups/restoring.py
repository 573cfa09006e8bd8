"""Brings a backup back: its contents first, then its rows in one transaction; and tries that out in a scratch place."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from sqlalchemy import insert, text

from ..actions.bookkeeping import DRILL, note_operation
from ..actions.holding import contents_kept
from ..database import open_session
from ..errors import Conflict
from ..identity import SYSTEM
from ..migrating import alone
from ..models import Change, utc_now
from ..parts.files import FileStore
from .archive import Backup
from .loading import is_empty, load
from .making import Told
from .reading import Tally
from .sites import Site, scratch

IDS_LEFT_FREE = 1_000_000
"""Changes that may have been told on SQLite after the backup: cursors behind them must stay behind whatever comes."""


def restore(backup: Backup, site: Site, *, replace: bool, tell: Told) -> dict[str, Tally]:
    """Verify a backup and make the site what it was then; returns what was loaded.

    Raises `Unusable` for a damaged backup, and `Conflict` where there is a site and `replace` does not allow for it.
    Until all of it is there, nothing of the database is changed; contents are only added.
    """
    tell("verifying the backup")
    backup.verify()
    with site.engine.connect() as connection:
        if not replace and not is_empty(connection):
            raise Conflict("There is a site here already. To give it up for what the backup has: --replace")
    with contents_kept(site.engine):
        tell(f"{backup.manifest['contents']['count']} contents")
        restore_contents(backup, site.files)
        tell("rows")
        with alone(site.engine) as connection:
            return load(connection, backup, search_language=site.language)


def restore_contents(backup: Backup, files: FileStore) -> None:
    """Put the contents of a backup into a store; those that are there unharmed are left as they are."""
    for sha256, size in backup.contents():
        if not has_content(files, sha256):
            with backup.content(sha256) as stream:
                files.put(stream, size)  # type: ignore[arg-type]


def has_content(files: FileStore, sha256: str) -> bool:
    """Whether a store has a content, byte by byte: one that is damaged is to be brought back, too."""
    stream = files.open(sha256)
    if stream is None:
        return False
    with stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256  # type: ignore[arg-type]


def mark_restored(site: Site, backup: Backup) -> None:
    """Tell in the audit that a backup was brought back; on SQLite the ids of changes go on behind those given since."""
    told = {"backup": [None, backup.manifest["made_at"]]}
    row = {"at": utc_now(), "actor": SYSTEM.name, "via": SYSTEM.via, "action": "backup-restored", "values": told}
    with open_session(site.sessions) as db:
        changes = Change.__table__
        if site.engine.dialect.name == "sqlite":
            row["id"] = (db.execute(text("SELECT max(id) FROM changes")).scalar() or 0) + IDS_LEFT_FREE
        db.execute(insert(changes).values(**row, subject="site"))


def drill(backup: Backup, site: Site, *, check: Any, tell: Told) -> dict[str, Any]:
    """Restore a backup into a scratch place, run `check` on it, and note that it was done.

    Returns the seconds of each step, rows and contents, and how much the check found. `check(site)` returns a number.
    """
    seconds: dict[str, float] = {}
    began = time.monotonic()
    with scratch(site) as there:
        loaded = restore(backup, there, replace=False, tell=tell)
        seconds["restore"] = round(time.monotonic() - began, 1)
        tell("checking")
        found = check(there)
        seconds["check"] = round(time.monotonic() - began - seconds["restore"], 1)
    told = {
        "backup": backup.path.name,
        "made_at": backup.manifest["made_at"],
        "rows": sum(each.rows for each in loaded.values()),
        "contents": backup.manifest["contents"]["count"],
        "found": found,
        "seconds": seconds,
    }
    with open_session(site.sessions) as db:
        note_operation(db, DRILL, **told)
    return told
