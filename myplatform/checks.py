"""Checks of a running site: each has a stable id, a severity and a title, and tells what it finds and how to mend it.

A plug-in adds its own in its `includeme`: `config.add_check(Check("ACME1", Severity.WARNING, "Laptops have owners",
run))`, where `run` takes the `Examination` and gives findings one by one. `myplatform check` runs the checks of the
group "parts", `check --data` those of "data"; further groups are names that a check is added with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from .parts.files import FileStore
from .settings import Settings

PARTS, DATA = "parts", "data"


class Severity(StrEnum):
    """How bad a finding is, the least first."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: what, where, and how to mend it."""

    what: str
    where: str = ""
    mend: str = ""


@dataclass
class Examination:
    """What a check looks at: the site's registry, and a session on one snapshot of its data where it has one.

    `is_thorough` asks checks to read what is large (every byte of every file). What they count they leave in `counts`.
    """

    registry: Registry
    snapshot: Session | None = None
    is_thorough: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    files: FileStore | None = None

    @property
    def store(self) -> FileStore:
        """Where the bytes of files are: the site's own store, or `files` where data elsewhere is looked at."""
        return self.files or self.registry["files"]

    @property
    def settings(self) -> Settings:
        """The settings of the INI file."""
        return self.registry["settings"]

    @property
    def db(self) -> Session:
        """The session; only checks of data have one."""
        if self.snapshot is None:
            raise LookupError("this check was run without the data")
        return self.snapshot

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What checks of one examination share, by a name."""
        return {}


Run = Callable[[Examination], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One question to a site. `run` gives what it finds; nothing found is fine."""

    id: str
    severity: Severity
    title: str
    run: Run
    group: str = PARTS


@dataclass(frozen=True)
class Found:
    """A finding with the check that found it; `silenced` is the reason why it does not count, if there is one."""

    check: Check
    finding: Finding
    silenced: str = ""


def add_check(config: Configurator, check: Check) -> None:
    """Directive `config.add_check`: add a check. Raises ValueError where the id is taken."""
    checks = checks_of(config.registry)
    if checks.setdefault(check.id, check) != check:
        raise ValueError(f"there are two checks with the id {check.id}")


def checks_of(registry: Registry) -> dict[str, Check]:
    """Every check of a site by its id."""
    return registry.setdefault("checks", {})


def findings(examination: Examination, groups: Iterable[str]) -> Iterator[Found]:
    """What the checks of some groups find, in the order of their ids, each as soon as it is found."""
    wanted = set(groups)
    silenced = dict(examination.settings["check.silenced"] or ())
    for check in sorted(checks_of(examination.registry).values(), key=lambda each: each.id):
        if check.group in wanted:
            for finding in check.run(examination):
                yield Found(check, finding, silenced.get(check.id, ""))


def includeme(config: Configurator) -> None:
    """`config.add_check`, and the checks of the data."""
    config.add_directive("add_check", add_check, action_wrap=False)
    config.include(".data_checks")
