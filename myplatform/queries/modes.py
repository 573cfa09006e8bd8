"""Whether the site is closed for maintenance or can only be read, until when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ..models import utc_now
from .site_values import site_values

MAINTENANCE, READ_ONLY = "maintenance", "read_only"
MODES = (MAINTENANCE, READ_ONLY)
MODE_WORDS = {name.replace("_", "-"): name for name in MODES}
"""The modes as addresses and answers call them."""


@dataclass(frozen=True)
class Mode:
    """One mode that is on: why, until when (None: until it is ended), since when and by whom."""

    name: str
    reason: str
    until: dt.datetime | None
    since: dt.datetime
    by: str

    @property
    def word(self) -> str:
        """As addresses and answers call it."""
        return next(word for word, name in MODE_WORDS.items() if name == self.name)

    def seconds_left(self, now: dt.datetime, otherwise: int = 300) -> int:
        """Whole seconds until it ends, at least one; `otherwise` where no end is known."""
        return max(1, round((self.until - now).total_seconds())) if self.until is not None else otherwise


@dataclass(frozen=True)
class Modes:
    """What is on now; both can be, and maintenance is the stronger one."""

    maintenance: Mode | None = None
    read_only: Mode | None = None


def modes_in(values: Mapping[str, Any], now: dt.datetime | None = None) -> Modes:
    """The modes that the site's values speak of; one whose end has come is over by itself."""
    now = now or utc_now()
    found = {name: _mode(name, values[name]) for name in MODES if values.get(name)}
    return Modes(**{name: mode for name, mode in found.items() if mode.until is None or mode.until > now})


def _mode(name: str, kept: Mapping[str, Any]) -> Mode:
    until = dt.datetime.fromisoformat(kept["until"]) if kept["until"] else None
    return Mode(name, kept["reason"], until, dt.datetime.fromisoformat(kept["since"]), kept["by"])


def modes(db: Session) -> Modes:
    """What is on now. One statement."""
    _stamp, values = site_values(db)
    return modes_in(values)


def is_read_only(db: Session) -> bool:
    """Whether nothing should be written now, be it for maintenance: what works in the background waits meanwhile."""
    on = modes(db)
    return on.maintenance is not None or on.read_only is not None
