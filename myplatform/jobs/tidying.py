"""The job of every day: what is overdue removed, files read for search that were not."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from ..actions import tidying
from ..actions.file_texts import Reach, read_missing
from ..languages import mark
from .job import RunningJob
from .registry import JobKind

MOST_READ = 10_000
"""Contents whose words one run reads at most."""


def tidy(job: RunningJob) -> None:
    """Remove what is overdue; read what was uploaded while its words could not be read, each in its own step."""
    settings, files = job.registry["settings"], job.registry["files"]
    reach, read = Reach.of(settings), 0
    while read < MOST_READ:
        with job.step() as db:
            if not read_missing(db, files, reach, limit=1):
                break
        read += 1
        job.progress(read, 0)
    times = {
        "keep_trash": dt.timedelta(days=settings["trash.keep_days"]),
        "session_age": settings["session.max_age"],
        "keep_drafts": dt.timedelta(days=settings["drafts.keep_days"]),
        "keep_notifications": dt.timedelta(days=settings["notifications.keep_days"]),
    }
    with job.session() as db:
        done = tidying.tidy(db, files, by=job.by, **times)
        job.result = {"counts": {**asdict(done), "read": read}}


JOBS = (JobKind("tidy", tidy, mark("Tidying up"), at_once=1, every=dt.timedelta(days=1)),)
