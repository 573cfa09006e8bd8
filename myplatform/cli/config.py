"""`myplatform config`: is an INI file right, what does it come to, what can be set, and a file to start."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..settings import SettingsError
from ..settings.extras import missing
from ..settings.reference import HEADS, reference, sample
from ..settings.reporting import place_name
from . import Program, say


@click.group()
def config() -> None:
    """Check, show, explain and write INI files."""


@config.command()
@click.argument("file", required=False, metavar="[FILE.ini]")
@click.pass_obj
def check(program: Program, file: str | None) -> None:
    """Say whether the INI file is right; exit code 78 with every mistake if it is not.

    Reads only files: no database or other service is needed. What is not installed here, and needed, is a mistake too.
    """
    checked = Program(file) if file else program
    if problems := missing(checked.settings):
        raise SettingsError(problems)
    count = sum(checked.settings.source(key) != "default" for key in checked.settings)
    say(f"{place_name(checked.path)} is right: {count} of {len(checked.settings)} keys are set.")


@config.command()
@click.pass_obj
def show(program: Program) -> None:
    """Print every value and where it comes from, with secrets masked."""
    settings = program.settings
    shown = {key: f"{key} = {_indent(value)}".rstrip() for key, value in settings.masked().items()}
    width = max(len(line) for line in shown.values() if "\n" not in line and len(line) < 60)
    for key, line in shown.items():
        click.echo(f"{line:<{width}}  # {settings.source(key)}")


def _indent(value: str) -> str:
    return value.replace("\n", "\n    ")


@config.command()
def docs() -> None:
    """Print the reference of all keys: what docs/settings.md holds."""
    click.echo(reference(), nl=False)


@config.command()
@click.option("--profile", type=click.Choice(list(HEADS)), default="sqlite", show_default=True)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def init(profile: str, file: Path) -> None:
    """Write a commented INI file that only you can read; an existing file stays as it is."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already; name another file.") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {(error.strerror or '').lower()}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(sample(profile, file.name))
    except OSError:
        file.unlink()  # a part of it would be taken for the whole
        raise
    say(f"Wrote {file}. Next: myplatform -c {file} config check")
