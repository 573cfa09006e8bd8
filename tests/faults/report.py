"""What came of a rehearsal, in Markdown."""

from __future__ import annotations

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
    mails: tuple[list[str], list[str]] = ((), ())  # type: ignore[assignment]
    windows: dict[str, int] = field(default_factory=dict)
    check: str = ""
    backup: list[str] = field(default_factory=list)
    copy: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

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

    def answered(self, ledger: Ledger) -> None:
        """Take over what was counted of requests."""
        self.ledger = ledger

    @property
    def is_good(self) -> bool:
        """Whether nothing failed, was lost or was done twice."""
        gaps = self.windows["changes that a window was not told"]
        return not (self.ledger.failed or self.lost or self.jobs or self.mails[0] or self.mails[1] or gaps)

    def markdown(self) -> str:
        """The tables."""
        return "\n".join([*self._restarts(), "", *self._rows(), "", *self._failures()])

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
            "announced 503 (with Retry-After)": sum(ledger.announced.values()),
            "failed otherwise": len(ledger.failed),
            "acknowledged edits, pages, files": f"{edits:,}, {len(kept.pages):,}, {len(kept.files):,}",
            "of these lost": len(self.lost),
            "jobs asked for, gone wrong or done twice": f"{len(kept.jobs):,}, {len(self.jobs)}",
            "mentions, without mail, mailed twice": f"{len(kept.mentions)}, {len(self.mails[0])}, {len(self.mails[1])}",
            **self.windows,
            "`check --data --hashes`": self.check.strip().splitlines()[-1] if self.check else "",
            "backup and restore": "; ".join(self.backup),
            "SQLite copied to PostgreSQL": "; ".join(self.copy),
        }
        return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]

    def _failures(self) -> list[str]:
        found = [*(f"{during}: {what}: {why}" for during, what, why in self.ledger.failed[:40])]
        found += [f"lost: {each}" for each in self.lost[:20]] + [f"job: {each}" for each in self.jobs[:20]]
        found += [f"no mail: {each}" for each in self.mails[0][:20]] + [f"twice: {each}" for each in self.mails[1][:20]]
        return [f"- {each}" for each in found]
