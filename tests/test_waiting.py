"""What works in the background waits while the site is closed or can only be read."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from myplatform.actions.jobs import enqueue
from myplatform.actions.modes import end_mode, set_mode
from myplatform.identity import SYSTEM
from myplatform.jobs.running import run_one
from myplatform.jobs.working import Workers
from myplatform.live.notifying import Notifier
from myplatform.models import Group, Job
from myplatform.models.jobs import DONE, WAITING
from myplatform.queries.jobs import live_workers

JOBS = Job.__table__


def close(site, name):
    with site.session() as db:
        set_mode(db, name, reason="Moving", until=None, by=SYSTEM)


def open_again(site, name):
    with site.session() as db:
        end_mode(db, name, by=SYSTEM)


def ask(site, kind):
    with site.session() as db:
        return enqueue(db, kind, {}, by=SYSTEM)


def write(job):
    with job.session() as db:
        db.add(Group(name="made", title="Made"))


def is_made(site):
    with site.session() as db:
        return db.execute(select(Group.name)).scalars().all() == ["made"]


@pytest.mark.parametrize("name", ["read_only", "maintenance"])
def test_workers_take_nothing_ask_for_nothing_and_show_that_they_live(site, add_job, name):
    add_job("write", write)
    add_job("daily", write, every=dt.timedelta(days=1))
    close(site, name)
    job_id = ask(site, "write")
    workers = Workers(site.registry, threads=0)
    assert not run_one(site.registry, "w")
    assert not run_one(site.registry, "w", job_id=job_id), "nor what a broker brings"
    workers.keep_house()
    with site.session() as db:
        assert db.execute(select(JOBS.c.kind)).scalars().all() == ["write"]
        assert [each.name for each in live_workers(db)] == [workers.name]
    open_again(site, name)
    assert run_one(site.registry, "w", job_id=job_id)
    assert is_made(site)


def test_a_job_that_runs_when_the_site_closes_is_given_back_untried(site, add_job, monkeypatch):
    monkeypatch.setattr("myplatform.jobs.running.MOST_BETWEEN", 0.02)
    begun, attempts = threading.Event(), []

    def long(job):
        attempts.append(job.attempt)
        if len(attempts) == 1:
            begun.set()
            assert job.ending.wait(20)
        write(job)

    add_job("long", long)
    job_id = ask(site, "long")
    thread = threading.Thread(target=run_one, args=(site.registry, "w"))
    thread.start()
    assert begun.wait(20)
    close(site, "read_only")
    thread.join(20)
    row = site.job(job_id)
    assert (row.state, row.attempts, row.leased_until) == (WAITING, 0, None)
    assert not is_made(site)
    open_again(site, "read_only")
    assert run_one(site.registry, "w")
    assert (site.job(job_id).state, attempts) == (DONE, [1, 1])
    assert is_made(site)


def test_the_live_service_reads_no_news_for_people_meanwhile(site, monkeypatch):
    read = []
    monkeypatch.setattr(
        "myplatform.live.notifying.notify_of_changes", lambda _db, **_: (read.append(1), (set(), False))[1]
    )
    with ThreadPoolExecutor(2) as threads:

        async def once():
            return Notifier(site.registry, threads)._read()

        close(site, "read_only")
        assert not threads.submit(asyncio.run, once()).result()
        assert not read
        open_again(site, "read_only")
        threads.submit(asyncio.run, once()).result()
        assert read
