"""Jobs: asked for in a transaction, taken by one worker at a time, done once or given up with a reason."""

import datetime as dt
import importlib
import threading
from pathlib import Path

import pytest
from pyramid.config import Configurator
from sqlalchemy import select, update

from myplatform import migrating, start
from myplatform.actions import file_texts, holding, job_keeping, job_leases
from myplatform.actions.holding import contents_kept
from myplatform.actions.jobs import cancel_job, enqueue, retry_job
from myplatform.actions.modes import end_mode, set_mode
from myplatform.errors import Conflict, Invalid, Unavailable
from myplatform.identity import SYSTEM
from myplatform.jobs import registry as kinds
from myplatform.jobs import running
from myplatform.jobs.measuring import figures
from myplatform.jobs.running import run_one
from myplatform.jobs.working import Workers
from myplatform.models import FileText, Group, Job, Schedule, User
from myplatform.models.clock import database_now
from myplatform.models.jobs import CANCELLED, DONE, FAILED, RUNNING, WAITING
from myplatform.parts import site_mark
from myplatform.parts.jobs_celery import CeleryJobs
from myplatform.queries.nodes import entry_of, node_by_path
from myplatform.queries.search import search
from myplatform.settings import from_values
from tests.conftest import ON_ONE_DATABASE, somebody
from tests.sample import put_file
from tests.servers import free_port, wait_for

JOBS = Job.__table__


def ask(site, kind="write", arguments=None, by=SYSTEM, **others):
    with site.session() as db:
        return enqueue(db, kind, arguments or {}, by=by, **others)


def set_row(site, job_id, **values):
    with site.session() as db:
        db.execute(update(JOBS).where(JOBS.c.id == job_id).values(**values))


def groups(site):
    with site.session() as db:
        return sorted(db.execute(select(Group.name)).scalars())


def write(job):
    with job.session() as db:
        job.result = {"made": job.arguments["name"]}
        db.add(Group(name=job.arguments["name"], title=job.by.name))


def test_a_job_exists_if_and_only_if_what_asked_for_it_is_kept(site, add_job):
    add_job("write", write)
    with site.registry["session_factory"]() as db:
        enqueue(db, "write", {"name": "lost"}, by=SYSTEM)
        db.rollback()
    assert not run_one(site.registry, "w")
    job_id = ask(site, arguments={"name": "kept"}, title="A title")
    assert site.job(job_id).state == WAITING
    assert run_one(site.registry, "w")
    row = site.job(job_id)
    assert (row.state, row.result, row.worker, row.attempts) == (DONE, {"made": "kept"}, "w", 1)
    assert row.created_at <= row.started_at <= row.ended_at
    assert groups(site) == ["kept"]
    assert not run_one(site.registry, "w")


def test_of_equal_jobs_one_waits_or_runs(site, add_job):
    add_job("write", write)
    first = ask(site, arguments={"name": "a"}, unique_key="one")
    assert ask(site, arguments={"name": "b"}, unique_key="one") == first
    assert run_one(site.registry, "w")
    assert ask(site, arguments={"name": "b"}, unique_key="one") != first


def test_a_kind_that_is_not_known_is_refused_where_it_is_asked_for(site):
    with pytest.raises(LookupError, match="there is no job 'wash'"):
        ask(site, "wash")


def test_what_is_to_run_later_waits(site, add_job):
    add_job("write", write)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    job_id = ask(site, arguments={"name": "a"}, run_at=later)
    assert not run_one(site.registry, "w")
    set_row(site, job_id, run_at=database_now(-1))
    assert run_one(site.registry, "w")


def test_a_job_is_taken_by_one_of_many(site, add_job):
    begun, go_on = threading.Event(), threading.Event()
    ran = []

    def slow(job):
        ran.append(job.id)
        begun.set()
        assert go_on.wait(20)

    add_job("slow", slow)
    job_id = ask(site, "slow")
    thread = threading.Thread(target=run_one, args=(site.registry, "first"))
    thread.start()
    assert begun.wait(20)
    assert not run_one(site.registry, "second")
    assert not run_one(site.registry, "second", job_id=job_id)
    go_on.set()
    thread.join()
    assert ran == [job_id]
    assert site.job(job_id).state == DONE


def test_who_lost_the_lease_keeps_nothing(site, add_job):
    """The first worker was thought dead, the second has done the job: what the first then does is not kept."""

    def overtaken(job):
        if job.attempt == 1:
            set_row(site, job.id, leased_until=database_now(-1))
            with site.session() as db:
                job_keeping.sweep(db)
            assert run_one(site.registry, "second")
        write(job)

    add_job("write", overtaken)
    job_id = ask(site, arguments={"name": "once"})
    assert run_one(site.registry, "first")
    row = site.job(job_id)
    assert (row.state, row.worker, row.attempts, row.lease) == (DONE, "second", 2, 2)
    assert groups(site) == ["once"]


def test_steps_are_kept_unless_the_lease_is_lost(site, add_job):
    def stepping(job):
        with job.step() as db:
            db.add(Group(name="step", title="x"))
        set_row(site, job.id, lease=job.lease + 1)
        with job.step() as db:
            db.add(Group(name="late", title="x"))

    add_job("write", stepping)
    ask(site)
    assert run_one(site.registry, "w")
    assert groups(site) == ["step"]


def test_there_is_one_last_transaction(site, add_job):
    def twice(job):
        for _ in range(2):
            with job.session():
                pass

    add_job("write", twice)
    job_id = ask(site)
    run_one(site.registry, "w")
    assert site.job(job_id).state == DONE  # by the first


def test_what_fails_is_tried_again_later_and_then_given_up(site, add_job):
    secret = "hunter2-in-a-message"

    def failing(_job):
        raise ValueError(secret)

    add_job("write", failing, attempts=2)
    job_id = ask(site, unique_key="u")
    assert run_one(site.registry, "w")
    row = site.job(job_id)
    assert (row.state, row.attempts) == (WAITING, 1)
    assert row.run_at > row.created_at + dt.timedelta(seconds=4)
    assert not run_one(site.registry, "w")
    set_row(site, job_id, run_at=database_now(-1))
    assert run_one(site.registry, "w")
    row = site.job(job_id)
    assert (row.state, row.attempts, row.unique_key) == (FAILED, 2, None)
    assert row.reason.startswith("Something went wrong")
    assert row.fault.startswith("ValueError in _run")
    assert secret not in f"{row.reason} {row.fault}"


def test_what_a_person_has_to_mend_is_not_tried_again(site, add_job):
    def refused(_job):
        raise Invalid.one("name", "is taken")

    add_job("write", refused)
    job_id = ask(site)
    run_one(site.registry, "w")
    row = site.job(job_id)
    assert (row.state, row.reason, row.attempts) == (FAILED, "name: is taken", 1)


def test_a_part_that_is_away_costs_no_attempt(site, add_job):
    def away(job):
        if len(seen) < job.arguments["times"]:
            seen.append(job.attempt)
            raise Unavailable("the bucket does not answer")
        write(job)

    seen = []
    add_job("away", away, attempts=2)
    job_id = ask(site, "away", {"name": "x", "times": 4})
    for _ in range(5):
        set_row(site, job_id, run_at=database_now())
        assert run_one(site.registry, "w")
    row = site.job(job_id)
    assert (row.state, row.attempts, seen) == (DONE, 1, [1] * 4)


def test_delays_grow_differ_and_are_bounded():
    assert {job_leases.delay_after(3) for _ in range(9)} != {job_leases.delay_after(3)}
    assert 20 <= job_leases.delay_after(3) <= 60
    assert job_leases.delay_after(30) <= 1.5 * job_leases.LONGEST_DELAY


def test_a_job_runs_as_who_asked_with_what_they_may_when_it_runs(site, add_job):
    seen = []
    add_job("look", lambda job: seen.append(job.by))
    site.user("ada", is_admin=True)
    with site.session() as db:
        user = db.query(User).filter_by(name="ada").one()
        enqueue(db, "look", {}, by=somebody("ada", is_admin=True))
        user.is_admin = False
    run_one(site.registry, "w")
    assert (seen[0].name, seen[0].is_admin, seen[0].via[:4]) == ("ada", False, "job:")
    job_id = ask(site, "look", by=somebody("ada"))
    with site.session() as db:
        db.query(User).filter_by(name="ada").one().disabled_at = dt.datetime.now(dt.UTC)
    run_one(site.registry, "w")
    row = site.job(job_id)
    assert len(seen) == 1
    assert (row.state, row.reason) == (FAILED, "The account that asked for it is disabled.")


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_runs_at_its_next_step(site, add_job):
    def cancelled_meanwhile(job):
        with site.session() as db:
            cancel_job(db, job.id, by=SYSTEM)
        assert job.cancelled.wait(20)  # the heartbeat sees it
        job.progress(1, 2)

    add_job("write", cancelled_meanwhile)
    waiting = ask(site)
    with site.session() as db:
        cancel_job(db, waiting, by=SYSTEM)
    assert not run_one(site.registry, "w")
    running = ask(site)
    assert run_one(site.registry, "w")
    assert site.job(waiting).state == site.job(running).state == CANCELLED
    with pytest.raises(Conflict), site.session() as db:
        cancel_job(db, running, by=SYSTEM)


def test_what_failed_can_be_tried_again_and_nothing_else(site, add_job):
    add_job("write", write)
    job_id = ask(site, arguments={})
    run_one(site.registry, "w")
    assert site.job(job_id).state == WAITING
    with pytest.raises(Conflict), site.session() as db:
        retry_job(db, job_id, by=SYSTEM)
    set_row(site, job_id, state=FAILED, attempts=5, arguments={"name": "x"})
    with site.session() as db:
        retry_job(db, job_id, by=SYSTEM)
    assert run_one(site.registry, "w")
    assert site.job(job_id).state == DONE


def test_progress_is_seen_while_it_runs(site, add_job):
    def watched(job):
        job.progress(3, 9, "three")
        wait_for(lambda: site.job(job.id).done == 3)
        row = site.job(job.id)
        assert (row.state, row.total, row.progress) == (RUNNING, 9, "three")

    add_job("write", watched)
    job_id = ask(site)
    run_one(site.registry, "w")
    assert (site.job(job_id).state, site.job(job_id).done) == (DONE, 9)


def test_a_worker_that_dies_again_and_again_does_not_go_on_for_ever(site, add_job):
    add_job("write", write, attempts=2)
    job_id = ask(site, arguments={"name": "x"})
    for attempt in (1, 2):
        with site.session() as db:
            assert job_leases.claim(db, "w", {"write": None}, seconds=-1).attempts == attempt
            lost = job_keeping.sweep(db)
        assert lost == ([job_id] if attempt == 1 else [])
    row = site.job(job_id)
    assert (row.state, row.fault) == (FAILED, "the worker was lost")


def test_what_nobody_took_is_handed_over_again_but_not_at_once(site, add_job):
    add_job("write", write)
    job_id = ask(site, arguments={"name": "x"})
    with site.session() as db:
        assert job_keeping.sweep(db) == []
    set_row(site, job_id, hand_over_at=database_now(-1))
    with site.session() as db:
        assert job_keeping.sweep(db) == [job_id]
        assert job_keeping.sweep(db) == []


def test_so_many_of_a_kind_run_at_once(site, add_job):
    add_job("write", write, at_once=1)
    for name in ("a", "b"):
        ask(site, arguments={"name": name})
    with site.session() as db:
        first = job_leases.claim(db, "w", {"write": 1}, seconds=60)
    assert not run_one(site.registry, "w")
    with site.session() as db:
        job_leases.release(db, first.id, first.lease)
    assert run_one(site.registry, "w")
    assert site.job(first.id).attempts == 1  # giving it back did not count


def test_what_is_done_every_day_is_asked_for_once_by_many_workers(site, add_job):
    add_job("write", write, every=dt.timedelta(days=1))
    kind = [kinds.job_kind("write")]
    with site.session() as db:
        job_keeping.ask_for_due(db, kind)
        assert db.query(Job).count() == 0
        db.query(job_keeping.Schedule).update({"next_at": database_now(-1)})
    for _ in range(2):
        with site.session() as db:
            job_keeping.ask_for_due(db, kind)
    with site.session() as db:
        assert [job.asked_by for job in db.query(Job)] == ["system"]


def test_old_jobs_are_forgotten_what_failed_later(site, add_job):
    add_job("write", write)
    ids = {state: ask(site) for state in (DONE, FAILED, CANCELLED, WAITING)}
    for state, job_id in ids.items():
        set_row(site, job_id, state=state, ended_at=database_now(-20 * 86400) if state != WAITING else None)
    with site.session() as db:
        assert job_keeping.forget(db, days=14) == 2
    with site.session() as db:
        assert {job.id for job in db.query(Job)} == {ids[FAILED], ids[WAITING]}


def signs_of_life(site):
    """Whether each worker that says it is there has a process, and what it runs."""
    with site.session() as db:
        return [(each.pid > 0, each.runs) for each in db.query(job_keeping.Worker)]


def test_threads_of_the_process_take_what_is_asked_for(site, add_job):
    add_job("write", write)
    workers = Workers(site.registry, threads=2)
    workers.start()
    try:
        ids = [ask(site, arguments={"name": f"g{number}"}) for number in range(5)]
        wait_for(lambda: all(site.job(each).state == DONE for each in ids))
        wait_for(lambda: signs_of_life(site) == [(True, "jobs schedules")])
    finally:
        workers.stop()
    assert groups(site) == [f"g{number}" for number in range(5)]
    with site.session() as db:
        assert db.query(job_keeping.Worker).count() == 0


def test_a_job_that_hangs_is_given_up_and_another_thread_takes_the_place_of_its(site, add_job, monkeypatch, caplog):
    monkeypatch.setattr(running, "GRACE", 0.01)
    monkeypatch.setattr(running, "MOST_BETWEEN", 0.02)
    let_go = threading.Event()

    def stuck(job):
        assert let_go.wait(20)
        write(job)

    add_job("stuck", stuck, timeout=0.05, attempts=2)
    add_job("write", write)
    job_id = ask(site, "stuck", {"name": "too late"})
    workers = Workers(site.registry, threads=1)
    workers.start()
    try:
        wait_for(lambda: site.job(job_id).fault is not None)
        row = site.job(job_id)
        assert (row.state, row.attempts, row.worker, row.fault.split()[0]) == (WAITING, 1, None, "TimedOut")
        (hung,) = site.registry["running_jobs"].values()
        wait_for(hung.hangs.is_set)
        other = ask(site, arguments={"name": "in time"})
        wait_for(lambda: (workers.leave_behind_what_hangs(), site.job(other).state == DONE)[1])
        set_row(site, job_id, run_at=database_now())
        site.registry["jobs"].wake.set()
        wait_for(lambda: site.job(job_id).state == FAILED)
        assert site.job(job_id).reason == "It took longer than it may."
    finally:
        let_go.set()
        workers.stop()
    assert groups(site) == ["in time"]
    assert "stuck (" in caplog.text  # the function in which it was


def test_what_no_message_came_for_is_found_and_never_more_runs_than_may(site, add_job, monkeypatch):
    """As in a worker whose broker is away: one thread looks by itself, others would be called with what arrives."""
    at_work, most = [], []

    def count(job):
        at_work.append(job.id)
        most.append(len(at_work))
        write(job)
        at_work.remove(job.id)

    add_job("count", count)
    ids = [ask(site, "count", {"name": f"g{number}"}) for number in range(6)]
    monkeypatch.setitem(site.registry, "jobs", CeleryJobs(f"redis://127.0.0.1:{free_port()}/0", "site"))
    workers = Workers(site.registry, threads=1, at_once=1)
    workers.start()
    try:
        arrived = [threading.Thread(target=workers.work, args=[each]) for each in ids]
        for each in arrived:
            each.start()
        wait_for(lambda: all(site.job(each).state == DONE for each in ids))
        for each in arrived:
            each.join()
    finally:
        workers.stop()
    assert groups(site) == [f"g{number}" for number in range(6)]
    assert max(most) == 1


def test_a_worker_that_ends_gives_its_job_back(site, add_job):
    begun = threading.Event()

    def long(job):
        begun.set()
        while job.attempt == 1:
            job.progress(1)
        write(job)

    add_job("write", long)
    job_id = ask(site, arguments={"name": "x"})
    workers = Workers(site.registry, threads=1)
    workers.start()
    assert begun.wait(20)
    workers.stop()
    row = site.job(job_id)
    assert (row.state, row.attempts, row.worker) == (WAITING, 0, None)


@pytest.mark.parametrize("mode", ["read_only", "maintenance"])
def test_workers_wait_while_the_site_is_closed_and_give_back_what_runs(site, add_job, mode):
    begun = threading.Event()

    def long(job):
        begun.set()
        while job.arguments["name"] == "long" and not is_open:
            job.progress(1)
        write(job)

    is_open = []
    add_job("write", long)
    add_job("daily", write, every=dt.timedelta(days=1))
    long_id = ask(site, arguments={"name": "long"})
    runs = threading.Thread(target=run_one, args=(site.registry, "w"))
    runs.start()
    assert begun.wait(20)
    with site.session() as db:
        set_mode(db, mode, reason="It moves", until=None, by=SYSTEM)
    runs.join(20)
    assert (site.job(long_id).state, site.job(long_id).attempts) == (WAITING, 0)
    assert not run_one(site.registry, "w")
    Workers(site.registry, threads=0).keep_house()
    with site.session() as db:
        assert db.execute(select(Schedule.__table__)).all() == []
        end_mode(db, mode, by=SYSTEM)
    is_open.append(True)
    assert run_one(site.registry, "w")
    assert groups(site) == ["long"]


def test_jobs_are_taken_while_a_backup_keeps_all_contents(site, add_job):
    add_job("write", write, at_once=1)
    ask(site, arguments={"name": "x"})
    with contents_kept(site.registry["engine"]):
        assert run_one(site.registry, "w")


def test_every_advisory_lock_has_a_number_of_its_own():
    numbers = [holding.LOCK, job_leases.CLAIMS, migrating.LOCK, start.LOCK]
    assert len(set(numbers)) == len(numbers)


@ON_ONE_DATABASE
def test_savepoints_hand_nothing_over(site, add_job, monkeypatch):
    add_job("write", write)
    handed = []
    monkeypatch.setattr(site.registry["jobs"], "hand_over", handed.extend)
    with site.session() as db:
        with db.begin_nested():
            job_id = enqueue(db, "write", {}, by=SYSTEM)
        assert handed == []
    assert handed == [job_id]


@ON_ONE_DATABASE
def test_a_carrier_that_is_down_harms_nothing(site, add_job, monkeypatch):
    def broken(_ids):
        raise ConnectionError

    add_job("write", write)
    monkeypatch.setattr(site.registry["jobs"], "hand_over", broken)
    assert site.job(ask(site)).state == WAITING


def test_metrics_count_jobs_by_state_and_age(site, add_job):
    add_job("write", write)
    ids = [ask(site) for _ in range(3)]
    set_row(site, ids[0], state=RUNNING, started_at=database_now(-50))
    set_row(site, ids[1], state=FAILED)
    set_row(site, ids[2], run_at=database_now(-100))
    with site.session() as db:
        made = list(figures(db))
    found = {each.name: {tuple(labels.values()): value for labels, value in each.values} for each in made}
    assert found["jobs"] == {(RUNNING,): 1, (FAILED,): 1, (WAITING,): 1}
    assert 49 < found["jobs_oldest_seconds"][(RUNNING,)] < 90
    assert 99 < found["jobs_oldest_seconds"][(WAITING,)] < 140
    assert found["job_workers"] == {(): 0}


def test_all_processes_of_a_site_call_it_the_same():
    told = (
        "postgresql+psycopg://web:secret@db:5432/site?sslmode=verify-full",
        "postgresql+psycopg://jobs:other@db:5432/site?application_name=worker",
        "postgresql+psycopg://web:secret@db:5432/another",
        "postgresql+psycopg://web:secret@other:5432/site",
    )
    first, second, another, elsewhere = (site_mark(from_values({"database.url": url})) for url in told)
    assert first == second
    assert len({first, another, elsewhere}) == 3


def test_the_job_of_the_manual(site, add_job, monkeypatch):
    """The example of `docs/extending.md`."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "docs" / "examples")
    counting = importlib.import_module("counting")
    config = Configurator(registry=site.registry)
    config.add_directive("add_job", lambda _config, *args, **options: add_job(*args, **options))
    config.include(counting)
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave")
    job_id = ask(site, "count_pages", {"path": "/handbook"})
    assert run_one(site.registry, "w")
    assert (site.job(job_id).state, site.job(job_id).result) == (DONE, {"counts": {"nodes": 1}})
    with site.session() as db:
        assert entry_of(db, node_by_path(db, "/handbook")).values["body"] == "1 pages"


def test_what_is_tidied_every_day_and_long_files_are_jobs(site, monkeypatch):
    monkeypatch.setattr(file_texts, "READ_AT_ONCE", 10)
    put_file(site, "/", "long.txt", b"giraffes and zebras")
    with site.session() as db:
        assert db.query(FileText).count() == 0
        assert [job.kind for job in db.query(Job)] == ["read_text"]
    assert run_one(site.registry, "w")
    with site.session() as db:
        assert [hit.node.title for hit in search(db, SYSTEM, "giraffes").hits] == ["long.txt"]
    job_id = ask(site, "tidy")
    assert run_one(site.registry, "w")
    assert site.job(job_id).result["counts"]["nodes"] == 0
