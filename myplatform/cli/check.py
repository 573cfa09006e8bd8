"""`myplatform check`: runs the checks of the site and of its plug-ins, and says what is not as it must be."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import click
import orjson

from ..actions.holding import contents_kept
from ..checks import DATA, PARTS, Examination, Found, Severity, findings
from ..data_checks import mend
from ..database import open_snapshot
from . import EXIT_NO, Program, say

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
@click.pass_obj
def check(program: Program, data: bool, hashes: bool, repair: bool, as_json: bool, fail_level: str) -> None:
    """Try whether everything is as it must be. The exit code is 1 where something is not.

    Findings can be silenced by the setting check.silenced, one line each: the id and the reason.
    """
    if (hashes or repair) and not data:
        raise click.UsageError("--hashes and --repair belong to --data.")
    groups = {DATA} if data else {PARTS}
    began = time.monotonic()
    summary, examination = _examine(program, groups, hashes, as_json)
    if repair and summary.counted:
        _repair(program, set(summary.counted))
        summary, examination = _examine(program, groups, hashes, as_json)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        click.echo(orjson.dumps(_as_json(summary, examination, seconds), option=orjson.OPT_INDENT_2).decode())
    else:
        _tell(summary, examination, seconds)
    if summary.fails(Severity(fail_level)):
        raise click.exceptions.Exit(EXIT_NO)


def _examine(program: Program, groups: set[str], is_thorough: bool, quiet: bool) -> tuple[Summary, Examination]:
    registry = program.registry
    summary = Summary()
    with ExitStack() as stack:
        db = None
        if DATA in groups:
            stack.enter_context(contents_kept(registry["engine"]))
            db = stack.enter_context(open_snapshot(registry["session_factory"]))
        examination = Examination(registry, db, is_thorough)
        for found in findings(examination, groups):
            if not summary.add(found):
                continue
            if quiet:
                summary.shown.append(_described(found))
            else:
                _print(found)
    return summary, examination


def _described(found: Found) -> dict[str, str]:
    check, finding = found.check, found.finding
    about = {"id": check.id, "severity": check.severity.value, "title": check.title}
    return about | {"what": finding.what, "where": finding.where, "mend": finding.mend}


def _print(found: Found) -> None:
    check, finding = found.check, found.finding
    where = f"{finding.where}: " if finding.where else ""
    click.echo(f"{check.id} {check.severity}  {where}{finding.what}")
    if finding.mend:
        click.echo(f"    mend: {finding.mend}")


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
        "seconds": seconds,
    }
