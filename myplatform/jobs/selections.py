"""Many things at once as a job: moved, copied, trashed, restored or deleted for good, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..actions import bulk
from ..languages import mark
from ..queries.nodes import node_by_id
from .job import RunningJob
from .registry import JobKind

WORK: dict[str, Callable[..., Any]] = {
    "move": bulk.move_many,
    "copy": bulk.copy_many,
    "trash": bulk.trash_many,
    "restore": bulk.restore_many,
    "purge": bulk.purge_many,
}


def change_selection(job: RunningJob) -> None:
    """Do `what` with the nodes `ids`, moving or copying them into the place `to`; the result names the change."""
    given = job.arguments
    with job.session() as db:
        place = {} if given.get("to") is None else {"to": node_by_id(db, given["to"])}
        done = WORK[given["what"]](db, given["ids"], by=job.by, progress=job.progress, **place)
        if isinstance(done, bulk.Done):
            job.result = {"change": done.change, "counts": {"nodes": len(done.nodes)}}
        else:
            job.result = {"counts": {"nodes": done}}


JOBS = (JobKind("change_selection", change_selection, mark("Many things at once"), attempts=3),)
