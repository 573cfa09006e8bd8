"""Jobs in the browser: a page with progress for whoever asked, everybody's for administrators, imports and exports."""

from __future__ import annotations

import io
import zipfile

import pytest
from webtest import Upload

from myplatform.actions.jobs import enqueue
from myplatform.identity import SYSTEM
from myplatform.jobs import registry as kinds
from myplatform.jobs.running import run_one
from myplatform.models import Job
from myplatform.models.clock import database_now
from myplatform.models.jobs import FAILED, RUNNING
from myplatform.queries.nodes import find_by_path
from tests.conftest import ON_ONE_DATABASE, somebody
from tests.views.conftest import form_to


@pytest.fixture
def wash(monkeypatch):
    """A kind of job that does nothing."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.add_job("wash", lambda job: None, label="Washing")


def ask(site, name="ada", kind="wash", **others):
    with site.session() as db:
        return enqueue(db, kind, others.pop("arguments", {}), by=SYSTEM if name is None else somebody(name), **others)


def set_row(site, job_id, **values):
    with site.session() as db:
        db.query(Job).filter_by(id=job_id).update(values)


def set_setting(site, monkeypatch, key, value):
    settings = site.registry["settings"]
    monkeypatch.setattr(settings, "_values", {**settings._values, key: value})


def zipped(**contents):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name, content in contents.items():
            made.writestr(name.replace("__", "/").replace("_md", ".md"), content)
    return written.getvalue()


def test_the_page_of_a_job_from_waiting_to_done(site, ada, wash):
    job_id = ask(site, title="The car")
    page = ada.get(f"/-/jobs/{job_id}")
    assert page.html.h1.text == "Washing: The car"
    assert page.html.select_one("#job-state .chip").text == "Waiting"
    assert page.html.select_one("#job-state")["data-job-state"] == f"/-/jobs/{job_id}/state"
    set_row(site, job_id, state=RUNNING, done=3, total=9, progress="soap")
    part = ada.get(f"/-/jobs/{job_id}/state")
    assert part.html.find("html") is None or part.html.find("h1") is None
    assert (part.html.progress["max"], part.html.progress["value"]) == ("9", "3")
    set_row(site, job_id, state="waiting")
    assert run_one(site.registry, "w")
    page = ada.get(f"/-/jobs/{job_id}")
    assert page.html.select_one("#job-state .chip").text == "Done"
    assert "data-job-state" not in page.html.select_one("#job-state").attrs
    assert "Washing: The car" in ada.get("/-/jobs")


def test_others_see_nothing_of_it(site, ada, bob, wash):
    job_id = ask(site)
    for path in ("", "/state", "/file"):
        bob.get(f"/-/jobs/{job_id}{path}", status=404)
    bob.get("/-/admin/jobs", status=403)
    form = form_to("/cancel", ada.get(f"/-/jobs/{job_id}"))
    bob.post(f"/-/jobs/{job_id}/cancel", {"csrf_token": form["csrf_token"].value}, status=(400, 403, 404))
    assert "no jobs" not in bob.get("/-/jobs")
    own = ask(site, "bob")
    ada.get(f"/-/jobs/{own}", status=200)  # she administers
    bob.get(f"/-/jobs/{own}", status=200)


def test_cancel_and_try_again(site, ada, wash):
    job_id = ask(site)
    page = form_to("/cancel", ada.get(f"/-/jobs/{job_id}")).submit().follow()
    assert page.html.select_one("#job-state .chip").text == "Cancelled"
    page = form_to("/retry", page).submit().follow()
    assert page.html.select_one("#job-state .chip").text == "Waiting"
    assert "Cancelled a job" in ada.get("/-/admin/audit")


def test_administrators_see_why_something_failed(site, ada, wash):
    job_id = ask(site, None)
    set_row(site, job_id, state=FAILED, reason="It did not work.", fault="ValueError in wash", ended_at=database_now())
    ask(site)
    page = ada.get("/-/admin/jobs?state=failed")
    (line,) = page.html.select("#jobs tr")
    assert "ValueError in wash" in line.text
    assert "Nobody runs jobs" in page
    assert form_to(f"/{job_id}/retry", page).submit().status_int == 303
    assert len(ada.get("/-/admin/jobs").html.select("#jobs tr")) == 2
    ada.get("/-/admin/jobs?state=odd", status=(200, 400))


def test_pages_are_imported_from_a_zip(site, ada):
    site.node("/", "folder", "Handbook")
    page = ada.get("/handbook").click("Import and export")
    form = form_to("/@import", page)
    content = zipped(book__leave_md="# Leave\n\nAsk early.", book__deep__more_md="# More")
    form["file"] = Upload("book.zip", content, "application/zip")
    page = form.submit().follow()
    assert page.html.h1.text == "Import of pages: book.zip"
    assert run_one(site.registry, "w")
    page = ada.get(page.request.path)
    assert page.html.select_one("#job-state .chip").text == "Done"
    assert page.click("Go there").html.h1.text == "Handbook"
    assert "Ask early." in ada.get("/handbook/leave")
    ada.get("/handbook/deep/more", status=200)


def test_people_are_imported_from_a_table(site, ada):
    site.node("/", "people", "People")
    form = form_to("/@import", ada.get("/people/@transfer"))
    form["file"] = Upload("p.csv", b"name,department\nAda Example,Sales\n", "text/csv")
    page = form.submit().follow()
    assert run_one(site.registry, "w")
    assert ada.get(page.request.path).html.select_one("#job-state .chip").text == "Done"
    assert "Sales" in ada.get("/people/ada-example")
    form["file"] = Upload("p.csv", b"name,age\nAda Example,old\n", "text/csv")
    page = form.submit().follow()
    assert run_one(site.registry, "w")
    page = ada.get(page.request.path)
    assert page.html.select_one("#job-state .chip").text == "Failed"
    assert 'p.csv:2: column "age"' in page.html.select_one(".as-written").text


def test_what_cannot_be_imported_is_refused_at_once(site, ada):
    site.node("/", "folder", "Handbook")
    form = form_to("/@import", ada.get("/handbook/@transfer"))
    form["file"] = Upload("p.csv", b"name\nAda\n", "text/csv")
    assert "cannot be imported here" in form.submit(status=422)


@ON_ONE_DATABASE
@pytest.mark.parametrize("content", [b"no zip", zipped(**{"..__..__evil_md": "x"}), zipped(), b"PK\x03\x04"])
def test_zips_that_lead_outside_or_are_none_fail_with_a_reason(site, ada, content):
    form = form_to("/@import", ada.get("/@transfer"))
    form["file"] = Upload("evil.zip", content, "application/zip")
    page = form.submit().follow()
    assert run_one(site.registry, "w")
    page = ada.get(page.request.path)
    assert page.html.select_one("#job-state .chip").text == "Failed"
    assert page.html.select_one(".as-written").text


@ON_ONE_DATABASE
def test_a_zip_that_is_too_large_once_unpacked_is_given_up(site, ada, monkeypatch):
    set_setting(site, monkeypatch, "files.zip_max_size", 1000)
    form = form_to("/@import", ada.get("/@transfer"))
    form["file"] = Upload("bomb.zip", zipped(a_md="x" * 2000), "application/zip")
    page = form.submit().follow()
    assert run_one(site.registry, "w")
    assert "larger than the 1,000 bytes" in ada.get(page.request.path)


def test_readers_may_export_what_they_see_and_nobody_else_gets_it(site, ada, bob):
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave", body="Ask early.")
    site.node("/handbook", "page", "Hidden")
    site.grant("/handbook/hidden", inherits=False)
    page = bob.get("/handbook/@transfer")
    assert not [form for form in page.forms.values() if form.action.endswith("/@import")]
    page = form_to("/@export", page).submit().follow()
    assert run_one(site.registry, "w")
    path = page.request.path
    download = bob.get(path).click("Download")
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert zipfile.ZipFile(io.BytesIO(download.body)).namelist() == ["index.md", "leave.md"]
    ada.get(f"{path}/file", status=404)
    job_id = int(path.rpartition("/")[2])
    set_row(site, job_id, ended_at=database_now(-90000))
    bob.get(f"{path}/file", status=404)
    assert "Download" not in bob.get(path).html.select_one("#job-state").text


def test_many_things_become_a_job_that_can_be_undone(site, ada, monkeypatch):
    set_setting(site, monkeypatch, "jobs.inline_things", 2)
    for title in ("Old", "New"):
        site.node("/", "folder", title)
    ids = [site.node("/old", "page", f"Page {number}").node.id for number in range(3)]
    token = ada.get("/").forms
    csrf = next(form["csrf_token"].value for form in token.values() if "csrf_token" in form.fields)
    sent = [("csrf_token", csrf), ("back", "/old"), ("to", "/new"), ("sure", "/new")] + [("node", each) for each in ids]
    page = ada.post("/-/selection/move", sent).follow()
    assert "See how far it is" in page.html.select_one(".toast").text
    job_page = page.click("See how far it is")
    assert run_one(site.registry, "w")
    with site.session() as db:
        assert find_by_path(db, "/new/page-2") is not None
    job_page = ada.get(job_page.request.path)
    assert job_page.html.h1.text == "Many things at once: moving, 3 things"
    form_to("/-/undo", job_page).submit()
    with site.session() as db:
        assert find_by_path(db, "/old/page-2") is not None
    few = [("csrf_token", csrf), ("back", "/old"), ("to", "/new"), ("sure", "/new"), ("node", ids[0])]
    assert "job=" not in ada.post("/-/selection/move", few).location


@pytest.fixture
def full(site, monkeypatch):
    """A folder with more in it than a request does something with; what is taken along counts in full."""
    set_setting(site, monkeypatch, "jobs.inline_things", 2)
    monkeypatch.setattr("myplatform.actions.selections.TAKEN_ALONG", 1)
    site.node("/", "folder", "New")
    site.node("/", "folder", "Old")
    for number in range(3):
        site.node("/old", "page", f"Page {number}", body="Words.")
    return "/old"


def done(site, page, title):
    """The page of the job that the toast leads to, once the job is done."""
    path = page.click("See how far it is").request.path
    assert run_one(site.registry, "w")
    with site.session() as db:
        row = db.get(Job, int(path.rpartition("/")[2]))
        assert (row.title, row.state) == (title, "done")
        return row.result


def paths(site, *asked):
    with site.session() as db:
        return [find_by_path(db, path) is not None for path in asked]


@pytest.mark.parametrize(("view", "sent", "there"), [
    ("@move", {"to": "/new", "title": "Moved", "slug": "moved", "sure": "/new"}, "/new/moved/page-2"),
    ("@rename", {"title": "Old", "slug": "elsewhere"}, "/elsewhere/page-2"),
])
def test_a_place_with_much_in_it_is_moved_by_a_job(site, ada, full, view, sent, there):
    form = form_to(f"/{view}", ada.get(f"{full}/{view}"))
    wrong = ada.post(form.action, {**dict(form.submit_fields()), **sent, "slug": "new/x"}, status=422)
    assert wrong.html.select_one("[name=slug]")["value"] == "new/x"
    page = ada.post(form.action, {**dict(form.submit_fields()), **sent}).follow()
    assert paths(site, f"{full}/page-2") == [True]
    result = done(site, page, "moving, 4 things")
    assert paths(site, f"{full}/page-2", there) == [False, True]
    form_to("/-/undo", ada.get(f"/-/jobs/{latest_job(site)}")).submit()
    assert paths(site, f"{full}/page-2") == [True]
    assert result["counts"] == {"nodes": 1}


def latest_job(site):
    with site.session() as db:
        return db.query(Job.id).order_by(Job.id.desc()).limit(1).scalar()


def test_a_place_with_much_in_it_is_copied_by_a_job_with_progress(site, ada, full):
    form = form_to("/@copy", ada.get(f"{full}/@copy"))
    sent = {**dict(form.submit_fields()), "to": "/new", "title": "Twice", "slug": "twice", "sure": "/new"}
    taken = ada.post(form.action, sent | {"to": "/", "slug": "old"}, status=422)
    assert "already is something called" in taken
    page = ada.post(form.action, sent).follow()
    assert page.request.path == "/new"
    assert done(site, page, "copying, 4 things")["change"]
    assert paths(site, "/new/twice/page-0", "/new/twice/page-2", "/old/page-2") == [True] * 3
    job_id = latest_job(site)
    with site.session() as db:
        assert db.get(Job, job_id).done == 4


def test_a_place_with_much_in_it_is_deleted_for_good_by_a_job(site, ada, full):
    form_to("/@trash", ada.get(full)).submit()
    page = ada.get("/-/trash").click(href="/purge", index=0)
    page = form_to("/purge", page).submit().follow()
    assert done(site, page, "deleting for good, 4 things")["counts"] == {"nodes": 4}
    assert not ada.get("/-/trash").html.select("a[href$='/purge']")


def test_much_that_was_chosen_is_packed_by_a_job_and_little_at_once(site, ada, full):
    token = next(form["csrf_token"].value for form in ada.get("/").forms.values() if "csrf_token" in form.fields)
    with site.session() as db:
        ids = {path: find_by_path(db, path).id for path in (full, f"{full}/page-1")}
    sent = {"csrf_token": token, "back": "/"}
    page = ada.post("/-/selection/zip", {**sent, "node": ids[full]}).follow()
    assert done(site, page, "Old")["file_name"] == "old.zip"
    assert ada.post("/-/selection/zip", {**sent, "node": ids[f"{full}/page-1"]}).content_type == "application/zip"


def test_dropping_a_place_with_much_in_it_becomes_a_job(site, ada, full):
    token = next(form["csrf_token"].value for form in ada.get("/").forms.values() if "csrf_token" in form.fields)
    with site.session() as db:
        node, place = (find_by_path(db, path) for path in (full, "/new"))
    sent = {"csrf_token": token, "back": "/", "node": node.id, "to": place.id, "sure": "y", "script": "1"}
    sent |= {"placed": "1"}
    answer = ada.post("/-/selection/drop", sent | {f"version-{node.id}": node.version}).json
    assert "job=" in answer["go"]
    done(site, ada.get(answer["go"]), "moving, 4 things")
    assert paths(site, "/new/old/page-0") == [True]


def test_the_search_index_is_made_anew_by_one_job_at_a_time(site, ada):
    page = form_to("/reindex", ada.get("/-/admin/jobs")).submit().follow()
    again = form_to("/reindex", ada.get("/-/admin/jobs")).submit().follow()
    assert page.request.path == again.request.path
    assert run_one(site.registry, "w")
    assert ada.get(page.request.path).html.select_one("#job-state .chip").text == "Done"
