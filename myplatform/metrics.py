"""What is counted while the site runs, and how any part of it counts: `metrics.SIGN_INS.increase(outcome="fine")`.

Counters of all processes of one server are one: each process writes into files of a folder that all share, and
whichever is asked adds them up (the multi-process way of `prometheus_client`). `PROMETHEUS_MULTIPROC_DIR` in the
environment joins further processes of the machine, as workers, to that. Outside servers nothing is shared.

What is no count but a state, as the number of jobs that wait, is asked of the database when somebody looks:
`metrics.collect(function)`.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import prometheus_client
from prometheus_client import CollectorRegistry, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .metrics_files import ReservedCounts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PREFIX, IN_USE = "myplatform-metrics-", "in-use"
"""How our own folders begin, and the file in them that every process locks that uses one."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends of the classes into which durations fall."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Figure:
    """A state at the moment of asking: its name, its meaning, and a value for each set of labels."""

    name: str
    meaning: str
    values: list[tuple[dict[str, str], float]] = field(default_factory=list)


Collector = Callable[["Session"], Iterable[Figure]]


class _Shared:
    """The registry of this process's counters, made anew when they begin to be shared."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.generation = 0
        self.is_shared = False
        self.held: IO[bytes] | None = None


_shared = _Shared()
_collectors: dict[str, Collector] = {}


class _Metric:
    """Something counted. It exists for `prometheus_client` from its first use on, as then it is known where."""

    made: Any = None

    def __init__(self, name: str, meaning: str, *labels: str, **options: Any):
        self.name, self.meaning, self.labels, self.options = f"myplatform_{name}", meaning, labels, options
        self._made: Any = None
        self._generation = -1
        self._labelled: dict[tuple[tuple[str, str], ...], Any] = {}
        self._making = threading.Lock()

    def _of(self, labels: dict[str, str]) -> Any:
        if self._generation == _shared.generation:
            found = self._labelled.get(tuple(labels.items()))
            if found is not None:
                return found
        with self._making:  # of several threads that count first, one makes it
            if self._generation != _shared.generation:
                self._made = self.made(
                    self.name, self.meaning, self.labels, registry=_shared.registry, **self.options
                )
                self._labelled = {}
                self._generation = _shared.generation
            found = self._made.labels(**labels) if self.labels else self._made
            self._labelled[tuple(labels.items())] = found
        return found


class Counter(_Metric):
    """Only ever grows."""

    made = prometheus_client.Counter

    def increase(self, amount: float = 1, **labels: str) -> None:
        """Count `amount` more under these labels."""
        self._of(labels).inc(amount)


class Gauge(_Metric):
    """A state of each process; all together are its sum over the processes that live."""

    made = prometheus_client.Gauge

    def __init__(self, name: str, meaning: str, *labels: str):
        super().__init__(name, meaning, *labels, multiprocess_mode="livesum")

    def set(self, value: float, **labels: str) -> None:
        """It is this now."""
        self._of(labels).set(value)

    def increase(self, amount: float = 1, **labels: str) -> None:
        """It is more, or less if `amount` is below zero."""
        self._of(labels).inc(amount)


class Histogram(_Metric):
    """Durations in seconds."""

    made = prometheus_client.Histogram

    def __init__(self, name: str, meaning: str, *labels: str):
        super().__init__(name, meaning, *labels, buckets=SECONDS)

    def observe(self, seconds: float, **labels: str) -> None:
        """Something took so long."""
        self._of(labels).observe(seconds)


REQUESTS = Counter("requests", "Requests answered", "view", "method", "status")
REQUEST_SECONDS = Histogram("request_seconds", "Time that answering took", "view")
STATEMENTS = Counter("sql_statements", "SQL statements of requests, at the primary or a replica", "view", "database")
STATEMENT_SECONDS = Counter("sql_seconds", "Time that SQL statements of requests took", "view", "database")
SIGN_INS = Counter("sign_ins", "Attempts to sign in: fine, wrong or throttled", "outcome")
CACHE = Counter("cache_lookups", "Look-ups in the cache: hit, miss or down", "outcome")
MAIL = Counter("mail_messages", "Messages to the mail server: sent, refused for good, or put off", "outcome")
NOTIFICATIONS = Counter("notifications", "People told of something that concerns them")
POOL = Gauge("pool_connections", "Connections to the database: open, and of these in use", "state", "database")
SOCKETS = Gauge("sockets", "Open sockets of the live service")


def collect(name: str, collector: Collector) -> None:
    """Ask `collector` whenever somebody looks at the metrics; a second one of the same name takes its place."""
    _collectors[name] = collector


def share() -> None:
    """Count together with the other processes of this server: call it before these are made."""
    if _shared.is_shared:
        return
    if not os.environ.get(FOLDER):
        remove_abandoned()
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)
        atexit.register(_remove, os.environ[FOLDER], os.getpid())
    _shared.held = _hold(Path(os.environ[FOLDER]))
    values.MmapedDict = ReservedCounts  # prometheus_client has no other way to name it
    values.ValueClass = values.MultiProcessValue()
    _shared.registry = CollectorRegistry()
    _shared.generation += 1
    _shared.is_shared = True


def _hold(folder: Path) -> IO[bytes]:
    """Say that this process, and those it will make, use the folder: until the last of them has ended."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = (folder / IN_USE).open("wb")
            fcntl.flock(file, fcntl.LOCK_SH)
            if os.fstat(file.fileno()).st_nlink:
                return file
            file.close()
        # Another server that starts took the folder for abandoned, in the moment before it was held.


def remove_abandoned() -> None:
    """Remove the folders of servers that were killed: nobody is left who holds them."""
    for marker in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{IN_USE}"):
        with contextlib.suppress(OSError), marker.open("rb") as file:  # in use, or of another user
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(marker.parent, ignore_errors=True)


def forget_process(pid: int) -> None:
    """A process has ended: its states count no more, its counts stay."""
    if _shared.is_shared:
        with contextlib.suppress(OSError):
            mark_process_dead(pid, os.environ[FOLDER])


def _remove(folder: str, made_by: int) -> None:
    """Remove the folder with the last server that uses it: one that was restarted handed it to its successor."""
    others = {int(found[1]) for path in Path(folder).glob("*.db") if (found := re.search(r"_(\d+)\.db$", path.name))}
    if os.getpid() == made_by and not any(_runs(pid) for pid in others - {made_by}):
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() if Path("/proc").is_dir() else True


def exposition(db: Session | None) -> bytes:
    """Everything in Prometheus' text format; `db` None leaves out what the database would have to tell."""
    if _shared.is_shared:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, os.environ[FOLDER])
    else:
        registry = _shared.registry
    text = prometheus_client.generate_latest(registry)
    if db is None:
        return text
    states = CollectorRegistry()
    states.register(_States(db))
    return text + prometheus_client.generate_latest(states)


class _States:
    """The figures of all collectors, as `prometheus_client` wants them."""

    def __init__(self, db: Session):
        self.db = db

    def describe(self) -> list[Any]:
        """Nothing is known beforehand."""
        return []

    def collect(self) -> Iterable[Any]:
        """Ask each collector."""
        for collector in list(_collectors.values()):
            for figure in collector(self.db):
                names = sorted({name for labels, _value in figure.values for name in labels})
                family = GaugeMetricFamily(f"myplatform_{figure.name}", figure.meaning, labels=names)
                for labels, value in figure.values:
                    family.add_metric([labels.get(name, "") for name in names], value)
                yield family
