"""Many at once: editors of one page, a large change while others read, two migrations, clocks that disagree."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from myplatform.actions import bulk
from myplatform.actions.jobs import enqueue
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.migrating import head_revision
from myplatform.queries.nodes import node_by_path
from tests import servers
from tests.faults.comparing import jobs_gone_wrong, jobs_left, lost
from tests.faults.ledger import Ledger
from tests.faults.machine import PROGRAM
from tests.faults.people import API, Crowd, FormEditor, Kept, Maker, Reader, RestEditor, patiently, sign_in

from .conftest import IS_LONG

EDITORS = 200 if IS_LONG else 40
ROWS = 10_000 if IS_LONG else 100
PATIENCE = 15
SHIFTED = Path(__file__).with_name("shifted.py")


def test_of_everybody_who_edits_one_page_each_wins_or_is_told(here):
    ledger, kept = Ledger(), Kept()
    made = here.program().ask("POST", f"{API}/", body={"kind": "page", "title": "One page", "body": "Begun."}).json()

    def edit(number):
        client = here.program(ledger)
        tag = patiently(lambda: client.ask("GET", API + made["path"])).headers["ETag"]
        words = f"Editor {number} was here."
        sent = {"If-Match": tag}
        answer = patiently(lambda: client.ask("PATCH", API + made["path"], body={"body": words}, headers=sent))
        if answer.status == 200:
            kept.edit(made["path"], answer.json()["version"], words)
        return answer.status

    with ThreadPoolExecutor(EDITORS) as pool:
        statuses = list(pool.map(edit, range(EDITORS)))
    versions = kept.edits[made["path"]]
    assert ledger.failed == []
    assert set(statuses) <= {200, 412}
    assert sorted(versions) == list(range(2, statuses.count(200) + 2))
    newest = here.program().ask("GET", API + made["path"]).json()
    assert (newest["version"], newest["body"]) == (max(versions), versions[max(versions)])
    assert lost(here.program(), kept) == []


def people(client, department):
    """Have a job import so many people into the directory, or edit all of them; what the job counted."""
    rows = "".join(f"Person {number},{number % 50 + 18},{department}\n" for number in range(ROWS))
    sent = {"body": f"name,age,department\n{rows}", "headers": {"Content-Type": "text/csv"}}
    job = f"/api/v1/jobs/{client.ask('POST', f'{API}/desk/@import', **sent).json()['id']}"
    servers.wait_for(lambda: client.ask("GET", job).json()["state"] not in ("waiting", "running"), 300)
    return client.ask("GET", job).json()["result"]["counts"]


def meanwhile(here, ledger, kept, page, counted, seen):
    """Others: one counts, one reads, one edits something else."""
    crowd, program, browser = Crowd(), here.program(ledger), here.browser(ledger)
    sign_in(browser, "reader")
    crowd.add(lambda: seen.add(program.ask("GET", f"{API}{counted}&count=true&limit=1").json()["total"]))
    crowd.add(Reader(browser, ["/", "/shelf", "/-/search?q=person"], 2).step)
    crowd.add(RestEditor(here.program(ledger), kept, [page], "Ada").step)
    return crowd


def test_readers_see_a_large_change_whole_or_not_at_all(here):
    """Everybody in a directory is edited, and then the directory is moved, while others read and edit."""
    client, ledger, kept = here.program(), Ledger(), Kept()
    for kind, title in (("people", "Desk"), ("folder", "Shelf")):
        client.ask("POST", f"{API}/", body={"kind": kind, "title": title})
    page = client.ask("POST", f"{API}/", body={"kind": "page", "title": "Meanwhile", "body": "x"}).json()["path"]
    assert people(client, "HR")["created"] == ROWS

    seen = set()
    crowd = meanwhile(here, ledger, kept, page, "/desk/@items?department=HR", seen)
    servers.wait_for(lambda: seen == {ROWS})
    assert people(client, "IT")["changed"] == ROWS
    servers.wait_for(lambda: 0 in seen)
    crowd.stop()
    assert seen == {0, ROWS}

    seen = set()
    crowd = meanwhile(here, ledger, kept, page, "/shelf/@items?depth=all&kind=employee", seen)
    servers.wait_for(lambda: seen == {0})
    with open_session(here.registry["session_factory"]) as db:
        bulk.move_many(db, [node_by_path(db, "/desk").id], to=node_by_path(db, "/shelf"), by=SYSTEM)
    servers.wait_for(lambda: ROWS in seen)
    crowd.stop()
    assert seen == {0, ROWS}

    assert ledger.failed == []
    assert not ledger.announced
    assert max(ledger.seconds) < PATIENCE
    assert lost(client, kept) == []


def test_of_two_migrations_at_once_the_second_waits(here):
    here.cluster.psql("CREATE DATABASE fresh")
    environment = here.machine.environment | {"DATABASE_URL": here.cluster.database("fresh")}
    command = [PROGRAM, "-c", "site.ini", "migrate"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    options = {"cwd": here.folder, "env": environment, **pipes}
    both = [subprocess.Popen(command, **options) for _ in range(2)]
    told = [each.communicate(timeout=60)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    found = here.cluster.server.psql("\\c fresh\nSELECT version_num FROM alembic_version;")
    assert head_revision() in found


SHIFTS = (("+3h", "-3h", "+3h"), ("-60d", "+60d", "-3h"), ("+60d", "+60d", "+60d"), (None, None, None))
"""How far the clocks of a web server and of two workers are from the time that it is, one after the other."""


def begin_anew(here, clocks):
    """End the server and both workers, and begin those that are named with their clocks, None for a right one."""
    with ThreadPoolExecutor() as pool:
        ended = set(pool.map(here.machine.end, {"web", "worker", "other worker"} & here.machine.processes.keys()))
    assert ended <= {0, -signal.SIGTERM}  # as one does that has hardly begun
    for name, shift in clocks.items():
        prefix = () if shift is None else (sys.executable, str(SHIFTED), shift)
        if name == "web":
            here.machine.start("web", "serve", "--listen", f"127.0.0.1:{here.ports['web']}", prefix=prefix)
        else:
            here.machine.start(name, "worker", prefix=prefix)
    here.machine.until_answers("web", f"{here.base}/healthz")


@pytest.fixture
def clocks(here):
    """Sets the clocks of the server and of two workers wrong; they are right again for the next test."""
    yield lambda shifts: begin_anew(here, dict(zip(("web", "worker", "other worker"), shifts, strict=True)))
    begin_anew(here, {"web": None, "worker": None})


def test_clocks_that_jump_and_disagree_change_nothing(here, clocks):
    """Leases, schedules, sessions and signs of life are measured by the clock of the database alone."""
    ledger, kept = Ledger(), Kept()
    program, browser = here.program(ledger), here.browser(ledger)
    sign_in(browser, "ada")
    program.ask("POST", f"{API}/", body={"kind": "folder", "title": "Clocks"})
    page = program.ask("POST", f"{API}/clocks", body={"kind": "page", "title": "Seen", "body": "x"}).json()["path"]
    thrown_away = program.ask("POST", f"{API}/clocks", body={"kind": "page", "title": "Thrown away"}).json()["path"]
    program.ask("DELETE", API + thrown_away)
    maker = Maker(program, kept, "/clocks", seed=3)
    for number, shifts in enumerate(SHIFTS if IS_LONG else SHIFTS[1::2]):
        clocks(shifts)
        crowd = Crowd()
        crowd.add(FormEditor(browser, kept, [page], f"Ada {number}").step, pause=0.05)
        for each in range(4):
            maker.job(f"clock-{number}-{each}")
        kept.wait_for_more(10)
        with open_session(here.registry["session_factory"]) as db:
            enqueue(db, "tidy", {}, by=SYSTEM)
        servers.wait_for(lambda: jobs_left(program) == 0, 60)
        servers.wait_for(lambda: jobs_gone_wrong(here.program(expected=(404,)), kept) == [], 60)
        crowd.stop()
    assert ledger.failed == []
    assert not ledger.announced
    assert lost(here.program(), kept) == []
    attempts = [program.ask("GET", f"/api/v1/jobs/{job}").json()["attempts"] for job in kept.jobs.values()]
    assert attempts == [1] * len(kept.jobs)
    assert "Thrown away" in [each["title"] for each in program.ask("GET", "/api/v1/trash").json()["items"]]
