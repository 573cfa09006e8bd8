"""Checks of a running site: each has a stable id, a severity and a title, and tells what it finds and how to mend it.

A plug-in adds its own in its `includeme`: `config.add_check(Check("ACME1", Severity.WARNING, "Laptops have owners",
run))`, where `run` takes the `Examination` and gives findings one by one. `myplatform check` runs the checks of the
group "parts", `check --production` those of "production" too, `check --data` those of "data".

Checks of the data share one session and run one after another. All others run side by side, each in a thread of its
own and for a bounded time: a part that is down is named, and the others are tried all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from .parts.files import FileStore
from .scrubbing import SCRUBBER
from .settings import Settings

PARTS, PRODUCTION, DATA = "parts", "production", "data"
SECONDS = 40.0
"""How long one check may take, unless it says otherwise."""


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


class NotTried(Exception):  # noqa: N818 - an outcome, not a fault
    """Raised by a check that does not apply, or cannot be tried as something else is down; the text says which.

    Without a text it does not apply, and nothing is said of it.
    """


@dataclass
class Examination:
    """What a check looks at: the site's registry, and a session on one snapshot of its data where it has one.

    `is_thorough` asks checks to read what is large (every byte of every file); `in_job` says that a worker does the
    examining. What they count they leave in `counts`, what answered in `tried`. `path` is the INI file, `url` where
    people reach the site, `mail_to` whom to send mail.
    """

    registry: Registry
    snapshot: Session | None = None
    is_thorough: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    files: FileStore | None = None
    path: Path | None = None
    url: str | None = None
    mail_to: str | None = None
    in_job: bool = False
    tried: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

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

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made for all checks together by the first that asks; others wait for it."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self.kept:
                self.kept[name] = make()
            return self.kept[name]

    def tell(self, what: str, answer: str) -> None:
        """Keep in words what was tried and answered, for whoever reads that nothing was found."""
        self.tried[what] = SCRUBBER.text(answer)

    def ask(self, what: str, question: Callable[[], str]) -> str:
        """Put a question to a part, and keep what answered and how long it took."""
        began = time.monotonic()
        answer = question()
        self.tell(what, f"{answer}, {(time.monotonic() - began) * 1000:.0f} ms")
        return answer


Run = Callable[[Examination], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One question to a site. `run` gives what it finds; nothing found is fine.

    What it raises is a finding too, except `NotTried`. `mend` says how to mend whatever it finds that does not say so
    itself. `seconds` bounds how long it may take (checks of the data take as long as they take).
    """

    id: str
    severity: Severity
    title: str
    run: Run
    group: str = PARTS
    mend: str = ""
    seconds: float = SECONDS


@dataclass(frozen=True)
class Found:
    """A finding with the check that found it; `silenced` is the reason why it does not count, if there is one."""

    check: Check
    finding: Finding
    silenced: str = ""

    def document(self) -> dict[str, str]:
        """What programs get."""
        check, finding = self.check, self.finding
        about = {"id": check.id, "severity": check.severity.value, "title": check.title}
        return about | {"what": finding.what, "where": finding.where, "mend": finding.mend or check.mend}


def add_check(config: Configurator, check: Check) -> None:
    """Directive `config.add_check`: add a check. Raises ValueError where the id is taken."""
    checks = checks_of(config.registry)
    if checks.setdefault(check.id, check) != check:
        raise ValueError(f"there are two checks with the id {check.id}")


def checks_of(registry: Registry) -> dict[str, Check]:
    """Every check of a site by its id."""
    return registry.setdefault("checks", {})


def findings(
    examination: Examination, groups: Iterable[str], progress: Callable[[int, int, str], None] | None = None
) -> Iterator[Found]:
    """What the checks of some groups find, in the order of their ids, each as soon as it is found.

    `progress` is told how many checks are done, of how many, and which is next.
    """
    wanted = set(groups)
    silenced = dict(examination.settings["check.silenced"] or ())
    checks = sorted(checks_of(examination.registry).values(), key=lambda each: each.id)
    chosen = [each for each in checks if each.group in wanted]
    begun = {each.id: in_thread(lambda each=each: list(each.run(examination))) for each in chosen if each.group != DATA}
    began = time.monotonic()
    for number, check in enumerate(chosen):
        if progress is not None:
            progress(number, len(chosen), check.title)
        found = check.run(examination) if check.group == DATA else _outcome(examination, check, begun[check.id], began)
        for finding in found:
            yield Found(check, finding, silenced.get(check.id, ""))


def _outcome(examination: Examination, check: Check, running: Future[list[Finding]], began: float) -> list[Finding]:
    """What a check found, once it is done or its time is over."""
    try:
        return running.result(max(0.0, began + check.seconds - time.monotonic()))
    except NotTried as reason:
        if str(reason):
            examination.skipped[check.id] = str(reason)
        return []
    except TimeoutError as error:
        return [Finding(f"no answer within {check.seconds:.0f} s" if not running.done() else said(error))]
    except Exception as error:  # noqa: BLE001 - whatever a part raises says what is wrong with it
        return [Finding(said(error))]


def said(error: BaseException) -> str:
    """What an error says, on one line and without secrets."""
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return SCRUBBER.text(f"{type(error).__name__}: {words}" if words else type(error).__name__)


def in_thread(work: Callable[[], Any]) -> Future[Any]:
    """Begin something in a thread that no process waits for at its end."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed on
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def includeme(config: Configurator) -> None:
    """`config.add_check`, and the built-in checks."""
    config.add_directive("add_check", add_check, action_wrap=False)
    config.include(".data_checks")
    config.include(".examining")
