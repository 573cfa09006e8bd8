"""Exports as jobs: a zip in the file store, which whoever asked can download for a day."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from tempfile import TemporaryFile

from sqlalchemy.orm import Session

from ..actions.bulk import chosen
from ..languages import mark
from ..permissions import Permission
from ..queries.nodes import NodeRow
from ..transfer.zipping import zip_of
from .job import RunningJob
from .registry import JobKind


def export_zip(job: RunningJob) -> None:
    """Write the nodes `ids`, with all below them that whoever asked may see, into a zip called `name`."""
    settings, files = job.registry["settings"], job.registry["files"]
    limits = {"most_bytes": settings["files.zip_max_size"], "most_nodes": settings["files.zip_max_count"]}
    with job.step(writes=False) as db:
        nodes = _nodes(db, job)
        is_place = len(nodes) == 1 and nodes[0].kind != "file"
        made = zip_of(db, files, nodes, by=job.by, whole=is_place, **limits)
    with closing(made), TemporaryFile() as zipped:
        for piece in made:
            zipped.write(piece)
            job.progress(made.sent, len(made.entries))
        size = zipped.tell()
        zipped.seek(0)
        stored = files.put(zipped, size)
    job.result = {"sha256": stored.sha256, "size": stored.size, "file_name": f"{job.arguments['name']}.zip"}


def _nodes(db: Session, job: RunningJob) -> Sequence[NodeRow]:
    return chosen(db, job.arguments["ids"], Permission.VIEW, by=job.by)


JOBS = (JobKind("export_zip", export_zip, mark("Export"), attempts=3),)
