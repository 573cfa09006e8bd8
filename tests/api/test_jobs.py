"""Jobs over REST: one's own, everybody's for administrators; asked for, watched, cancelled, tried again."""

import io
import zipfile

import pytest

from myplatform.actions.sharing import set_grants
from myplatform.identity import SYSTEM
from myplatform.jobs.running import run_one
from myplatform.queries.nodes import node_by_path
from tests.api.conftest import content, problem

JOBS = "/api/v1/jobs"


def asked(api, who="cleo", place="/handbook"):
    answer = getattr(api, who).post(content(f"{place}/@export"), status=202)
    assert answer.headers["Location"].endswith(f"{JOBS}/{answer.json['id']}")
    return answer.json["id"]


def test_an_export_is_asked_for_watched_and_downloaded(api):
    job_id = asked(api)
    job = api.cleo.get(f"{JOBS}/{job_id}").json
    assert (job["kind"], job["state"], job["user"], job["content"]) == ("export_zip", "waiting", "cleo", None)
    assert run_one(api.site.registry, "w")
    job = api.cleo.get(f"{JOBS}/{job_id}").json
    assert (job["state"], job["progress"]["done"], job["progress"]["total"]) == ("done", 2, 2)
    assert job["result"].keys() == {"size", "file_name"}
    packed = zipfile.ZipFile(io.BytesIO(api.cleo.get(job["content"]).body))
    assert sorted(packed.namelist()) == ["index.md", "leave.md"]
    assert api.ada.get(f"{JOBS}/{job_id}").json["content"] is None
    problem(api.ada.get(f"{JOBS}/{job_id}/content", status=404))


def test_everybody_sees_their_own_and_administrators_all(api):
    own, other = asked(api), asked(api, "ben")
    assert [each["id"] for each in api.cleo.get(JOBS).json["items"]] == [own]
    assert [each["id"] for each in api.ada.get(JOBS).json["items"]] == [other, own]
    found = api.ada.get(f"{JOBS}?user=ben&fields=state&count=true").json
    assert (found["items"], found["total"]) == ([{"id": other, "state": "waiting"}], 1)
    problem(api.cleo.get(f"{JOBS}/{other}", status=404))
    problem(api.cleo.post(f"{JOBS}/{other}/cancel", status=404))
    problem(api.cleo.get(f"{JOBS}?odd=1", status=400))
    reading = api.site.client("ada", "read")
    assert reading.get(JOBS).json["items"] == []  # without the scope admin


def test_cancelled_and_tried_again(api):
    job_id = asked(api)
    problem(api.cleo.post(f"{JOBS}/{job_id}/retry", status=409))
    api.cleo.post(f"{JOBS}/{job_id}/cancel", status=204)
    assert api.cleo.get(f"{JOBS}/{job_id}").json["state"] == "cancelled"
    problem(api.cleo.post(f"{JOBS}/{job_id}/cancel", status=409))
    api.cleo.post(f"{JOBS}/{job_id}/retry", status=204)
    assert run_one(api.site.registry, "w")
    assert api.cleo.get(f"{JOBS}/{job_id}").json["state"] == "done"


def test_a_token_that_only_reads_stops_nothing(api):
    job_id, reading = asked(api), api.site.client("cleo", "read")
    assert problem(reading.post(f"{JOBS}/{job_id}/cancel", status=403))["status"] == 403
    api.cleo.post(f"{JOBS}/{job_id}/cancel", status=204)
    problem(reading.post(f"{JOBS}/{job_id}/retry", status=403))
    assert reading.get(f"{JOBS}/{job_id}").json["state"] == "cancelled"


def test_an_import_by_whoever_may_add(api):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("more.md", "# More")
    sent = {"params": packed.getvalue(), "content_type": "application/zip"}
    problem(api.cleo.post(content("/handbook/@import"), status=403, **sent))
    job = api.ben.post(content("/handbook/@import"), status=202, **sent).json
    assert run_one(api.site.registry, "w")
    assert api.ben.get(f"{JOBS}/{job['id']}").json["result"]["counts"]["created"] == 1
    api.cleo.get(content("/handbook/more"), status=200)
    other = api.ben.post(content("/handbook/@import"), params="x", content_type="application/octet-stream", status=202)
    assert run_one(api.site.registry, "w")
    assert api.ben.get(f"{JOBS}/{other.json['id']}").json["state"] == "failed"
    problem(api.ben.post(content("/handbook/@import"), params="name", content_type="text/csv", status=422))


def test_what_somebody_may_no_longer_do_is_not_done(api):
    """Rights are those that whoever asked has when the job runs."""
    job_id = asked(api, "ben")
    with api.site.session() as db:
        set_grants(db, node_by_path(db, "/handbook"), [], inherits=False, by=SYSTEM)
    assert run_one(api.site.registry, "w")
    job = api.ben.get(f"{JOBS}/{job_id}").json
    assert (job["state"], job["content"]) == ("failed", None)


@pytest.mark.parametrize("path", ["", "/cancel", "/retry", "/content"])
def test_what_is_no_job_is_not_found(api, path):
    call = api.ada.post if path in ("/cancel", "/retry") else api.ada.get
    problem(call(f"{JOBS}/999{path}", status=404))
    problem(call(f"{JOBS}/99999999999999999999{path}", status=404))


def test_visitors_ask_for_nothing(api):
    problem(api.visitor.post(content("/handbook/@export"), status=401))


def test_how_the_site_is_doing_and_a_check_of_it(api):
    problem(api.cleo.get("/api/v1/system", status=403))
    now = api.ada.get("/api/v1/system").json
    assert now["check"] is None
    assert now["schema"]["revision"] == now["schema"]["expected"]
    assert [each["state"] for each in now["jobs"]] == ["waiting", "running", "failed"]
    answer = api.ada.post("/api/v1/system/check", status=202)
    assert answer.json["kind"] == "check_site"
    assert api.ada.post("/api/v1/system/check", status=202).json["id"] == answer.json["id"]
    assert run_one(api.site.registry, "w")
    assert api.ada.get(answer.headers["Location"]).json["state"] == "done"
    assert {"findings", "tried", "not_tried", "seconds", "at"} <= api.ada.get("/api/v1/system").json["check"].keys()
