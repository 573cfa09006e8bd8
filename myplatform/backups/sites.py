"""A site as backups see it: its engine, its store of files and its settings; and places to try one out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from ..database import make_engine, make_session_factory
from ..parts import open_part
from ..parts.files import FileStore, LocalFiles
from ..settings import Settings


@dataclass(frozen=True)
class Site:
    """Where a site is kept."""

    engine: Engine
    files: FileStore
    settings: Mapping[str, Any]

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions on it."""
        return make_session_factory(self.engine, search_language=self.language)

    @property
    def language(self) -> str:
        """The language of its full-text index."""
        return self.settings["search.language"]


def elsewhere(settings: Settings, database_url: str, files_url: str | None) -> Site:
    """A site with the same settings in another database, and in another store of files if one is named."""
    changed = {"database.url": database_url, **({"files.url": files_url} if files_url else {})}
    there = Settings({**settings, **changed}, {})
    return Site(make_engine(there), open_part("files", there), there)


@contextmanager
def scratch(site: Site) -> Iterator[Site]:
    """An empty site that is gone after the block: a SQLite file, or a schema in the site's PostgreSQL database."""
    with tempfile.TemporaryDirectory(prefix="myplatform-drill-") as folder:
        files = LocalFiles(Path(folder) / "files")
        if site.engine.dialect.name == "postgresql":
            with _schema(site) as engine:
                yield Site(engine, files, site.settings)
            return
        settings = Settings({**site.settings, "database.url": f"sqlite:///{folder}/drill.sqlite"}, {})
        engine = make_engine(settings)
        try:
            yield Site(engine, files, settings)
        finally:
            engine.dispose()


@contextmanager
def _schema(site: Site) -> Iterator[Engine]:
    name = f"drill_{uuid4().hex[:12]}"
    with site.engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine = make_engine(Settings(site.settings, {}))

    @event.listens_for(engine, "begin")
    def _turn_to(connection: Connection) -> None:
        # For this transaction alone: behind PgBouncer the next one may be on another connection.
        connection.exec_driver_sql(f"SET LOCAL search_path TO {name}")

    try:
        yield engine
    finally:
        engine.dispose()
        with site.engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
