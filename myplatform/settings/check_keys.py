"""The key about checks: which findings somebody has looked at and decided to live with."""

from __future__ import annotations

import re

from .kinds import Kind, UnfitError
from .setting import Setting


def _silenced(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = re.fullmatch(r"([A-Z]+[0-9]+)\s+(\S.*)", line)
        if not match:
            raise UnfitError(f"'{line}' has no id of a check, or no reason behind it")
        found.append((match[1], match[2]))
    return tuple(found)


def _render(value: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name} {reason}" for name, reason in value)


SILENCED = Kind(
    "silenced checks",
    "lines of an id and a reason, as in 'DAT106 moved next week'",
    "CFG050",
    tuple,
    _silenced,
    _render,
)

CHECKS: tuple[Setting, ...] = (
    Setting(
        "check.silenced",
        SILENCED,
        None,
        "Findings of `myplatform check` that do not count: one line each, the id of the check and the reason.",
        "DAT106 the archive is moved next week",
    ),
)
