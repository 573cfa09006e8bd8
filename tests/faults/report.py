"""What came of a rehearsal, in Markdown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tests.faults.ledger import Ledger
from tests.faults.people import Kept
from tests.faults.watching import Windows


@dataclass
class Report:
    """Everything that was counted."""

    seconds: float = 0.0
    restarted: dict[str, float] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    kept: Kept = field(default_factory=Kept)
    lost: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    mails: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    windows: dict[str, int] = field(default_factory=dict)
    check: str = ""
    backup: list[str] = field(default_factory=list)
    copy: list[str] = field(default_factory=list)
    mishaps: list[str] = field(default_factory=list)
    """What went wrong in the rehearsal itself, or ended it."""

    def heard(self, windows: Windows, versions: dict[int, set[int]]) -> None:
        """Count what the open windows were told."""
        self.windows = {
            "windows": len(windows.windows),
            "messages": sum(len(told) for each in windows.windows for told in each.told.values()),
            "connections": sum(each.connections for each in windows.windows),
            "changes that a window was not told": windows.gaps(versions),
            "changes told twice": windows.repeated(),
            "windows sent to the feed": sum(each.resets for each in windows.windows),
        }

    def broken(self) -> list[str]:
        """Every goal that was not reached, in words."""
        found = [f"failed while {during}: {what}: {why}" for during, what, why in self.ledger.failed]
        found += [f"lost: {each}" for each in self.lost] + [f"job: {each}" for each in self.jobs]
        found += [f"no mail: {each}" for each in self.mails[0]] + [f"mailed twice: {each}" for each in self.mails[1]]
        wrong = {"changes that a window was not told", "changes told twice"}
        found += [f"{count} {what}" for what, count in self.windows.items() if what in wrong and count]
        if elsewhere := self.ledger.announced["nothing"]:
            found.append(f"{elsewhere} announced 503 while nothing was restarted")
        whole = {
            "the check": self.check,
            "the backup": self.backup,
            "the copy": self.copy,
            "the windows": self.windows,
            "the load": self.kept.edits,
        }
        found += [f"{name} did not come to its end" for name, result in whole.items() if not result]
        return self.mishaps + found

    def markdown(self) -> str:
        """The tables, and below them what has to be looked at."""
        broken = self.broken()
        said = [f"- {each}" for each in broken[:60]] or ["Every goal was reached."]
        if len(broken) > 60:
            said.append(f"- and {len(broken) - 60:,} more")
        return "\n".join([*self._restarts(), "", *self._rows(), "", *self._announced(), *said]) + "\n"

    def _restarts(self) -> list[str]:
        ledger = self.ledger
        lines = ["| meanwhile | seconds | requests | announced 503 | failed | longest answer |"]
        lines += ["|---|--:|--:|--:|--:|--:|"]
        for name in ("nothing", *self.restarted):
            took = f"{self.restarted[name]:.1f}" if name in self.restarted else ""
            failed = sum(during == name for during, _what, _why in ledger.failed)
            longest = f"{ledger.longest.get(name, 0):.1f} s"
            lines.append(
                f"| {name} | {took} | {ledger.asked[name]:,} | {ledger.announced[name]} | {failed} | {longest} |"
            )
        return lines

    def _rows(self) -> list[str]:
        ledger, kept = self.ledger, self.kept
        total = sum(ledger.asked.values())
        edits = sum(len(versions) for versions in kept.edits.values())
        times = [f"{share:g} % in {ledger.percentile(share / 100) * 1000:.0f} ms" for share in (50, 95, 99)]
        rows = {
            "requests": f"{total:,} in {self.seconds:.0f} s, {total / max(self.seconds, 1):.0f} a second",
            "answered": ", ".join(times),
            "load of the machine at the end": f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} cores",
            "announced 503 (with Retry-After)": sum(ledger.announced.values()),
            "failed otherwise": len(ledger.failed),
            "acknowledged edits, pages, files": f"{edits:,}, {len(kept.pages):,}, {len(kept.files):,}",
            "of these lost": len(self.lost),
            "jobs asked for, gone wrong or done twice": f"{len(kept.jobs):,}, {len(self.jobs)}",
            "mentions, without mail, mailed twice": f"{len(kept.mentions)}, {len(self.mails[0])}, {len(self.mails[1])}",
            **{name: f"{count:,}" for name, count in self.windows.items()},
            "`check --data --hashes`": self.check.strip().splitlines()[-1] if self.check else "",
            "backup and restore": "; ".join(self.backup),
            "SQLite copied to PostgreSQL": "; ".join(self.copy),
        }
        return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]

    def _announced(self) -> list[str]:
        """Which requests were answered 503, and why."""
        if not self.ledger.reasons:
            return []
        lines = ["| announced 503 while | request | words | times |", "|---|---|---|--:|"]
        lines += [f"| {' | '.join(key)} | {count} |" for key, count in self.ledger.reasons.most_common(30)]
        return [*lines, ""]
