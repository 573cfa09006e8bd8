"""`myplatform check`: runs the checks of the site and of its plug-ins, and says what is not as it must be."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from pyramid.registry import Registry
from sqlalchemy.exc import SQLAlchemyError

from ..checks import DATA, PARTS, PRODUCTION, Examination, Found, Severity, findings
from ..data_checks import mend
from ..database import open_snapshot
from ..errors import Problem
from ..examining.database import DOWN
from ..examining.reference import reference
from . import EXIT_NO, EXIT_UNAVAILABLE, Program, say

MOST_SHOWN = 100
"""Findings of one check that are printed; the rest is counted."""


@dataclass
class Summary:
    """What was found, counted; `shown` are the findings themselves as far as they are printed."""

    counted: Counter[str] = field(default_factory=Counter)
    silenced: dict[str, str] = field(default_factory=dict)
    worst: dict[str, Severity] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)

    def add(self, found: Found) -> bool:
        """Count a finding, and say whether it is still to be printed."""
        name = found.check.id
        self.counted[name] += 1
        if found.silenced:
            self.silenced[name] = found.silenced
            return False
        self.worst[name] = found.check.severity
        return self.counted[name] <= MOST_SHOWN

    def fails(self, level: Severity) -> bool:
        """Whether something at least that bad was found."""
        return any(severity.rank >= level.rank for severity in self.worst.values())


@click.command()
@click.option("--production", is_flag=True, help="Ask besides whether the site is fit for production.")
@click.option("--url", metavar="URL", help="Where people reach the site, instead of site.url.")
@click.option("--mail-to", metavar="ADDRESS", help="Really send a message there.")
@click.option("--data", is_flag=True, help="Check the data: tree, access, search, files, feed, accounts.")
@click.option("--hashes", is_flag=True, help="With --data: read every byte of every file again.")
@click.option("--repair", is_flag=True, help="With --data: make anew what is derived and wrong, and check again.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--fail-level",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="From which severity on the exit code is 1.",
)
@click.option("--list", "lists", is_flag=True, help="Print the list of all checks: what docs/checks.md holds.")
@click.pass_obj
def check(program: Program, as_json: bool, fail_level: str, lists: bool, **asked: Any) -> None:
    """Try every configured part for real: write, read, delete, connect, send, be reached.

    The exit code is 1 where something is not as it must be, and 69 where the database is down. Findings can be silenced
    by the setting check.silenced, one line each: the id and the reason.
    """
    data, hashes, repair = asked["data"], asked["hashes"], asked["repair"]
    if (hashes or repair) and not data:
        raise click.UsageError("--hashes and --repair belong to --data.")
    if data and (asked["production"] or asked["url"] or asked["mail_to"]):
        raise click.UsageError("--data is a check of its own: leave out --production, --url and --mail-to.")
    if lists:
        click.echo(reference(), nl=False)
        return
    began = time.monotonic()
    summary, examination = _examine(program, asked, as_json)
    if repair and summary.counted:
        _repair(program, set(summary.counted))
        summary, examination = _examine(program, asked, as_json)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        click.echo(orjson.dumps(_as_json(summary, examination, seconds), option=orjson.OPT_INDENT_2).decode())
    else:
        _tell(summary, examination, seconds)
    if DOWN in summary.counted:
        raise click.exceptions.Exit(EXIT_UNAVAILABLE)
    if summary.fails(Severity(fail_level)):
        raise click.exceptions.Exit(EXIT_NO)


def _examine(program: Program, asked: dict[str, Any], quiet: bool) -> tuple[Summary, Examination]:
    """Run the checks that are asked for."""
    data = asked["data"]
    groups = {DATA} if data else {PARTS, PRODUCTION} if asked["production"] else {PARTS}
    registry = program.registry if data else _registry(program)
    snapshot = open_snapshot(registry["session_factory"]) if data else nullcontext()
    about = {"path": Path(program.path), "url": asked["url"], "mail_to": asked["mail_to"]}
    summary = Summary()
    with snapshot as db:
        examination = Examination(registry, db, asked["hashes"], **about)
        for found in findings(examination, groups):
            if not summary.add(found):
                continue
            if quiet:
                summary.shown.append(found.document())
            else:
                _print(found)
    return summary, examination


def _registry(program: Program) -> Registry:
    """The site's registry, the schema brought up to date if the settings say so; that this cannot be is a finding."""
    try:
        return program.registry
    except (SQLAlchemyError, Problem):
        return program.configured


def _print(found: Found) -> None:
    check, finding = found.check, found.finding
    where = f"{finding.where}: " if finding.where else ""
    title = "" if check.group == DATA else f"{check.title}\n    "
    click.echo(f"{check.id} {check.severity}  {title}{where}{finding.what}")
    if mend := finding.mend or check.mend:
        click.echo(f"    mend: {mend}")


def _repair(program: Program, found: set[str]) -> None:
    with program.session() as db:
        done = mend(db, found)
    for each in done:
        say(f"Mended: {each}.")
    if not done:
        say("Nothing of this can be mended by itself, or the tree has to be mended first.")


def _tell(summary: Summary, examination: Examination, seconds: float) -> None:
    for name, count in sorted(summary.counted.items()):
        if name in summary.silenced:
            say(f"{name}: {count} silenced: {summary.silenced[name]}")
        elif count > MOST_SHOWN:
            say(f"{name}: {count - MOST_SHOWN} more.")
    for name, answer in sorted(examination.tried.items()):
        say(f"{name}: {answer}")
    for reason in dict.fromkeys(examination.skipped.values()):
        names = sorted(name for name, other in examination.skipped.items() if other == reason)
        say(f"not tried, as {reason}: {', '.join(names)}")
    for name, count in examination.counts.items():
        say(f"{count} {name}")
    count = sum(count for name, count in summary.counted.items() if name not in summary.silenced)
    say(f"{count or 'Nothing'} found in {seconds} s.")


def _as_json(summary: Summary, examination: Examination, seconds: float) -> dict[str, Any]:
    return {
        "findings": summary.shown,
        "found": dict(sorted(summary.counted.items())),
        "silenced": summary.silenced,
        "counts": examination.counts,
        "tried": dict(sorted(examination.tried.items())),
        "not_tried": dict(sorted(examination.skipped.items())),
        "seconds": seconds,
    }
