"""Every refusal as a page and as problem+json: one test for each outcome."""

from __future__ import annotations

import errno
import logging
import re

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from myplatform.views import errors
from tests.views.conftest import form_to

PLACES = ("room", "nowhere")


@pytest.fixture
def hidden(site, ada):
    """A folder that only administrators can see."""
    site.node("/", "folder", "Room")
    site.grant("/room", inherits=False)
    return "/room"


def without_id(answer):
    """The answer's text without what differs from request to request."""
    request_id = (
        answer.json["request_id"] if "json" in answer.content_type else answer.text.partition("· request ")[2][:12]
    )
    return re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", answer.text.replace(request_id, ""))


def test_hidden_and_missing_read_the_same(site, hidden, bob):
    bob.get("/nowhere", status=404)  # which gives the cookie of forms
    for beginning in ("", "/api/v1/content"):
        for view in ("", "/@edit", "/@sharing", "/deeper"):
            answers = [bob.get(f"{beginning}/{place}{view}", status=404) for place in PLACES]
            texts = [without_id(answer).replace(place, "") for answer, place in zip(answers, PLACES, strict=True)]
            assert texts[0] == texts[1]
            headers = [dict(answer.headers, **{"Content-Length": "", "X-Request-ID": ""}) for answer in answers]
            assert headers[0] == headers[1]


def test_visitors_are_asked_to_sign_in_whether_there_is_something_or_not(site, hidden):
    visitor = site.browser()
    for path in ("/", "/room", "/nowhere", "/room/@edit", "/-/account"):
        assert visitor.get(path, status=303).location.startswith("http://localhost/-/sign-in?came_from=")
    for path in ("/api/v1/content/", "/api/v1/content/room", "/api/v1/content/nowhere"):
        answer = visitor.get(path, status=401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["title"] == "Please sign in"


def test_what_a_visitor_sent_by_a_form_is_not_thrown_away_by_a_redirect(site):
    answer = site.browser().post("/@new", {"title": "Much text"}, status=401)
    assert "Your browser has kept what you wrote" in answer


def test_files_of_the_site_itself_are_simply_missing(site):
    for path in ("/-/static/nothing.css", "/favicon.ico", "/robots.txt"):
        site.browser().get(path, status=404)


def test_a_missing_right_is_named(site, bob):
    assert "You may not change this." in bob.get("/@edit", status=403)
    answer = site.client("bob").patch("/api/v1/content/", '{"title": "x"}', headers={"If-Match": "*"}, status=403)
    assert answer.json["permission"] == "edit"


def test_a_missing_scope_is_named(site, ada):
    answer = site.client("ada", "read").patch(
        "/api/v1/content/", '{"title": "x"}', headers={"If-Match": "*"}, status=403
    )
    assert (answer.json["permission"], answer.json["scope"]) == ("edit", "write")
    assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]


def test_a_missing_scope_does_not_betray_what_is_hidden(site, hidden, bob):
    client = site.client("bob", "read")
    for place in ("room", "nowhere"):
        client.patch(f"/api/v1/content/{place}", "{}", headers={"If-Match": "*"}, status=404)


def test_a_bad_token_is_told_so(site):
    for path in ("/api/v1/content/", "/api/v1/content/nowhere"):
        answer = site.browser().get(path, headers={"Authorization": "Bearer mp_nothing"}, status=401)
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_problem_has_the_promised_members(site, bob):
    answer = site.client("bob").get("/api/v1/content/nowhere", status=404)
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "request_id"}
    assert answer.json["status"] == 404


def test_a_form_from_elsewhere_says_what_to_do(bob):
    assert "load the page again" in bob.post("/-/account", {"display_name": "x"}, status=400)


def test_a_wrong_method_names_the_right_ones(site, bob):
    answer = site.client("bob").post("/api/v1/openapi.json", status=405)
    assert "GET" in answer.headers["Allow"]


def test_a_form_over_the_limit_is_too_large(make_site):
    site = make_site(**{"request.max_size": "64KiB"})
    site.user("ada", is_admin=True)
    client = site.client("ada")
    assert "larger than the 65,536 bytes" in client.post("/-/account", {"display_name": "x" * 70_000}, status=413)
    answer = client.post_json("/api/v1/content/", {"kind": "page", "title": "x", "body": "x" * 70_000}, status=413)
    assert answer.json["limit"] == 65_536


@pytest.mark.parametrize("path", ["/%ff", "/?a=%ff", "/?a=%00"])
def test_odd_bytes_are_a_bad_request(site, path):
    site.browser().get(path, status=400)


def test_odd_bytes_to_the_api_are_a_problem(site):
    answer = site.browser().get("/api/v1/content/?a=%ff", status=400)
    assert answer.content_type == "application/problem+json"


def test_a_moved_node_is_found_at_its_old_address(site, ada):
    site.node("/", "folder", "Old")
    site.node("/old", "page", "Plan")
    form = form_to("/@move", ada.get("/old/@move"))
    form["slug"] = "new"
    form.submit(status=303)
    assert ada.get("/old/plan/@history?x=1", status=301).location == "http://localhost/new/plan/@history?x=1"


@pytest.fixture
def broken(monkeypatch, site):
    """A site whose account page fails as given."""

    def fail_with(error):
        def fail(*_):
            raise error

        monkeypatch.setattr("myplatform.views.account.groups_with", fail)

    return fail_with


def test_a_mistake_of_ours_shows_a_number_and_asks_nothing_of_the_database(site, bob, broken, caplog, monkeypatch):
    broken(RuntimeError("what nobody but the log hears: hunter2"))
    seen = []

    def watched(request, refusal):
        event.listen(site.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        return answer_as_ever(request, refusal)

    answer_as_ever = errors.answer
    monkeypatch.setattr(errors, "answer", watched)
    with caplog.at_level(logging.ERROR):
        answer = bob.get("/-/account", status=500)
    assert seen == []
    assert "hunter2" not in answer
    assert "Traceback" not in answer
    request_id = answer.text.partition("· request ")[2][:12]
    assert request_id in caplog.text
    assert "hunter2" in caplog.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_database_that_does_not_answer_is_said_to_be_busy(bob, broken):
    broken(OperationalError("SELECT 1", {}, Exception("timeout")))
    answer = bob.get("/-/account", status=503)
    assert answer.headers["Retry-After"] == "5"
    assert "SELECT" not in answer


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError(), 500, "Das lag nicht an Ihnen"),
        (OSError(errno.ENOSPC, "no space"), 503, "kein Platz"),
        (OperationalError("SELECT 1", {}, Exception("timeout")), 503, "Die Datenbank konnte nicht"),
        (IntegrityError("INSERT", {}, Exception("unique")), 409, "Andere haben dasselbe"),
    ],
)
def test_what_went_wrong_is_said_in_the_readers_language(bob, broken, error, status, words):
    broken(error)
    assert words in bob.get("/-/account", status=status, headers={"Accept-Language": "de"})
