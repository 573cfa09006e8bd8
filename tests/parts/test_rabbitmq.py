"""Jobs through RabbitMQ: what it does otherwise than Redis, and what is seen when it is wrong, hangs or is killed."""

from __future__ import annotations

import shutil
import signal
import zipfile
from contextlib import contextmanager

import pytest
from redis import Redis
from sqlalchemy import select

from myplatform.database import open_session
from myplatform.models.jobs import DONE, Worker
from myplatform.parts import jobs_celery
from myplatform.parts.jobs_celery import CeleryJobs
from tests.cli.test_check_parts import SiteOnDisk
from tests.conftest import ON_ONE_DATABASE
from tests.faults.test_jobs import machine
from tests.parts.test_jobs_carriers import queue_of, waiting
from tests.servers import free_port

SECRET = "p%40ss%2Fword"
"""The password as it stands in the URL."""


@pytest.fixture
def disk(tmp_path, sqlite_template):
    shutil.copy(sqlite_template, tmp_path / "site.sqlite")
    return SiteOnDisk(tmp_path)


def test_a_probe_says_what_answers_and_leaves_nothing(rabbitmq_server, valkey_server):
    assert CeleryJobs(rabbitmq_server.url(), "probed").probe().startswith("RabbitMQ ")
    host = ("-p", rabbitmq_server.HOST, "name")
    assert "probed" not in rabbitmq_server.control("list_queues", *host)
    assert CeleryJobs(valkey_server.url, "probed").probe().startswith("Valkey ")
    with Redis.from_url(valkey_server.url) as server:
        assert server.keys("*probed*") == []


@pytest.fixture
def frozen(rabbitmq_server):
    """Lets the broker hang at once; it goes on when the test is over."""
    yield lambda: rabbitmq_server.send_signal(signal.SIGSTOP)
    rabbitmq_server.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("step", ["before", "behind the greeting"])
def test_a_broker_that_hangs_is_given_up_in_time(rabbitmq_server, frozen, monkeypatch, step):
    monkeypatch.setattr(jobs_celery, "SECONDS", 0.2)
    carrier = CeleryJobs(rabbitmq_server.url(), "hanging")
    greeted = carrier._connected

    @contextmanager
    def then_frozen():
        with greeted() as connection:
            frozen()
            yield connection

    if step == "before":
        frozen()
    else:
        monkeypatch.setattr(carrier, "_connected", then_frozen)
    for ask in (carrier.probe, lambda: carrier.hand_over([1])):
        with pytest.raises(Exception, match="timed out"):
            ask()
        rabbitmq_server.send_signal(signal.SIGCONT)
        if step == "before":
            frozen()
    with pytest.raises(ConnectionError, match="a moment ago"):
        carrier.hand_over([1])


def test_certificates_are_checked_and_those_of_other_hosts_refused(rabbitmq_server):
    assert CeleryJobs(rabbitmq_server.url_with_tls(), "tls").probe().startswith("RabbitMQ ")
    CeleryJobs(rabbitmq_server.url_with_tls(), "tls").hand_over([1])
    with pytest.raises(Exception, match=r"Hostname mismatch|doesn't match"):
        CeleryJobs(rabbitmq_server.url_with_tls("localhost"), "tls").probe()
    with pytest.raises(Exception, match="certificate verify failed"):
        CeleryJobs(rabbitmq_server.url_with_tls().partition("?")[0], "tls").probe()


def test_a_check_says_what_is_wrong_with_a_broker(rabbitmq_server, disk):
    assert disk.write(f"jobs.url = {rabbitmq_server.url()}").check()["tried"]["jobs"].startswith("RabbitMQ ")
    wrong = {
        rabbitmq_server.url(password="another-word"): "Login was refused",
        rabbitmq_server.url(host="nowhere"): "vhost nowhere not found",
        f"amqp://us:another-word@127.0.0.1:{free_port()}/": "Connection refused",
    }
    for url, why in wrong.items():
        done = disk.write(f"jobs.url = {url}").run("check")
        assert "PRT030" in done.output
        assert why in done.output
        assert "another-word" not in done.output
    said = disk.write("jobs.url = amqps://us:another-word@h/v?ca=company.pem").run("config", "check")
    assert said.exit_code == 78
    assert "relative to where the program starts" in said.output
    assert "another-word" not in said.output


def test_no_bundle_for_those_who_help_has_its_password(rabbitmq_server, disk):
    bundle = disk.folder / "bundle.zip"
    disk.write(f"jobs.url = {rabbitmq_server.url()}")
    done = disk.run("support-bundle", "--yes", str(bundle))
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(bundle) as written:
        whole = "".join(written.read(name).decode() for name in written.namelist())
    assert "jobs: RabbitMQ " in whole
    assert "jobs.url = amqp://" in whole
    assert rabbitmq_server.PASSWORD not in whole
    assert SECRET not in whole


@ON_ONE_DATABASE
def test_a_site_without_its_broker_is_degraded_and_goes_on(rabbitmq_server, make_site):
    for url, status in {rabbitmq_server.url(): "fine", f"amqp://127.0.0.1:{free_port()}/": "degraded"}.items():
        assert make_site(**{"jobs.url": url}).browser().get("/readyz", status=200).json["status"] == status


def listeners(carrier):
    """How many workers the broker has messages for."""
    with carrier.app.connection_for_read() as connection:
        return queue_of(carrier, connection).queue_declare().consumer_count


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_broker_is_killed_while_jobs_run_and_wait(site, tmp_path, rabbitmq_server, monkeypatch):
    """A worker reads what arrives while it works: RabbitMQ drops one that reads nothing for half an hour."""
    database = site.registry["settings"]["database.url"]
    with machine(tmp_path, database, rabbitmq_server.url(), monkeypatch) as here:
        carrier = here.registry["jobs"]
        here.start("worker", "--no-beat")
        here.start("beat")
        running = here.ask("running")
        here.until((tmp_path / "begun-1").exists)
        jobs = [running, here.ask("first"), here.ask("second")]
        unread = ("list_queues", "-p", rabbitmq_server.HOST, "name", "messages")
        here.until(lambda: f"{carrier.queue}\t0" in rabbitmq_server.control(*unread))
        rabbitmq_server.stop()
        jobs.append(here.ask("while-it-was-away"))
        rabbitmq_server.start()
        (tmp_path / "go").touch()
        here.until(lambda: all(here.row(each).state == DONE for each in jobs))
        assert here.groups() == ["first", "running", "second", "while-it-was-away"]
        here.until(lambda: listeners(carrier) == 1)
        carrier._again_at = 0.0
        carrier.hand_over([running])  # there is nothing to do, but it is read over the new connection
        here.until(lambda: waiting(carrier) == 0)
        with open_session(here.registry["session_factory"]) as db:
            assert sorted(db.execute(select(Worker.runs)).scalars()) == ["jobs", "schedules"]
