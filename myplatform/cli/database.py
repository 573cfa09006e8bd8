"""`myplatform migrate` and `myplatform tidy`: the schema brought up to date, and what is overdue removed."""

from __future__ import annotations

import datetime as dt

import click
from sqlalchemy import Engine

from .. import migrating
from ..actions import tidying
from ..actions.file_texts import Reach, read_missing
from ..identity import SYSTEM
from ..migrating_plan import annotated
from . import Program, say

DEFAULT = migrating.Patience()
MOST_READ = 10_000
"""Contents whose words one run reads at most."""


@click.command()
@click.option("--plan", is_flag=True, help="Print the SQL that would be run, with the lock of each, and run nothing.")
@click.option(
    "--lock-timeout",
    type=click.FloatRange(0.1, 3600),
    default=DEFAULT.for_lock.total_seconds(),
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a lock on PostgreSQL, while others queue behind it, before trying again later.",
)
@click.option(
    "--statement-timeout",
    type=click.FloatRange(0, 7 * 86400),
    default=DEFAULT.for_statement.total_seconds(),
    show_default=True,
    metavar="SECONDS",
    help="How long one statement may run on PostgreSQL; 0 for any time.",
)
@click.option("--tries", type=click.IntRange(1, 1000), default=DEFAULT.tries, show_default=True, help="For a lock.")
@click.pass_obj
def migrate(program: Program, plan: bool, lock_timeout: float, statement_timeout: float, tries: int) -> None:
    """Bring the database's schema up to date. Others wait meanwhile; doing it again goes on or does nothing."""
    engine = program.configured["engine"]
    if plan:
        _print_plan(engine)
        return
    limits = dt.timedelta(seconds=lock_timeout), dt.timedelta(seconds=statement_timeout)
    changed = migrating.upgrade(engine, migrating.Patience(*limits, tries))
    say(f"The schema {'was brought' if changed else 'is'} up to date ({migrating.head_revision()}).")


def _print_plan(engine: Engine) -> None:
    statements = migrating.plan(engine)
    if not statements:
        say("The schema is up to date.")
    elif engine.dialect.name == "postgresql":
        click.echo(annotated(statements), nl=False)
    else:
        say("On SQLite all of this is one transaction: readers go on, writers wait.")
        click.echo(statements, nl=False)


@click.command()
@click.pass_obj
def tidy(program: Program) -> None:
    """Remove what is overdue; the settings say when that is. Read files for search that were not. Good every night."""
    times = {
        "keep_trash": dt.timedelta(days=program.settings["trash.keep_days"]),
        "session_age": program.settings["session.max_age"],
        "keep_drafts": dt.timedelta(days=program.settings["drafts.keep_days"]),
        "keep_notifications": dt.timedelta(days=program.settings["notifications.keep_days"]),
    }
    with program.session() as db:
        done = tidying.tidy(db, program.registry["files"], by=SYSTEM, **times)
    say(
        f"Removed {done.nodes} from the trash, {done.contents} unused contents, {done.sessions} ended sessions, "
        f"{done.uploads} uploads that were broken off, {done.drafts} old drafts and "
        f"{done.notifications} old notifications."
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
