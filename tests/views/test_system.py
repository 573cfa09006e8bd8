"""The system page of administration: what runs, what the last check found, and asking for one."""

from __future__ import annotations

from types import SimpleNamespace

from sqlalchemy import select, update

from myplatform.actions.bookkeeping import BACKUP, CHECK, note_operation
from myplatform.actions.jobs import enqueue
from myplatform.checks import PRODUCTION, Check, Finding, Severity
from myplatform.condition import ask_for_check
from myplatform.jobs.running import run_one
from myplatform.models import Job
from myplatform.models.jobs import DONE, FAILED, RUNNING
from myplatform.queries.site_values import site_values
from tests.conftest import somebody
from tests.views.conftest import form_to

URL = "/-/admin/system"
SILENT = {"id": "ACM2", "severity": "note", "title": "Chairs are warm", "what": "cold", "where": "", "mend": "heat"}


def kept(site, **told):
    with site.session() as db:
        note_operation(db, CHECK, **({"findings": [], "tried": {}, "not_tried": {}, "seconds": 0.4} | told))


def test_before_the_first_check_it_shows_what_runs(site, ada):
    page = ada.get(URL)
    assert "has not been checked yet" in page.html.select_one("#job-state [role=status]").text
    assert "Nobody runs jobs" in page
    facts = page.html.select_one("dl.facts").text
    assert "Python 3" in facts
    assert "never" in facts
    assert page.html.select_one(".tabs [aria-current=page]").text == "System"


def test_it_shows_how_far_a_check_of_this_process_is(site, ada, monkeypatch):
    with site.session() as db:
        job_id = ask_for_check(db, by=somebody("ada"))
        db.execute(update(Job).where(Job.id == job_id).values(state=RUNNING, lease=41, done=1, total=9))
    monkeypatch.setitem(site.registry, "running_jobs", {(job_id, 41): SimpleNamespace(far=(7, 9, "Parts"))})
    assert ada.get(f"{URL}/state").html.select_one("progress")["value"] == "7"


def test_asking_for_a_check_and_what_it_finds(site, ada, monkeypatch):
    def chairs(_examination):
        yield Finding("some wobble at postgresql://ada:a-Canary-9@db/x", "the hall", "buy others")

    checks = {"ACM1": Check("ACM1", Severity.WARNING, "Chairs stand", chairs, PRODUCTION)}
    monkeypatch.setitem(site.registry, "checks", checks)
    page = form_to("/check", ada.get(URL)).submit().follow()
    assert page.request.path == URL
    state = page.html.select_one("#job-state")
    assert state["data-job-state"] == f"{URL}/state"
    assert "waits for a worker" in state.text
    assert not page.html.select("form[action$='/check']")
    assert run_one(site.registry, "w")
    page = ada.get(f"{URL}/state")
    assert "data-job-state" not in page.html.select_one("#job-state").attrs
    assert "1 thing is not as it should be" in page
    row = page.html.select_one("tbody tr")
    assert [row.select_one(".chip").text, row.select_one(".title").text] == ["Warning", "Chairs stand"]
    assert "the hall" in row.text
    assert "buy others" in row.text
    assert "a-Canary-9" not in page
    assert page.headers["Cache-Control"] == "no-store"


def test_the_worst_comes_first_and_the_silenced_apart(site, ada):
    bad = SILENT | {"id": "ACM3", "severity": "error", "title": "The roof is tight", "silenced": ""}
    kept(
        site,
        findings=[SILENT | {"id": "ACM1", "silenced": ""}, SILENT | {"silenced": "summer"}, bad],
        tried={"database": "SQLite"}, not_tried={"PRT090": "no url", "PRT091": "no url"},
    )
    with site.session() as db:
        note_operation(db, BACKUP)
    page = ada.get(URL)
    assert [each.text for each in page.html.select("tbody .faint")] == ["ACM3", "ACM1"]
    assert "1 finding is silenced" in page
    assert "summer" in page
    assert "no url: PRT090, PRT091" in page
    assert page.html.select_one("dl.facts").get_text(" ") == "database SQLite"
    assert page.html.select("dl.facts")[1].select("time")


def test_one_check_at_a_time_whoever_asks(site, db):
    first = ask_for_check(db, by=somebody("ada"))
    assert ask_for_check(db, by=somebody("cy")) == first


def test_a_check_that_did_not_end_is_told(site, ada):
    with site.session() as db:
        job_id = enqueue(db, "check_site", {}, by=somebody("ada"))
        db.query(Job).filter_by(id=job_id).update({"state": FAILED, "reason": "It burnt."})
    assert "It burnt." in ada.get(URL).html.select_one(".callout.bad").text


def test_nobody_else_sees_it(site, bob):
    bob.get(URL, status=403)
    bob.get(f"{URL}/state", status=403)
    bob.post(f"{URL}/check", status=(400, 403))


def test_the_checks_themselves_run_as_a_job(site):
    with site.session() as db:
        job_id = ask_for_check(db, by=somebody("ada"))
    site.user("ada", is_admin=True)
    assert run_one(site.registry, "w")
    with site.session() as db:
        assert db.execute(select(Job.state).filter_by(id=job_id)).scalar_one() == DONE
        report = site_values(db)[1][CHECK]
    ids = {each["id"] for each in report["findings"]}
    assert ids
    assert not ids & {"PRT001", "PRT004", "PRT050"}
    assert "database" in report["tried"]
