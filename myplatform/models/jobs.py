"""Jobs: what is to be done outside of a request, one row each, and the workers that do it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Json

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
STATES = (WAITING, RUNNING, DONE, FAILED, CANCELLED)
OPEN_STATES = (WAITING, RUNNING)


class Job(Base):
    """One thing to be done by a worker, in the transaction of whatever asked for it.

    A worker that takes it gets a lease, which it renews while it works, and a number of that lease: whoever has not the
    newest number can commit nothing for the job. `unique_key` is held from the request to the end, so that of equal
    jobs one waits or runs. Times are the database's.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state", "state", "run_at"),
        Index("ix_jobs_asked_by", "asked_by", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    asked_by: Mapped[str] = mapped_column(comment="name of a user, or of the site itself")
    scopes: Mapped[str | None] = mapped_column(comment="of the token that asked; null: all that the user may")
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=WAITING)
    run_at: Mapped[dt.datetime] = mapped_column(comment="not before")
    hand_over_at: Mapped[dt.datetime] = mapped_column(comment="when the sweep hands it over again")
    attempts: Mapped[int] = mapped_column(default=0)
    most_attempts: Mapped[int] = mapped_column(default=1)
    lease: Mapped[int] = mapped_column(default=0, comment="number of the newest lease")
    leased_until: Mapped[dt.datetime | None]
    worker: Mapped[str | None]
    done: Mapped[int] = mapped_column(default=0, comment="of `total`, how far it is")
    total: Mapped[int] = mapped_column(default=0)
    progress: Mapped[str] = mapped_column(default="", comment="what it is at, for people")
    result: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(comment="why it failed, for people")
    fault: Mapped[str | None] = mapped_column(comment="the same for those who look after the site: no values")
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    cancel_asked_at: Mapped[dt.datetime | None]


class Schedule(Base):
    """When something that is done again and again was last asked for."""

    __tablename__ = "job_schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime]


class Worker(Base):
    """A process that runs jobs, as long as it says so."""

    __tablename__ = "job_workers"

    name: Mapped[str] = mapped_column(primary_key=True, comment='"host:pid:random"')
    host: Mapped[str]
    pid: Mapped[int]
    runs: Mapped[str] = mapped_column(comment='"jobs", "schedules" or both')
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
