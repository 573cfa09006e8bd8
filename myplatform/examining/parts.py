"""Checks of the parts: cache, jobs, live service, files and mail, each by a real round trip."""

from __future__ import annotations

import datetime as dt
import http.client
import io
import os
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import select

from ..actions.jobs import enqueue
from ..actions.probing import remove_job, state_of_probe
from ..addresses import EVERYWHERE
from ..checks import Check, Examination, Finding, NotTried, Severity
from ..database import open_session
from ..identity import SYSTEM
from ..mail_messages import compose
from ..models import Worker
from ..models.clock import database_now
from ..models.jobs import DONE
from ..parts.jobs import HANDED_OVER
from .database import connected, engine_of, with_tables

SILENT = dt.timedelta(seconds=60)
"""How long a worker that lives may have said nothing, or three of its rounds where that is longer."""
WAIT, LONGEST_WAIT = 15.0, 35.0
"""Seconds in which a worker should have done a job that is none."""
SIZE = 1 << 16


class Seen(NamedTuple):
    """A worker that gave a sign of life lately."""

    host: str
    pid: int
    runs: tuple[str, ...]


def workers_seen(examination: Examination) -> list[Seen]:
    """The workers that live, by the clock of the database."""
    return examination.once("workers", lambda: _workers_seen(examination))


def _workers_seen(examination: Examination) -> list[Seen]:
    table = Worker.__table__
    silent = max(SILENT, 3 * examination.settings["jobs.sweep"])
    with with_tables(examination) as connection:
        wanted = table.c.seen_at > database_now(-silent.total_seconds())
        rows = connection.execute(select(table.c.host, table.c.pid, table.c.runs).where(wanted)).all()
    return [Seen(host, pid, tuple(runs.split())) for host, pid, runs in rows]


def it_answers(family: str) -> Any:
    """A check that a part answers its probe."""

    def run(examination: Examination) -> Iterator[Finding]:
        examination.ask(family, examination.registry[family].probe)
        yield from ()

    return run


def a_worker_lives(examination: Examination) -> Iterator[Finding]:
    """Somebody is there who runs jobs."""
    if examination.registry["jobs"].is_embedded:
        raise NotTried
    seen = [each for each in workers_seen(examination) if "jobs" in each.runs]
    examination.tell("workers", f"{len(seen)} seen in the last minute")
    if not seen:
        yield Finding("no worker gave a sign of life in the last minute")


def a_worker_does_a_job(examination: Examination) -> Iterator[Finding]:
    """Ask for a job that does nothing, and wait until it is done."""
    if examination.in_job:
        examination.tell("a job", "this one, done by a worker")
        return
    if not any("jobs" in each.runs for each in workers_seen(examination)):
        raise NotTried("no worker is there")
    factory = examination.registry["session_factory"]
    sweep = examination.settings["jobs.sweep"].total_seconds()  # after so long it is found if nobody was told of it
    seconds = min(LONGEST_WAIT, max(WAIT, 1.5 * sweep))
    with open_session(factory) as db:
        job_id = enqueue(db, "probe", {}, by=SYSTEM, title="myplatform check")
    try:
        examination.ask("a job", lambda: _done(factory, job_id, seconds))
    finally:
        with open_session(factory) as db:
            db.info.pop(HANDED_OVER, None)
            remove_job(db, job_id)
    yield from ()


def _done(factory: Any, job_id: int, seconds: float) -> str:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        with open_session(factory, writes=False) as db:
            if state_of_probe(db, job_id) == DONE:
                return "done by a worker"
        time.sleep(0.1)
    raise TimeoutError(f"workers live, but did not do a job within {seconds:.0f} s: busy, or not reached")


def the_live_service_answers(examination: Examination) -> Iterator[Finding]:
    """Something that speaks HTTP is where the live service should listen."""
    settings = examination.settings
    if settings["live.listen"] is None or settings["live.url"] == "memory:":
        raise NotTried
    host, _, port = settings["live.listen"].rpartition(":")
    host = "127.0.0.1" if host in EVERYWHERE else host.strip("[]")

    def question() -> str:
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/-/live")
            return f"answers at {host}:{port} ({connection.getresponse().status})"
        finally:
            connection.close()

    examination.ask("live service", question)
    yield from ()


def files_are_kept(examination: Examination) -> Iterator[Finding]:
    """Put a content, open it, remove it."""
    store = examination.store
    content = os.urandom(SIZE)

    def question() -> str:
        stored = store.put(io.BytesIO(content), SIZE)
        try:
            stream = store.open(stored.sha256)
            if stream is None:
                raise LookupError("what was put is not there")
            with stream:
                if stream.read() != content:
                    raise LookupError("other bytes come back than were put")
        finally:
            store.remove(stored.sha256)
        return store.probe()

    examination.ask("files", question)
    yield from ()


def mail_is_taken(examination: Examination) -> Iterator[Finding]:
    """Connect, sign in, ask whether the site may send; and send, where somebody is named."""
    mail = examination.registry["mail"]
    examination.ask("mail", mail.probe)
    if examination.mail_to is None:
        return
    if examination.settings["mail.from"] is None:
        yield Finding("mail.from is not set, so nothing was sent", "mail.from", "mail.from = Intranet <…@…>")
        return
    title = examination.settings["site.title"]
    words = f"This is a test of the mail of {title}, sent by `myplatform check --mail-to`.\n"
    message = compose(examination.settings, to=examination.mail_to, subject=f"Test of the mail of {title}", text=words)
    mail.send(message)
    examination.tell("mail sent", f"to {examination.mail_to}")


def clocks_agree(examination: Examination) -> Iterator[Finding]:
    """Leases, sessions and signatures are told by clocks."""
    engine = engine_of(examination)
    if engine.dialect.name == "postgresql":
        with connected(examination) as connection:
            before = dt.datetime.now(dt.UTC)
            theirs = connection.execute(select(database_now())).scalar_one()
            yield from _compared(examination, "the database", theirs, before)
    if hasattr(examination.store, "clock"):
        before = dt.datetime.now(dt.UTC)
        yield from _compared(examination, "the store of files", examination.store.clock(), before)


def _compared(examination: Examination, whose: str, theirs: dt.datetime, before: dt.datetime) -> Iterator[Finding]:
    """A clock is right if it is not more than two seconds before the question or behind the answer."""
    after = dt.datetime.now(dt.UTC)
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    examination.tell(f"clock of {whose}", f"{seconds:.1f} s off")
    if seconds > MOST_OFF:
        yield Finding(f"the clock of {whose} and that of this machine are {seconds:.1f} s apart")


MOST_OFF = 2.0
"""Seconds that clocks may differ; S3 tells whole seconds."""

CHECKS = (
    Check(
        "PRT020",
        Severity.WARNING,
        "The cache answers",
        it_answers("cache"),
        mend="start the server, or mend cache.url; the site only gets slower",
    ),
    Check(
        "PRT030",
        Severity.ERROR,
        "What carries jobs answers",
        it_answers("jobs"),
        mend="start the broker, or mend jobs.url; jobs wait in the database",
    ),
    Check("PRT031", Severity.ERROR, "A worker is there", a_worker_lives, mend="myplatform -c FILE.ini worker"),
    Check(
        "PRT032",
        Severity.WARNING,
        "Workers do what they are asked for",
        a_worker_does_a_job,
        mend="more workers or more jobs.threads; look at /-/admin/jobs and at the log of the workers",
    ),
    Check(
        "PRT040",
        Severity.WARNING,
        "A ring of the live bus is heard",
        it_answers("live"),
        mend="start the server, or mend live.url; pages learn of changes on reload",
    ),
    Check(
        "PRT041",
        Severity.WARNING,
        "The live service answers",
        the_live_service_answers,
        mend="myplatform -c FILE.ini live; silence this where it runs on another machine",
    ),
    Check(
        "PRT050",
        Severity.ERROR,
        "Files are kept, found and removed",
        files_are_kept,
        mend="start the store, or mend files.url, its keys and its rights",
    ),
    Check(
        "PRT070",
        Severity.ERROR,
        "The mail server takes our mail",
        mail_is_taken,
        mend="mend mail.url and mail.from; the server must let mail.from send",
    ),
    Check(
        "PRT080",
        Severity.WARNING,
        "Clocks agree",
        clocks_agree,
        mend="run chrony or systemd-timesyncd on every machine",
    ),
)
