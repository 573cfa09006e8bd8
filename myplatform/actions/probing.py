"""Rows that checks of the running site write, find again and remove; nothing else reads or keeps them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ..account_secrets import new_secret
from ..models import Job, SiteValue, utc_now
from ..queries.site_values import NEVER
from .bookkeeping import PROBE

jobs = Job.__table__
values = SiteValue.__table__
ABANDONED = dt.timedelta(hours=1)
"""After so long nobody looks for a row any more."""


def write_probe(db: Session) -> str:
    """Write a row that only whoever writes the database can know of; returns its secret."""
    _forget_abandoned(db)
    secret = new_secret()
    db.execute(insert(values).values(key=PROBE + secret, value={"is": utc_now().isoformat()}, stamp=NEVER))
    return secret


def _forget_abandoned(db: Session) -> None:
    """Remove the rows of checks that were killed."""
    rows = db.execute(select(values.c.key, values.c.value).where(values.c.key.startswith(PROBE))).all()
    for key, value in rows:
        if utc_now() - dt.datetime.fromisoformat(value["is"]) > ABANDONED:
            db.execute(delete(values).where(values.c.key == key))


def is_probe(db: Session, secret: str) -> bool:
    """Whether the row of that secret is there."""
    return db.execute(select(values.c.key).where(values.c.key == PROBE + secret)).first() is not None


def remove_probe(db: Session, secret: str) -> bool:
    """Remove the row; says whether it was there."""
    return bool(db.execute(delete(values).where(values.c.key == PROBE + secret)).rowcount)


def state_of_probe(db: Session, job_id: int) -> str | None:
    """The state of a job that a check asked for."""
    return db.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar()


def remove_job(db: Session, job_id: int) -> None:
    """Remove a job that a check asked for, done or not: a worker that comes too late finds nothing to do."""
    db.execute(delete(jobs).where(jobs.c.id == job_id))
