"""`myplatform support-bundle`: what somebody who helps needs to know of a site, without any of its content."""

from __future__ import annotations

import os
import platform
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import distributions
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import func, inspect, select, table, text
from sqlalchemy.orm import Session

from .. import migrating
from ..checks import PARTS, PRODUCTION, Examination, findings, said
from ..database import open_session
from ..metrics import FOLDER, exposition, share
from ..scrubbing import SCRUBBER
from ..settings import SettingsError
from . import Program, say


@click.command("support-bundle")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def support_bundle(program: Program, yes: bool, file: Path) -> None:
    """Write versions, masked settings, the schema's revision, counts and findings into a zip; no content, no names.

    What cannot be told, as the database is down, says so; nothing of the site is changed for it.
    """
    clean = {name: SCRUBBER.text(_told(part, program)) for name, part in PARTS_OF_BUNDLE.items()}
    for name, content in clean.items():
        say(f"{name}: {len(content.splitlines())} lines")
    if not yes:
        click.confirm(f"Write these into {file}?", abort=True, err=True)
    with file.open("xb") as stream:
        try:
            _write(stream, clean)
        except OSError:
            file.unlink()  # what is there could not be opened
            raise
    say(f"Wrote {file}. Look into it before you send it.")


def _write(stream: BinaryIO, parts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)


def _told(part: Callable[[Program], str], program: Program) -> str:
    """A part of the bundle, or why it cannot be told: a bundle is wanted where something is broken."""
    try:
        return part(program)
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what the helper has to know
        return f"This could not be told: {said(error)}\n"


def _reading(program: Program) -> AbstractContextManager[Session]:
    """A session that only reads, of the database as it is: no schema is brought up to date before."""
    return open_session(program.configured["session_factory"], writes=False)


def _versions(program: Program) -> str:  # noqa: ARG001 - called like all
    packages = {f"{each.metadata['Name']} {each.version}" for each in distributions()}
    lines = [f"Python {platform.python_version()} on {platform.platform()}", *sorted(packages, key=str.lower)]
    return "\n".join([*lines, ""])


def _settings(program: Program) -> str:
    settings = program.settings
    lines = (f"{key} = {value}  # {settings.source(key)}" for key, value in settings.masked().items())
    return "\n".join([*lines, ""])


def _schema(program: Program) -> str:
    with _reading(program) as db:
        dialect = db.get_bind().dialect.name
        version = db.scalar(text("SELECT sqlite_version()" if dialect == "sqlite" else "SHOW server_version"))
        current = migrating.connection_revision(db.connection())
    return f"{dialect} {version} is at {current}, the program expects {migrating.head_revision()}\n"


def _counts(program: Program) -> str:
    with _reading(program) as db:
        names = sorted(inspect(db.get_bind()).get_table_names())
        lines = [f"{name}: {db.scalar(select(func.count()).select_from(table(name)))} rows" for name in names]
    return "\n".join([*lines, ""])


def _figures(program: Program) -> str:
    """What is counted: things, jobs, and requests and errors of a server whose folder of figures is known here."""
    if os.environ.get(FOLDER):
        share()
    with _reading(program) as db:
        lines = exposition(db).decode().splitlines()
    return "\n".join([*(line for line in lines if line.startswith("myplatform_")), ""])


def _checks(program: Program) -> str:
    """What `check --production` finds, and what answered."""
    examination = Examination(program.configured, path=Path(program.path))
    lines = [
        f"{found.check.id} {found.check.severity} {found.check.title}: {found.finding.where} {found.finding.what}"
        for found in findings(examination, [PARTS, PRODUCTION])
    ]
    tried = [f"{name}: {answer}" for name, answer in sorted(examination.tried.items())]
    skipped = [f"{name} was not tried: {reason}" for name, reason in sorted(examination.skipped.items())]
    return "\n".join([*lines, *tried, *skipped, ""])


PARTS_OF_BUNDLE = {
    "versions.txt": _versions,
    "settings.txt": _settings,
    "schema.txt": _schema,
    "counts.txt": _counts,
    "figures.txt": _figures,
    "checks.txt": _checks,
}
