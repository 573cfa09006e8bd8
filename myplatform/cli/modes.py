"""`myplatform maintenance`, `readonly` and `status`: close the site or its writing, with a reason and an end."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from ..actions.modes import end_mode, parse_until, set_mode
from ..identity import SYSTEM
from ..queries.modes import MAINTENANCE, READ_ONLY, Mode, modes
from . import Program, say

SWITCH = click.Choice(["on", "off"])


def _options(command: click.Command) -> click.Command:
    command = click.option("--until", default="", metavar="22:30|+30m", help="When it ends by itself.")(command)
    command = click.option("--reason", default="", help="What all who are stopped read; needed with `on`.")(command)
    return click.argument("switch", type=SWITCH)(command)


@click.command()
@_options
@click.pass_obj
def maintenance(program: Program, switch: str, reason: str, until: str) -> None:
    """Close the site for everybody but administrators, or open it again."""
    _switch(program, MAINTENANCE, switch, reason, until)


@click.command()
@_options
@click.pass_obj
def readonly(program: Program, switch: str, reason: str, until: str) -> None:
    """Let everybody read and nobody write, or let them write again."""
    _switch(program, READ_ONLY, switch, reason, until)


def _switch(program: Program, name: str, switch: str, reason: str, until: str) -> None:
    zone = ZoneInfo(program.settings["site.time_zone"])
    with program.session() as db:
        if switch == "off":
            was_on = end_mode(db, name, by=SYSTEM)
            say(f"{_words(name)} has ended." if was_on else f"{_words(name)} was not on.")
            return
        set_mode(db, name, reason=reason, until=parse_until(until, zone), by=SYSTEM)
        mode = getattr(modes(db), name)
        say(f"{_words(name)} is on{_end(mode, zone)}.")


@click.command()
@click.pass_obj
def status(program: Program) -> None:
    """Say whether the site is open; exit code 1 if it is closed or can only be read."""
    zone = ZoneInfo(program.settings["site.time_zone"])
    with program.session(writes=False) as db:
        on = [mode for mode in (getattr(modes(db), name) for name in (MAINTENANCE, READ_ONLY)) if mode]
    if not on:
        click.echo("open")
        return
    for mode in on:
        click.echo(f"{_words(mode.name)}{_end(mode, zone)}, by {mode.by}: {mode.reason}")
    raise SystemExit(1)


def _words(name: str) -> str:
    return "Maintenance" if name == MAINTENANCE else "Read-only mode"


def _end(mode: Mode, zone: ZoneInfo) -> str:
    return f" until {mode.until.astimezone(zone):%Y-%m-%d %H:%M %Z}" if mode.until else " until you end it"
