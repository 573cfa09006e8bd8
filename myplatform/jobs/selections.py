"""Many things at once as a job: moved, copied, trashed, restored or deleted for good, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from ..actions import bulk
from ..actions.selections import rename_one
from ..languages import mark
from ..queries.nodes import node_by_id
from .job import RunningJob
from .registry import JobKind

WORK: dict[str, Callable[..., Any]] = {
    "move": bulk.move_many,
    "rename": rename_one,
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
        options = dict(given.get("options", {}))
        if versions := options.get("expected_versions"):  # JSON has texts as keys
            options["expected_versions"] = {int(node_id): version for node_id, version in versions.items()}
        told = _counted(job) if given["what"] == "copy" else job.progress
        done = WORK[given["what"]](db, given["ids"], by=job.by, progress=told, **place, **options)
        if isinstance(done, bulk.Done):
            job.result = {"change": done.change, "counts": {"nodes": len(done.nodes)}}
        else:
            job.result = {"counts": {"nodes": done}}


def _counted(job: RunningJob) -> Callable[[int, int], None]:
    """Progress over all copies, where each of the chosen things tells of its own."""
    numbers, total = count(), job.arguments.get("count", 0)
    return lambda _done, _total: job.progress(next(numbers), total)


JOBS = (JobKind("change_selection", change_selection, mark("Many things at once"), attempts=3),)
