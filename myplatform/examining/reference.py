"""The list of all checks as a page: what `docs/checks.md` holds."""

from __future__ import annotations

from collections.abc import Iterable

from ..checks import DATA, PARTS, PRODUCTION, Check
from ..data_checks import all_data_checks
from . import all_checks

INTRODUCTION = """\
# Checks

Everything that `myplatform check` can find. This page is made by `myplatform check --list`. Ids never change: a finding
to live with is silenced by its id and a reason, which is shown each time (`check.silenced` in [settings](settings.md)).

What to run when, and what the exit codes mean, is in [Running a site](running.md#checks).
"""
GROUPS = {
    PARTS: ("Parts", "`myplatform check` tries every configured part, the machine, and the address of the site."),
    PRODUCTION: ("Readiness", "`myplatform check --production` asks besides whether the site is fit for production."),
    DATA: ("Data", "`myplatform check --data` holds one state of the data against these."),
}


def reference() -> str:
    """The text of the page."""
    checks = (*all_checks(), *all_data_checks())
    parts = [INTRODUCTION]
    for group, (title, words) in GROUPS.items():
        parts.append(f"## {title}\n\n{words}\n\n{_table(each for each in checks if each.group == group)}\n")
    return "\n".join(parts)


def _table(checks: Iterable[Check]) -> str:
    rows = ["| id | severity | what must be | how to mend it |", "|---|---|---|---|"]
    rows += [f"| {each.id} | {each.severity} | {_cell(each.title)} | {_mend(each)} |" for each in checks]
    return "\n".join(rows)


def _mend(check: Check) -> str:
    return _cell(check.mend) or "as it says when it finds something"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
