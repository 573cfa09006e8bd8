"""`myplatform import pages|people` and `myplatform export`: whole folders and tables in and out of the tree."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from . import Program, say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..identity import Identity
    from ..transfer.progress import Progress
    from ..transfer.report import Report

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ACTING = click.option("--as", "user", metavar="USER", help="Do it as this user, with no more rights than theirs.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")


@click.group("import", short_help="Bring in pages, files and people.")
def import_() -> None:
    """Bring in pages, files and people. Done again, it changes only what differs."""


@import_.command("pages")
@click.argument("folder", type=FOLDER)
@click.argument("path", metavar="PATH")
@ACTING
@JSON
@click.pass_obj
def import_pages(program: Program, folder: Path, path: str, user: str | None, as_json: bool) -> None:
    """Bring the Markdown, images and files in FOLDER to PATH in the tree.

    Folders and pages keep their places; index.md or README.md is a folder's own text; links between them become
    permanent ones. Everything is one transaction. Exit code 1 if a file could not be taken over; the rest was.
    """
    from ..transfer import pages  # noqa: PLC0415 - imported at use, as all commands are

    with _started(program, user) as (db, by):
        report = pages.import_pages(
            db, program.registry["files"], folder, path, by=by, limits=_limits(program), progress=_progress()
        )
    _finish(report, as_json, report.as_text())


@import_.command("people")
@click.argument("file", type=FILE)
@click.argument("path", metavar="PATH")
@click.option("--encoding", help="The file's encoding, if it is not UTF-8, such as latin-1.")
@ACTING
@JSON
@click.pass_obj
def import_people(
    program: Program, file: Path, path: str, encoding: str | None, user: str | None, as_json: bool
) -> None:
    """Bring the people in the CSV FILE into the directory at PATH in the tree.

    The first line names the columns. Everybody is taken over or nobody: every wrong cell is named with its line
    and column. People who are there already are found by e-mail, else by name, and updated.
    """
    from ..transfer import people, tables  # noqa: PLC0415

    with _started(program, user) as (db, by):
        table = tables.read_table(file.read_bytes(), file.name, encoding)
        report = people.import_people(db, table, path, by=by, progress=_progress())
    _finish(report, as_json, report.as_text())


@click.command("export")
@click.argument("path", metavar="PATH")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@ACTING
@JSON
@click.pass_obj
def export(program: Program, path: str, folder: Path, user: str | None, as_json: bool) -> None:
    """Write what stands at PATH in the tree into FOLDER, so that it can be imported again.

    Pages become Markdown with front matter, people a CSV file, files themselves. FOLDER must be empty or new.
    """
    from ..transfer import export as exporting  # noqa: PLC0415

    with _started(program, user, writes=False) as (db, by):
        report = exporting.export(db, program.registry["files"], path, folder, by=by, progress=_progress())
    _finish(report, as_json, report.as_text_of_export())


@contextmanager
def _started(program: Program, user: str | None, *, writes: bool = True) -> Iterator[tuple[Session, Identity]]:
    """A session and whoever acts in it; on an error nothing is kept, and it is said so."""
    from ..errors import Missing, Problem  # noqa: PLC0415
    from ..identity import SYSTEM  # noqa: PLC0415
    from ..queries.identities import identity_of_user  # noqa: PLC0415
    from ..start import fill_empty_site  # noqa: PLC0415

    with program.session(writes=writes) as db:
        if writes:
            fill_empty_site(db, program.registry)
        public = program.settings["access.public"]
        by = SYSTEM if user is None else identity_of_user(db, user, public=public, via="command line")
        if by is None:
            raise Missing(f"There is no enabled user called {user}.")
        try:
            yield db, by
        except Problem:
            say("Nothing was changed:" if writes else "Nothing was written:")
            raise


def _limits(program: Program) -> Any:
    from ..actions.files import Limits  # noqa: PLC0415

    return Limits.of(program.settings)


def _progress() -> Progress:
    """Says how far it is: rewritten in place on a terminal, every few seconds elsewhere."""
    is_terminal = sys.stderr.isatty()
    every = 0.1 if is_terminal else 5.0
    last = time.monotonic() if not is_terminal else 0.0

    def show(done: int, total: int, place: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < every and not (done == total and is_terminal):
            return
        last = now
        if is_terminal:
            click.echo(f"\r\033[K{done} of {total}  {place[-60:]}", err=True, nl=done == total)
        else:
            say(f"{done} of {total}")

    return show


def _finish(report: Report, as_json: bool, text: str) -> None:
    if as_json:
        click.echo(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(text)
    if report.problems:
        raise click.exceptions.Exit(1)
