"""Imports as jobs: pages and files from a zip, people from a CSV file, both uploaded before."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.orm import Session

from ..actions.files import Limits
from ..errors import Missing
from ..languages import gettext as _
from ..languages import mark
from ..queries.nodes import node_by_id, permitted
from ..transfer import pages, people, tables
from ..transfer.report import Report
from ..transfer.unzipping import unzip
from .job import RunningJob
from .registry import JobKind

MOST_REMARKS = 100
"""Remarks of a report that are kept with the job."""


def import_pages(job: RunningJob) -> None:
    """Bring what is in the zip `sha256` to the place `node_id`; the job's result is the report."""
    settings, files = job.registry["settings"], job.registry["files"]
    with TemporaryDirectory(prefix="myplatform-import-") as temporary:
        with _uploaded(job) as stream:
            most = {"most_bytes": settings["files.zip_max_size"], "most_files": settings["files.zip_max_count"]}
            folder = unzip(stream, Path(temporary), **most)
        with job.session() as db:
            path, limits = _path(db, job), Limits.of(settings)
            report = pages.import_pages(db, files, folder, path, by=job.by, limits=limits, progress=job.progress)
            job.result = result_of(report, path)


def import_people(job: RunningJob) -> None:
    """Bring the people in the CSV file `sha256` to the directory `node_id`; the job's result is the report."""
    with _uploaded(job) as stream:
        table = tables.read_table(stream.read(tables.MAX_BYTES + 1), job.arguments["file_name"])
    with job.session() as db:
        path = _path(db, job)
        report = people.import_people(db, table, path, by=job.by, progress=job.progress)
        job.result = result_of(report, path)


def _uploaded(job: RunningJob) -> Any:
    stream = job.registry["files"].open(job.arguments["sha256"])
    if stream is None:
        raise Missing(_("What was uploaded is no longer there. Upload it again."))
    return stream


def _path(db: Session, job: RunningJob) -> str:
    """Where the place is now. Raises `Missing` if whoever asked no longer sees it."""
    node = node_by_id(db, job.arguments["node_id"])
    if not permitted(db, job.by, node.id):
        raise Missing
    return node.path


def result_of(report: Report, path: str) -> dict[str, Any]:
    """A report as it is kept with a job: the counts, and the first of what has to be looked at."""
    counts = {name: len(getattr(report, name)) for name in ("created", "changed", "unchanged", "redirects")}
    remarks = [str(each) for each in sorted(report.problems)[:MOST_REMARKS]]
    counts |= {"problems": len(report.problems), "unresolved": len(report.unresolved)}
    return {"path": path, "counts": counts, "remarks": remarks}


JOBS = (
    JobKind("import_pages", import_pages, mark("Import of pages"), attempts=3),
    JobKind("import_people", import_people, mark("Import of people"), attempts=3),
)
