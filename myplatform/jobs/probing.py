"""The job that does nothing: `myplatform check` asks for it to see that somebody does what is asked for."""

from __future__ import annotations

from ..languages import mark
from .job import RunningJob
from .registry import JobKind


def probe(_job: RunningJob) -> None:
    """Nothing: that it was done is the point."""


JOBS = (JobKind("probe", probe, mark("Test of the workers"), attempts=1),)
