"""The kinds of jobs that this process knows: what runs, how often it is tried, how many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ATTEMPTS = 5
TIMEOUT = dt.timedelta(hours=1)


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    `function` is called with a `jobs.job.RunningJob`. It is tried `attempts` times at most, each for at most
    `timeout`; `at_once` bounds how many of the kind run at the same time on all workers (None: any number). A kind with
    `every` is asked for by the site itself, once in that time.
    """

    name: str
    function: Callable[[Any], Any]
    label: str
    attempts: int = ATTEMPTS
    timeout: dt.timedelta = TIMEOUT
    at_once: int | None = None
    every: dt.timedelta | None = None


_kinds: dict[str, JobKind] = {}


def add_job(
    name: str,
    function: Callable[[Any], Any],
    *,
    label: str = "",
    attempts: int = ATTEMPTS,
    timeout: dt.timedelta | float = TIMEOUT,
    at_once: int | None = None,
    every: dt.timedelta | None = None,
) -> None:
    """Make a kind of job known; adding the same again does nothing. `timeout` may be in seconds.

    `label` is what people read, in English, marked for translation. Raises `ValueError` for a name that another
    function has.
    """
    if not isinstance(timeout, dt.timedelta):
        timeout = dt.timedelta(seconds=timeout)
    label = label or name.replace("_", " ").capitalize()
    add_job_kind(JobKind(name, function, label, attempts, timeout, at_once, every))


def add_job_kind(kind: JobKind) -> None:
    """Make a kind of job known; adding the same again does nothing. Raises `ValueError` for a name that is taken."""
    known = _kinds.setdefault(kind.name, kind)
    if known.function is not kind.function:
        raise ValueError(f"there are two jobs called {kind.name!r}: {known.function} and {kind.function}")
    _kinds[kind.name] = kind


def job_kind(name: str) -> JobKind:
    """The kind of that name. Raises `LookupError`: a job is asked for by code, which knows what there is."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"there is no job {name!r}; there are {', '.join(sorted(_kinds))}") from None


def label_of(name: str) -> str:
    """What people read for a kind, also where its plug-in is no longer enabled."""
    return _kinds[name].label if name in _kinds else name.replace("_", " ").capitalize()


def all_job_kinds() -> dict[str, JobKind]:
    """Every kind by its name."""
    return dict(_kinds)
