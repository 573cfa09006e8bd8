"""What an import or export did, for a person and for a program."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Remark:
    """Something to look at in a file: `line` counts from 1, 0 stands for the file as a whole."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass
class Report:
    """Counts and remarks; paths are those in the tree.

    `problems` are files not taken over, `unresolved` links that lead nowhere, `unknown_tags` template tags
    kept as text, `notes` decisions worth knowing; `left_out` counts front matter and
    columns that have no place here.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
    unresolved: list[Remark] = field(default_factory=list)
    unknown_tags: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, other: Report) -> None:
        """Take over all that another report says."""
        for name in ("created", "changed", "unchanged", "redirects", "problems", "unresolved", "notes"):
            getattr(self, name).extend(getattr(other, name))
        self.left_out.update(other.left_out)

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return asdict(self)

    def as_text(self) -> str:
        """All that a person wants to know: the counts, then each remark on a line of its own."""
        counts = {"created": self.created, "changed": self.changed, "unchanged": self.unchanged}
        said = [f"{len(paths)} {name}" for name, paths in counts.items()]
        return self._text(", ".join([*said, f"{len(self.redirects)} new redirects"]))

    def as_text_of_export(self) -> str:
        """The same for an export, which only writes."""
        return self._text(f"{len(self.created)} written")

    def _text(self, first_line: str) -> str:
        lines = [first_line]
        for title, remarks in self._sections():
            lines += [f"\n{title} ({len(remarks)}):", *(f"  {remark}" for remark in sorted(remarks))]
        if self.left_out:
            counted = ", ".join(f"{name} ({count})" for name, count in self.left_out.most_common())
            lines.append(f"\nLeft out, as there is no place for it here: {counted}")
        return "\n".join(lines)

    def _sections(self) -> list[tuple[str, list[Remark]]]:
        sections = [
            ("Not taken over", self.problems),
            ("Links that lead nowhere", self.unresolved),
            ("Template tags kept as text", self.unknown_tags),
            ("Notes", self.notes),
        ]
        return [(title, remarks) for title, remarks in sections if remarks]
