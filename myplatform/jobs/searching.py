"""Jobs of search: all that is derived from texts made anew, and the words inside of one file read."""

from __future__ import annotations

from sqlalchemy import func, select

from ..actions.derived import derive_some, finish_deriving
from ..actions.file_texts import Reach, index_words, keep_words, read_words
from ..languages import mark
from ..models.node import NODES
from .job import RunningJob
from .registry import JobKind


def reindex(job: RunningJob) -> None:
    """Make anew what search, finding as one types and "linked from" know of every node."""
    with job.step(writes=False) as db:
        total = db.execute(select(func.count()).select_from(NODES)).scalar_one()
    done, last = 0, 0
    while True:
        with job.step() as db:
            ids = derive_some(db, after=last)
        if not ids:
            break
        done, last = done + len(ids), ids[-1]
        job.progress(done, total)
    with job.session() as db:
        finish_deriving(db)
        job.result = {"counts": {"nodes": done}}


def read_text(job: RunningJob) -> None:
    """Read the words of the content `sha256`, which is of `media_type`, and let search find its files by them."""
    sha256 = job.arguments["sha256"]
    files, reach = job.registry["files"], Reach.of(job.registry["settings"])
    reading = read_words(files, sha256, job.arguments["media_type"], reach)
    with job.session() as db:
        keep_words(db, sha256, reading)
        index_words(db, sha256)


JOBS = (
    JobKind("reindex", reindex, mark("Making the search index anew"), at_once=1),
    JobKind("read_text", read_text, mark("Reading the words of a file"), attempts=3),
)
