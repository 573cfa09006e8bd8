"""Jobs while workers, the broker and web processes are killed: nothing is lost, nothing is done twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from myplatform import make_config
from myplatform.actions.jobs import enqueue
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.jobs import registry as kinds
from myplatform.jobs import running
from myplatform.models import Group, Job
from myplatform.models.clock import database_now
from myplatform.models.jobs import DONE, RUNNING, WAITING
from myplatform.settings import load
from tests import servers
from tests.conftest import ON_ONE_DATABASE
from tests.faults.conftest import IN_LONG_FORM

PLUG_IN = """
import threading
from pathlib import Path
from myplatform.jobs import running
from myplatform.models import Group

def slow(job):
    folder = Path(job.arguments["folder"])
    (folder / f"begun-{job.attempt}").touch()
    while not (folder / "go").exists():
        job.progress(1, 2, "waiting")
        job.cancelled.wait(0.02)
    with job.session() as db:
        db.add(Group(name=job.arguments["name"], title="made"))

def stuck(job):
    (Path(job.arguments["folder"]) / f"stuck-{job.attempt}").touch()
    if job.attempt == 1:
        threading.Event().wait()
    with job.session() as db:
        db.add(Group(name=job.arguments["name"], title="made"))

def includeme(config):
    running.GRACE = running.MOST_BETWEEN = 0.1
    config.add_job("slow", slow)
    config.add_job("stuck", stuck, timeout=0.5)
"""
INI = """\
[app:main]
use = egg:myplatform
pyramid.includes = slow_jobs
database.url = {database}
files.url = file://{folder}/files
jobs.url = {jobs}
jobs.lease = 20s
jobs.sweep = 1s
help.import = false

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:0

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = line
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = line
[formatter_line]
format = %(levelname)s %(message)s
"""
DIES = """
import os, signal, sys
from myplatform import make_config
from myplatform.actions.jobs import enqueue
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.settings import load

config = make_config(load("site.ini"))
config.commit()
config.registry["jobs"].hand_over = lambda ids: os.kill(os.getpid(), signal.SIGKILL)
with open_session(config.registry["session_factory"]) as db:
    enqueue(db, "slow", {"folder": sys.argv[1], "name": "asked-by-the-dead"}, by=SYSTEM)
"""


class Machine:
    """A site of its own whose processes can be started and killed."""

    def __init__(self, folder: Path, database: str, jobs: str):
        self.folder = folder
        (folder / "slow_jobs.py").write_text(PLUG_IN)
        (folder / "site.ini").write_text(INI.format(database=database, folder=folder, jobs=jobs))
        config = make_config(load(str(folder / "site.ini")))
        config.commit()
        self.registry = config.registry
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A `myplatform` command."""
        program = str(Path(sys.executable).with_name("myplatform"))
        return self._start(program, "-c", "site.ini", *command)

    def run(self, script: str) -> int:
        """A Python program that is waited for."""
        return self._start(sys.executable, "-c", script, str(self.folder)).wait(30)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join((str(self.folder), os.environ.get("PYTHONPATH", "")))
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | {"PYTHONPATH": paths}, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def ask(self, name: str, kind: str = "slow") -> int:
        """Ask for a job that makes a group of that name, once."""
        with open_session(self.registry["session_factory"]) as db:
            return enqueue(db, kind, {"folder": str(self.folder), "name": name}, by=SYSTEM)

    def row(self, job_id: int):
        """The job as it is kept."""
        with open_session(self.registry["session_factory"], writes=False) as db:
            return db.execute(select(Job.__table__).where(Job.id == job_id)).one()

    def time_goes_by(self, which, *columns: str) -> None:
        """Let that come for some jobs now which these columns put off."""
        with open_session(self.registry["session_factory"]) as db:
            db.execute(update(Job).where(which).values(**dict.fromkeys(columns, database_now())))

    def until(self, condition) -> None:
        """Wait until the condition holds."""
        over = threading.Event()
        timer = threading.Timer(40, over.set)
        timer.start()
        try:
            while not condition():
                assert not over.wait(0.05), (self.folder / "log").read_text()[-3000:]
        finally:
            timer.cancel()

    def groups(self) -> list[str]:
        """The names of all groups."""
        with open_session(self.registry["session_factory"], writes=False) as db:
            return sorted(db.execute(select(Group.name)).scalars())

    def close(self) -> None:
        """End what still runs."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.registry["engine"].dispose()


@contextlib.contextmanager
def machine(folder, database, jobs, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "slow_jobs", raising=False)
    monkeypatch.setattr(kinds, "_kinds", {})
    for name in ("GRACE", "MOST_BETWEEN"):
        monkeypatch.setattr(running, name, getattr(running, name))  # the plug-in makes them shorter, here too
    made = Machine(folder, database, jobs)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module", params=["valkey", pytest.param("rabbitmq", marks=IN_LONG_FORM)])
def broker(request):
    """A server and its URL. Of RabbitMQ, which is slow to start, tests/parts has a short form."""
    if request.param == "rabbitmq":
        with servers.own_rabbitmq() as server:
            yield server, server.url()
    else:
        with servers.own_valkey() as server:
            yield server, server.url


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_worker_broker_and_web_process_are_killed(site, tmp_path, broker, monkeypatch):
    """`site` empties the database and fills it."""
    database = site.registry["settings"]["database.url"]
    server, url = broker
    with machine(tmp_path, database, url, monkeypatch) as here:
        first = here.start("worker")
        job = here.ask("done-once")
        here.until(lambda: (tmp_path / "begun-1").exists() and here.row(job).progress == "waiting")
        first.kill()
        first.wait()
        assert here.row(job).state == RUNNING  # nobody knows yet
        here.time_goes_by(Job.id == job, "leased_until")
        second = here.start("worker")
        here.until((tmp_path / "begun-2").exists)
        (tmp_path / "go").touch()
        here.until(lambda: here.row(job).state == DONE)
        assert here.row(job).attempts == 2
        assert here.groups() == ["done-once"]

        server.stop()
        lost = here.ask("asked-while-the-broker-was-down")  # answers all the same, and workers look by themselves
        here.until(lambda: here.row(lost).state == DONE)
        server.start()

        assert here.run(DIES) == -signal.SIGKILL
        here.time_goes_by(Job.state == WAITING, "hand_over_at")
        names = ["asked-by-the-dead", "asked-while-the-broker-was-down", "done-once"]
        here.until(lambda: here.groups() == names)

        stuck = here.ask("stuck-once", "stuck")
        here.until((tmp_path / "stuck-1").exists)
        third = here.start("worker")  # takes nothing yet: what is given back waits for a while
        assert second.wait(20) == os.EX_TEMPFAIL  # it cannot end what hangs in it but with itself
        assert here.row(stuck).state == WAITING
        assert here.row(stuck).fault.startswith("TimedOut")
        here.time_goes_by(Job.id == stuck, "run_at", "hand_over_at")
        here.until(lambda: here.row(stuck).state == DONE)
        assert here.groups() == [*names, "stuck-once"]
        third.terminate()
        assert third.wait(20) == 0


@ON_ONE_DATABASE
def test_the_server_that_runs_jobs_itself_is_killed(site, tmp_path, monkeypatch):
    database = site.registry["settings"]["database.url"]
    with machine(tmp_path, database, "thread:", monkeypatch) as here:
        first = here.start("serve")
        job = here.ask("done-once")
        here.until((tmp_path / "begun-1").exists)
        first.kill()
        first.wait()
        here.time_goes_by(Job.id == job, "leased_until")
        second = here.start("serve")
        here.until((tmp_path / "begun-2").exists)
        second.terminate()  # told to end, it gives its job back
        second.wait(20)
        here.until(lambda: here.row(job).state == WAITING)
        assert here.row(job).attempts == 1
        (tmp_path / "go").touch()
        here.until(lambda: running.run_one(here.registry, "somebody else"))
        assert here.row(job).state == DONE
        assert here.groups() == ["done-once"]
