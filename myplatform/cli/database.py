"""`myplatform migrate` and `myplatform tidy`: the schema brought up to date, and what is overdue removed."""

from __future__ import annotations

import datetime as dt

import click

from .. import migrating
from ..actions import tidying
from ..actions.file_texts import Reach, read_missing
from ..identity import SYSTEM
from . import Program, say

MOST_READ = 10_000
"""Contents whose words one run reads at most."""


@click.command()
@click.option("--plan", is_flag=True, help="Print the SQL that would be run, and run nothing.")
@click.pass_obj
def migrate(program: Program, plan: bool) -> None:
    """Bring the database's schema up to date. Other processes wait meanwhile; doing it again does nothing."""
    engine = program.configured["engine"]
    if plan:
        statements = migrating.plan(engine)
        click.echo(statements, nl=False)
        if not statements:
            say("The schema is up to date.")
        return
    changed = migrating.upgrade(engine)
    say(f"The schema {'was brought' if changed else 'is'} up to date ({migrating.head_revision()}).")


@click.command()
@click.pass_obj
def tidy(program: Program) -> None:
    """Remove what is overdue; the settings say when that is. Read files for search that were not. Good every night."""
    times = {
        "keep_trash": dt.timedelta(days=program.settings["trash.keep_days"]),
        "session_age": program.settings["session.max_age"],
        "keep_drafts": dt.timedelta(days=program.settings["drafts.keep_days"]),
    }
    with program.session() as db:
        done = tidying.tidy(db, program.registry["files"], by=SYSTEM, **times)
    say(
        f"Removed {done.nodes} from the trash, {done.contents} unused contents, {done.sessions} ended sessions, "
        f"{done.uploads} uploads that were broken off and {done.drafts} old drafts."
    )
    read = _read_contents(program)
    if read:
        say(f"Read the words of {read} {'file' if read == 1 else 'files'} for search.")


def _read_contents(program: Program) -> int:
    """Read what was uploaded while its words could not be read; each in a transaction of its own, others go on."""
    reach = Reach.of(program.settings)
    for number in range(MOST_READ):
        with program.session() as db:
            if not read_missing(db, program.registry["files"], reach, limit=1):
                return number
    return MOST_READ
