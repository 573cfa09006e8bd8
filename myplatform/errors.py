"""What can go wrong in an action or a query, free of HTTP; `views/errors.py` turns each into one answer.

Problem
├── BadQuery     a list, filter, cursor or search cannot be understood       400
├── NotAllowed   the asker may see the thing but lacks a right on it         403
├── Missing      there is no such thing, or the asker may not see it         404
├── Conflict     the thing has changed, or a name is taken                   409, 412 with If-Match
├── TooLarge     more bytes than a setting allows                            413
├── Invalid      values do not fit; every wrong field is named at once       422
├── Throttled    too many attempts; comes with the seconds to wait           429
├── Closed       the site is closed for maintenance, or can only be read        503
└── Unavailable  a part of the site does not answer; nothing was kept         503
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One wrong value: `field` is the name the caller used, "" for the whole; `message` says how to mend it."""

    field: str
    message: str


class Problem(Exception):  # noqa: N818 - these are outcomes told to a person, not programming errors
    """Root of everything an action or query refuses; `message` is a sentence for a person."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message

    @property
    def words(self) -> str:
        """What is wrong, without the names of inputs."""
        return self.message


class BadQuery(Problem):
    """A filter, sort, cursor or limit that cannot be understood; `field` names the parameter."""

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field


class NotAllowed(Problem):
    """The asker sees the thing but lacks `permission` on it."""

    def __init__(self, message: str, permission: str | None = None):
        super().__init__(message)
        self.permission = permission


class Missing(Problem):
    """No such thing, or none that the asker may see: both read the same."""

    def __init__(self, message: str = "There is nothing here, or nothing you may see."):
        super().__init__(message)


class Conflict(Problem):
    """The state differs from what the asker built on; `current` is the version that stands now, if it is about one."""

    def __init__(self, message: str, *, current: int | None = None, field: str = ""):
        super().__init__(message)
        self.current = current
        self.field = field


class TooLarge(Problem):
    """More bytes than allowed; `limit` is the allowed number of bytes."""

    def __init__(self, message: str, limit: int):
        super().__init__(message)
        self.limit = limit


class Invalid(Problem):
    """Values that do not fit, all of them at once."""

    def __init__(self, errors: Iterable[FieldError]):
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in self.errors))

    @property
    def words(self) -> str:
        """The messages of all fields."""
        return "; ".join(each.message for each in self.errors)

    @classmethod
    def one(cls, field: str, message: str) -> Invalid:
        """A single wrong field."""
        return cls([FieldError(field, message)])

    def by_field(self) -> dict[str, list[str]]:
        """The messages of each field, for showing them beside it."""
        grouped: dict[str, list[str]] = {}
        for error in self.errors:
            grouped.setdefault(error.field, []).append(error.message)
        return grouped


class Throttled(Problem):
    """Too many attempts; `seconds` is how long to wait."""

    def __init__(self, message: str, seconds: int):
        super().__init__(message)
        self.seconds = seconds


class Unavailable(Problem):
    """A part does not answer in time; `message` is for the log, `seconds` is when to try again."""

    def __init__(self, message: str, seconds: int = 5):
        super().__init__(message)
        self.seconds = seconds


class Closed(Problem):
    """The site does not take this now: `mode` is "maintenance" or "read-only", `until` its end if one is known."""

    def __init__(self, message: str, mode: str, until: dt.datetime | None, seconds: int):
        super().__init__(message)
        self.mode = mode
        self.until = until
        self.seconds = seconds


def ensure(condition: Any, field: str, message: str) -> None:
    """Raise `Invalid` for one field unless `condition` holds."""
    if not condition:
        raise Invalid.one(field, message)
