"""What every answer carries, whatever it is: pages, errors, redirects, files, REST, what is served as it lies there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from webtest import TestApp, TestResponse

from tests.conftest import PASSWORD, MakeSite, Site
from tests.crawling import Crawl
from tests.views.conftest import form_to

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check(answer: TestResponse) -> None:
    """The answer is closed to other sites and to foreign code."""
    headers, what = answer.headers, f"{answer.request.method} {answer.request.path_qs} {answer.status_int}"
    for name, value in ALWAYS.items():
        assert headers.getall(name) == [value], what
    [policy] = headers.getall("Content-Security-Policy")
    assert policy.startswith("default-src 'none'"), what
    assert not re.search(r"unsafe|\*|https?:|nonce", policy), what
    assert "frame-ancestors 'self'" in policy, what
    if answer.content_type == "text/html" and "sandbox" not in policy:
        assert {"base-uri 'none'", "form-action 'self'", "object-src 'none'"} <= set(policy.split("; ")), what
    assert "camera=()" in headers["Permissions-Policy"], what
    assert "Strict-Transport-Security" not in headers, what
    assert not set(headers) & {"Server", "X-Powered-By", "Access-Control-Allow-Origin"}, what
    if not answer.request.path.startswith(("/-/static/", "/-/theme.css")):
        assert re.search("private|no-store", headers["Cache-Control"]), what
        assert {"Cookie", "Authorization"} <= set(headers["Vary"].split(", ")), what


def refused(site: Site, ada: TestApp) -> Iterator[TestResponse]:
    """One answer for each way of refusing, and each other status."""
    visitor, cy, token = site.browser(), site.signed_in("cy"), site.client("ada")
    any_status = {"expect_errors": True}
    yield visitor.get("/handbook", **any_status)
    yield visitor.get("/api/v1/content/", **any_status)
    yield visitor.get("/favicon.ico", **any_status)
    yield visitor.get("/-/static/nothing.js", **any_status)
    yield visitor.get("/-/sign-in?x=%ff", **any_status)
    yield visitor.post("/-/sign-in", {"name": "x", "password": "y"}, **any_status)
    yield cy.get("/budget", **any_status)
    yield cy.get("/handbook/@edit", **any_status)
    yield ada.post("/handbook/leave/@edit", {}, **any_status)
    yield ada.request("/handbook/leave", method="DELETE", **any_status)
    yield ada.get("/-/admin/audit?at__gte=x", **any_status)
    yield token.post("/handbook/leave/@edit", {"version": "0"}, **any_status)
    yield token.post("/handbook/leave/@edit", {"version": "1", "title": "x", "body": "y"}, **any_status)
    yield token.post("/handbook/@new", {"title": ""}, **any_status)
    yield token.post("/-/account", {"display_name": "x" * 9_000_000}, **any_status)
    yield token.patch_json("/api/v1/content/handbook", {"title": "x"}, **any_status)
    yield token.patch_json("/api/v1/content/handbook", {"title": "x"}, headers={"If-Match": '"99"'}, **any_status)
    yield token.post_json("/api/v1/content/handbook", {"kind": "nothing"}, **any_status)
    yield token.post("/api/v1/content/handbook", "{", content_type="application/json", **any_status)
    yield token.put("/api/v1/openapi.json", "", **any_status)
    content = token.get("/handbook/notes.txt/@content")
    yield token.head("/handbook/notes.txt/@content")
    yield token.get("/handbook/notes.txt/@content", headers={"Range": "bytes=1-2"}, **any_status)
    yield token.get("/handbook/notes.txt/@content", headers={"Range": "bytes=99-"}, **any_status)
    yield token.get("/handbook/notes.txt/@content", headers={"If-None-Match": content.headers["ETag"]}, **any_status)


def test_everything_that_an_administrator_finds(seen: Crawl) -> None:
    for visit in seen.visits.values():
        check(visit.answer)
    assert {"text/html", "text/css", "image/png", "image/svg+xml", "application/json", "font/woff2"} <= {
        visit.answer.content_type for visit in seen.visits.values()
    }


def test_everything_that_is_refused(sample: Site) -> None:
    answers = list(refused(sample, sample.signed_in("ada")))
    for answer in answers:
        check(answer)
    statuses = {answer.status_int for answer in answers}
    assert {200, 206, 303, 304, 400, 401, 403, 404, 405, 409, 412, 413, 416, 422, 428} - statuses == set()


@pytest.fixture
def secure(make_site: MakeSite) -> Site:
    """A site that people reach by https."""
    site = make_site(**{"site.url": "https://intranet.example"})
    site.user("ada", is_admin=True)
    return site


def test_cookies_by_https_belong_to_this_host_alone(secure: Site) -> None:
    browser = TestApp(secure.application, extra_environ={"HTTP_HOST": "intranet.example", "wsgi.url_scheme": "https"})
    browser.cookies.clear()
    page = browser.get("/-/sign-in")
    page.form["name"], page.form["password"] = "ada", PASSWORD
    entered = page.form.submit(headers={"Origin": "https://intranet.example"}, status=303)
    home = entered.follow()
    left = form_to("/-/sign-out", home).submit(headers={"Origin": "https://intranet.example"}, status=303)
    cookies = [cookie for answer in (page, entered, home, left) for cookie in answer.headers.getall("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-myplatform", "__Host-myplatform-csrf"}
    for cookie in cookies:
        words = {word.strip().lower() for word in cookie.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= words, cookie
        assert "domain" not in cookie.lower()
    for answer in (page, entered, home, left, browser.get("/nothing", expect_errors=True)):
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_form_from_another_origin_is_refused_by_https(secure: Site) -> None:
    browser = TestApp(secure.application, extra_environ={"HTTP_HOST": "intranet.example", "wsgi.url_scheme": "https"})
    for origin in ("https://evil.example", "http://intranet.example", "null", "https://intranet.example.evil.example"):
        page = browser.get("/-/sign-in")
        page.form["name"], page.form["password"] = "ada", PASSWORD
        page.form.submit(headers={"Origin": origin}, status=400)
