"""What is wrong with a configuration, all of it at once, in words and with a way to mend it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

EXIT_CONFIGURATION = 78
LONGEST_SHOWN = 120
HIDDEN = "***"


@dataclass(frozen=True)
class Problem:
    """One thing to mend; `line` 0 means that it stands in no file, `value` None that the key is the point."""

    file: str
    line: int
    section: str
    key: str
    value: str | None
    code: str
    message: str
    fix: str = ""

    def text(self) -> str:
        """Place, what is wrong and how to mend it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        entry = f"{self.key} = {show(self.value)}".rstrip() if self.value is not None else self.key
        head = "  ".join(part for part in (place, f"[{self.section}]" if self.section else "", entry) if part)
        lines = [head, f"  error {self.code}: {self.message}"]
        if self.fix:
            docs = "" if "." not in self.key else f"      docs: settings#{self.key}"
            lines.append(f"  fix: {self.fix}{docs}")
        return "\n".join(lines)


class SettingsError(Exception):
    """A configuration nothing must start with; `problems` has every reason, `str()` is the whole report."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__(report(self.problems))


def report(problems: list[Problem]) -> str:
    """The text for whoever started the program."""
    count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    return "\n".join([*(problem.text() for problem in problems), f"{count}. Nothing was started."])


def stop_with_report(error: SettingsError) -> NoReturn:
    """Write the report to stderr and end the process with the exit code for a configuration error."""
    print(error, file=sys.stderr)
    raise SystemExit(EXIT_CONFIGURATION)


def show(value: str) -> str:
    """A value on one line, cut where it is too long to read, its control characters made visible."""
    line = " ".join(value.split("\n"))
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def hide_password(url: str) -> str:
    """A URL with its password replaced, unless it only says where the password is; anything else stays."""
    return re.sub(r"(//[^:/@\s]*):(?!\$\{\w*\}@).*@", r"\1:***@", url)


def mask(text: str) -> str:
    """A secret as it may be shown: a URL without its password, of anything else only that it is set."""
    if re.fullmatch(r"\$\{\w*\}", text):
        return text  # only says where the secret is
    if text == "none" or re.fullmatch(r"[a-z][a-z0-9+]*:", text):
        return text  # only says which part
    return hide_password(text) if "://" in text else HIDDEN


def place_name(path: str | Path) -> str:
    """A file as whoever started the program would write it: relative where it is below the current folder."""
    try:
        return str(Path(path).absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
