"""Jobs as those see them who asked for them; administrators see all."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ..errors import Missing
from ..fields import Choice, DateTime, Integer, Text
from ..identity import Identity
from ..models import Job, Worker
from ..models.clock import database_now
from ..models.jobs import OPEN_STATES, STATES
from .accounts import has_words
from .listing import Collection, Column, Listing, Page
from .paging import page_of

JOB_ROWS = Job.__table__
DOWNLOADABLE = dt.timedelta(days=1)
"""How long what a job made can be downloaded; the bytes are tidied away after that."""

MOST_SILENT = 90
"""Seconds after its last sign of life until a worker no longer counts as one that lives."""


JOBS = Collection.of(
    Column.named("id", JOB_ROWS.c.id, Integer("Id")),
    Column.named("kind", JOB_ROWS.c.kind, Text("Kind")),
    Column.named("title", JOB_ROWS.c.title, Text("Title")),
    Column.named("state", JOB_ROWS.c.state, Choice("State", options=STATES)),
    Column.named("user", JOB_ROWS.c.asked_by, Text("User")),
    Column.named("attempts", JOB_ROWS.c.attempts, Integer("Attempts")),
    Column.named("created", JOB_ROWS.c.created_at, DateTime("Asked for")),
    Column.named("run_at", JOB_ROWS.c.run_at, DateTime("Not before")),
    Column.named("started", JOB_ROWS.c.started_at, DateTime("Started"), nullable=True),
    Column.named("ended", JOB_ROWS.c.ended_at, DateTime("Ended"), nullable=True),
    sort=(("id", True),),
)


def jobs_page(db: Session, asker: Identity, listing: Listing, *, everybodys: bool) -> Page:
    """One page of rows of jobs: the asker's own, or `everybodys`, which the caller has made sure of."""
    statement: Select[Any] = select(*JOB_ROWS.c)
    if not everybodys:
        statement = statement.where(JOB_ROWS.c.asked_by == asker.name)
    if listing.words:
        statement = statement.where(has_words(listing.words, JOB_ROWS.c.title, JOB_ROWS.c.kind, JOB_ROWS.c.asked_by))
    return page_of(db, statement, JOBS, listing)


def job_of(db: Session, asker: Identity, job_id: int, *, everybodys: bool) -> Row[Any]:
    """A job that the asker asked for, or anybody did with `everybodys`. Raises `Missing`."""
    statement = select(*JOB_ROWS.c).where(JOB_ROWS.c.id == job_id)
    if not everybodys:
        statement = statement.where(JOB_ROWS.c.asked_by == asker.name)
    row = db.execute(statement).one_or_none()
    if row is None:
        raise Missing
    return row


def last_job(db: Session, kind: str) -> Row[Any] | None:
    """The job of a kind that was asked for last, by whomever; None where there is none."""
    statement = select(*JOB_ROWS.c).where(JOB_ROWS.c.kind == kind).order_by(JOB_ROWS.c.id.desc()).limit(1)
    return db.execute(statement).one_or_none()


def made_by(row: Row[Any], *, now: dt.datetime) -> dict[str, Any] | None:
    """The file that a job made, as long as it can be downloaded: its `sha256`, `size` and `file_name`."""
    result = row.result or {}
    if "sha256" not in result or row.ended_at is None or now - row.ended_at > DOWNLOADABLE:
        return None
    return {**result, "media_type": "application/zip"}


def count_by_state(db: Session) -> dict[str, int]:
    """How many jobs are in each state that there are some in."""
    counted = select(JOB_ROWS.c.state, func.count()).group_by(JOB_ROWS.c.state)
    return dict(db.execute(counted).all())


def oldest_open(db: Session) -> dict[str, dt.datetime]:
    """Since when the longest waiting job is due, and since when the longest running one runs."""
    since = func.min(func.coalesce(JOB_ROWS.c.started_at, JOB_ROWS.c.run_at))
    statement = select(JOB_ROWS.c.state, since).where(
        JOB_ROWS.c.state.in_(OPEN_STATES), JOB_ROWS.c.run_at <= database_now()
    )
    return dict(db.execute(statement.group_by(JOB_ROWS.c.state)).all())


def live_workers(db: Session) -> list[Row[Any]]:
    """The processes that said lately that they run jobs or see to schedules, the oldest first."""
    workers = Worker.__table__
    seen = workers.c.seen_at > database_now(-MOST_SILENT)
    return list(db.execute(select(*workers.c).where(seen).order_by(workers.c.started_at, workers.c.name)))
