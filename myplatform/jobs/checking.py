"""The checks of `myplatform check --production` as a job, so that administrators can ask for them in the browser."""

from __future__ import annotations

import time

from ..actions.bookkeeping import CHECK, note_operation
from ..checks import PARTS, PRODUCTION, Examination, Found, findings
from ..languages import mark
from ..scrubbing import SCRUBBER
from .job import RunningJob
from .registry import JobKind

KIND = "check_site"
MOST_KEPT = 200
"""Findings that are kept; a site with more has other worries."""


def check_site(job: RunningJob) -> None:
    """Try every part and look at every setting, from where the worker is; keep what was found for the system page."""
    began = time.monotonic()
    examination = Examination(job.registry, path=job.registry["settings"].file, in_job=True)
    found = [_kept(each) for each in findings(examination, {PARTS, PRODUCTION}, job.progress)]
    told = {
        "findings": found[:MOST_KEPT],
        "tried": dict(sorted(examination.tried.items())),
        "not_tried": dict(sorted(examination.skipped.items())),
        "seconds": round(time.monotonic() - began, 1),
    }
    with job.session() as db:
        note_operation(db, CHECK, **told)
        job.result = {"counts": {"problems": sum(not each["silenced"] for each in found)}}


def _kept(found: Found) -> dict[str, str]:
    """A finding as it is kept, without secrets; `silenced` is the reason, or empty."""
    document = found.document()
    return document | {"what": SCRUBBER.text(document["what"]), "silenced": found.silenced}


JOBS = (JobKind(KIND, check_site, mark("Check of the site"), attempts=1, at_once=1),)
