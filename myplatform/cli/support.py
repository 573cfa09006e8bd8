"""`myplatform support-bundle`: what somebody who helps needs to know of a site, without any of its content."""

from __future__ import annotations

import os
import platform
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import click
from sqlalchemy import func, inspect, select, table, text

from .. import migrating
from ..checks import PARTS, PRODUCTION, Examination, findings
from ..metrics import FOLDER, exposition, share
from ..scrubbing import SCRUBBER
from . import Program, say


@click.command("support-bundle")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def support_bundle(program: Program, yes: bool, file: Path) -> None:
    """Write versions, masked settings, the schema's revision, counts and findings into a zip; no content, no names."""
    parts = {
        "versions.txt": _versions(program),
        "settings.txt": _settings(program),
        "schema.txt": _schema(program),
        "counts.txt": _counts(program),
        "figures.txt": _figures(program),
        "checks.txt": _checks(program),
    }
    clean = {name: SCRUBBER.text(content) for name, content in parts.items()}
    for name, content in clean.items():
        say(f"{name}: {len(content.splitlines())} lines")
    if not yes:
        click.confirm(f"Write these into {file}?", abort=True, err=True)
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in clean.items():
            bundle.writestr(name, content)
    say(f"Wrote {file}. Look into it before you send it.")


def _versions(program: Program) -> str:
    with program.session(writes=False) as db:
        dialect = db.get_bind().dialect
        version = db.execute(text("SELECT sqlite_version()" if dialect.name == "sqlite" else "SHOW server_version"))
        lines = [f"Python {platform.python_version()} on {platform.platform()}", f"{dialect.name} {version.scalar()}"]
    packages = {f"{each.metadata['Name']} {each.version}" for each in distributions()}
    return "\n".join([*lines, *sorted(packages, key=str.lower), ""])


def _settings(program: Program) -> str:
    settings = program.settings
    lines = (f"{key} = {value}  # {settings.source(key)}" for key, value in settings.masked().items())
    return "\n".join([*lines, ""])


def _schema(program: Program) -> str:
    current = migrating.current_revision(program.registry["engine"])
    return f"the database is at {current}, the program expects {migrating.head_revision()}\n"


def _counts(program: Program) -> str:
    with program.session(writes=False) as db:
        names = sorted(inspect(db.get_bind()).get_table_names())
        lines = [f"{name}: {db.scalar(select(func.count()).select_from(table(name)))} rows" for name in names]
    return "\n".join([*lines, ""])


def _figures(program: Program) -> str:
    """What is counted: things, jobs, and requests and errors of a server whose folder of figures is known here."""
    if os.environ.get(FOLDER):
        share()
    with program.session(writes=False) as db:
        lines = exposition(db).decode().splitlines()
    return "\n".join([*(line for line in lines if line.startswith("myplatform_")), ""])


def _checks(program: Program) -> str:
    """What `check --production` finds, and what answered."""
    examination = Examination(program.registry, path=Path(program.path))
    lines = [
        f"{found.check.id} {found.check.severity} {found.check.title}: {found.finding.where} {found.finding.what}"
        for found in findings(examination, [PARTS, PRODUCTION])
    ]
    tried = [f"{name}: {answer}" for name, answer in sorted(examination.tried.items())]
    skipped = [f"{name} was not tried: {reason}" for name, reason in sorted(examination.skipped.items())]
    return "\n".join([*lines, *tried, *skipped, ""])
