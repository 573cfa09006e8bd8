"""Figures about jobs for whoever watches the site: how many are in each state, how old the oldest are, who works."""

from __future__ import annotations

from collections.abc import Iterable

from pyramid.config import Configurator
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import metrics
from ..metrics import Figure
from ..models.clock import database_now
from ..models.jobs import FAILED, OPEN_STATES
from ..queries.jobs import count_by_state, live_workers, oldest_open


def figures(db: Session) -> Iterable[Figure]:
    """Asked of the database when somebody looks at the metrics."""
    counts, oldest = count_by_state(db), oldest_open(db)
    now = db.execute(select(database_now())).scalar_one()
    states = (*OPEN_STATES, FAILED)
    yield Figure("jobs", "Jobs by state", [({"state": state}, counts.get(state, 0)) for state in states])
    ages = [({"state": state}, max(0.0, (now - since).total_seconds())) for state, since in oldest.items()]
    yield Figure("jobs_oldest_seconds", "Since when the oldest waiting job is due, the oldest running one runs", ages)
    yield Figure("job_workers", "Processes that run jobs or see to schedules", [({}, len(live_workers(db)))])


def includeme(_config: Configurator) -> None:
    """Let the metrics have them."""
    metrics.collect("jobs", figures)
