"""Moves a site into another database, of the other sort if need be, and compares what arrived row by row."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from ..actions.holding import contents_kept
from ..database import open_snapshot
from ..errors import Conflict
from ..migrating import alone, connection_revision, head_revision
from ..parts.files import FileStore
from .loading import is_empty, load
from .making import Told, contents_of
from .reading import LiveSource, Tally
from .restoring import has_content
from .shapes import Shape
from .sites import Site


@dataclass(frozen=True)
class Copied:
    """What was copied of each table, the tables that are not the same there, and the contents that are broken here."""

    tables: dict[str, Tally]
    contents: int
    differing: list[str]
    broken: list[str]


def copy(site: Site, there: Site, *, tell: Told) -> Copied:
    """Copy everything that a backup would have into an empty site. Raises `Conflict` where it is not empty."""
    with there.engine.connect() as connection:
        if not is_empty(connection):
            raise Conflict("There is a site at the target already; name an empty database.")
    is_unnumbered = there.engine.dialect.name != "postgresql"
    with contents_kept(site.engine), open_snapshot(site.sessions) as db:
        revision = connection_revision(db.connection())
        if revision != head_revision():
            raise Conflict("The database has not the schema of this program; run: myplatform migrate")
        source = LiveSource(db.connection(), revision, is_unnumbered)
        contents, broken = _copy_contents(site.files, there.files, contents_of(db.connection()))
        tell(f"copied {contents} contents")
        with alone(there.engine) as connection:
            loaded = load(connection, source, search_language=there.language)
        tell("comparing")
        return Copied(loaded, contents, _differing(there, source.tables(), loaded, is_unnumbered), broken)


def _copy_contents(files: FileStore, there: FileStore, contents: Iterable[str]) -> tuple[int, list[str]]:
    """How many were written, and those that are missing or damaged in the store they come from."""
    written, broken = 0, []
    for sha256 in contents:
        if has_content(there, sha256):
            continue
        if not has_content(files, sha256):
            broken.append(sha256)
            continue
        with closing(files.open(sha256)) as stream:  # type: ignore[type-var]
            size = stream.seek(0, 2)
            stream.seek(0)
            there.put(stream, size)
        written += 1
    return written, broken


def _differing(there: Site, shapes: list[Shape], loaded: dict[str, Tally], is_unnumbered: bool) -> list[str]:
    with open_snapshot(there.sessions) as db:
        arrived = LiveSource(db.connection(), "", is_unnumbered)
        found = []
        for shape in shapes:
            tally = Tally()
            for line in arrived.lines(shape):
                tally.add(line)
            if (tally.rows, tally.sha256) != (loaded[shape.name].rows, loaded[shape.name].sha256):
                found.append(shape.name)
        return found
