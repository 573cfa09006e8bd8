"""Keeps the bytes of files from being removed for good while somebody reads them all, such as a backup."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

LOCK = 4_739_021_560
"""Number of the advisory lock: shared by whoever reads all contents, held alone by whoever removes some."""
PATIENCE = {"lock_timeout": "10min", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""Whoever removes contents is done within that time, and reading all of them takes as long as it takes."""
ENDING = ".contents-lock"
"""Beside a SQLite file stands a file of this ending, which is locked instead."""


@contextmanager
def contents_kept(engine: Engine) -> Iterator[None]:
    """Within this block no content is removed. Begin it before reading which contents there are."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.detach()  # it takes no place in the pool, which may have a single one
            for name, value in PATIENCE.items():
                connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})
            connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": LOCK})
            yield
        return
    with _lock_file(engine).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))  # whoever removed some has committed once this may begin to write
        yield


@contextmanager
def removing_contents(db: Session) -> Iterator[bool]:
    """Whether contents may be removed now; on PostgreSQL until the transaction ends, on SQLite within this block."""
    engine = db.get_bind()
    if engine.dialect.name == "postgresql":
        yield db.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar_one()
        return
    with _lock_file(engine).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _lock_file(engine: Engine) -> Path:
    return Path(f"{engine.url.database}{ENDING}")
