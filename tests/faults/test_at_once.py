"""Many at once: editors of one page, a large change while others read, two migrations, clocks that disagree."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from myplatform.actions import bulk
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.migrating import head_revision
from myplatform.queries.nodes import node_by_path
from tests import servers
from tests.faults.comparing import jobs_gone_wrong, lost
from tests.faults.ledger import Ledger
from tests.faults.machine import PROGRAM
from tests.faults.people import API, Crowd, Kept, Maker, Reader, patiently, sign_in

from .conftest import IN_LONG_FORM, IS_LONG

EDITORS = 200 if IS_LONG else 60
ROWS = 10_000 if IS_LONG else 300
PATIENCE = 15
CHILDREN = text("SELECT id FROM nodes WHERE parent_id = :parent AND trash_id IS NULL")


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


def test_readers_see_a_large_change_whole_or_not_at_all(here):
    client = here.program()
    for title in ("Desk", "Shelf"):
        client.ask("POST", f"{API}/", body={"kind": "people", "title": title})
    rows = "".join(f"Person {number},{number % 50 + 18},HR\n" for number in range(ROWS))
    headers = {"Content-Type": "text/csv"}
    job = client.ask("POST", f"{API}/desk/@import", body=f"name,age,department\n{rows}", headers=headers).json()["id"]
    servers.wait_for(lambda: client.ask("GET", f"/api/v1/jobs/{job}").json()["state"] == "done", 300)
    ledger, crowd, seen = Ledger(), Crowd(), set()
    program, browser = here.program(ledger), here.browser(ledger)
    sign_in(browser, "reader")

    def count():
        for name in ("desk", "shelf"):
            seen.add(program.ask("GET", f"{API}/{name}/@items?count=true&limit=1").json()["total"])

    crowd.add(count)
    crowd.add(Reader(browser, ["/desk", "/shelf", "/-/search?q=person"], 2).step)
    with open_session(here.registry["session_factory"]) as db:
        ids = [row.id for row in db.execute(CHILDREN, {"parent": node_by_path(db, "/desk").id})]
        bulk.move_many(db, ids, to=node_by_path(db, "/shelf"), by=SYSTEM)
    after = len(ledger.seconds)
    servers.wait_for(lambda: len(ledger.seconds) > after + 10)
    crowd.stop()
    assert ledger.failed == []
    assert seen == {0, ROWS}
    assert max(ledger.seconds) < PATIENCE


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


@IN_LONG_FORM
def test_processes_whose_clocks_disagree_work_together(here):
    """Leases, schedules and signs of life are measured by the clock of the database alone."""
    if shutil.which("faketime") is None:
        servers.missing("faketime", "apt-get install faketime")
    here.machine.end("worker")
    for shift in ("+3h", "-3h"):
        here.machine.start(f"worker {shift}", "worker", prefix=("faketime", "-f", shift))
    client, ledger, kept = here.program(expected=(404,)), Ledger(), Kept()
    client.ask("POST", f"{API}/", body={"kind": "folder", "title": "Clocks"})
    maker = Maker(here.program(ledger), kept, "/clocks", seed=3)
    for number in range(12):
        maker.job(f"clock-{number}")
    servers.wait_for(lambda: jobs_gone_wrong(client, kept) == [], 60)
    attempts = [client.ask("GET", f"/api/v1/jobs/{job}").json()["attempts"] for job in kept.jobs.values()]
    assert attempts == [1] * 12
    for shift in ("+3h", "-3h"):
        assert here.machine.end(f"worker {shift}") == 0
    here.machine.start("worker", "worker")
