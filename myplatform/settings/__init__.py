"""The settings of a site: every INI key (`schema`), strict `reading`, `reporting` of all problems at once."""

from __future__ import annotations

from .kinds import (
    BOOLEAN,
    COLOUR,
    DURATION,
    INTEGER,
    LANGUAGE,
    SIZE,
    TEXT,
    TIME_ZONE,
    WEB_URL,
    WORDS,
    Kind,
    UnfitError,
    choice,
)
from .reading import from_paste, from_values, load
from .reporting import EXIT_CONFIGURATION, Problem, SettingsError, stop_with_report
from .schema import Setting, declare, declared
from .values import Settings

__all__ = [
    "BOOLEAN",
    "COLOUR",
    "DURATION",
    "EXIT_CONFIGURATION",
    "INTEGER",
    "LANGUAGE",
    "SIZE",
    "TEXT",
    "TIME_ZONE",
    "WEB_URL",
    "WORDS",
    "Kind",
    "Problem",
    "Setting",
    "Settings",
    "SettingsError",
    "UnfitError",
    "choice",
    "declare",
    "declared",
    "from_paste",
    "from_values",
    "load",
    "stop_with_report",
]
