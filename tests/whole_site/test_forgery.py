"""Requests that pretend: forms of other sites, headers of proxies that are not there, sessions made by others."""

from __future__ import annotations

import re
from typing import Any

import pytest
from webtest import TestApp

from myplatform.models import BrowserSession
from tests.conftest import PASSWORD, Site
from tests.crawling import Crawl, forms_of
from tests.views.conftest import form_to
from tests.whole_site.conftest import rows_of

REQUEST_ID = re.compile(r"[0-9a-f]{12}")
MASKED = r'name="csrf_token" value="[0-9a-f]{64}"'
VARYING = re.compile(rf"request [0-9a-f]{{12}}|<time.*?</time>|{MASKED}")
FORGED = (
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Prefix": "/evil"},
    {"Forwarded": "for=203.0.113.9;host=evil.example;proto=https"},
    {"X-Vhm-Root": "/budget"},
    {"X-Original-URL": "/budget"},
    {"X-Rewrite-URL": "/budget"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Remote-User": "ada", "Remote-User": "ada", "X-Forwarded-User": "ada"},
)


def test_no_form_is_taken_without_its_token(sample: Site, seen: Crawl) -> None:
    ada = sample.signed_in("ada")
    sent = {}
    for visit in seen.pages:
        for form in forms_of(visit) if not visit.address.startswith("/-/style") else ():
            values = {each.get("name"): each.get("value", "x") for each in form.xpath(".//*[@name]")}
            action = str(form.get("action") or visit.address)
            sent.setdefault(re.sub(r"\d+|^.*(?=/@)|\?.*", "0", action), (action, values))  # one to each view
    assert len(sent) > 50
    ada.get("/")
    before = rows_of(sample)
    for action, values in sent.values():
        others = {name: value for name, value in values.items() if name != "csrf_token"}
        for wrong in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 32}):
            answer = ada.post(action, {**others, **wrong}, expect_errors=True)
            assert answer.status_int == 400, action
            assert "This form was open too long or came from elsewhere" in answer, action
    assert rows_of(sample) == before


def test_a_token_of_another_browser_is_worth_nothing(sample: Site) -> None:
    stolen = form_to("/-/sign-out", sample.signed_in("cy").get("/"))["csrf_token"].value
    ada = sample.signed_in("ada")
    ada.get("/")
    ada.post("/-/sign-out", {"csrf_token": stolen}, status=400)
    ada.post("/-/sign-out?csrf_token=" + stolen, {}, status=400)
    ada.get("/-/account", status=200)


def test_every_view_that_can_change_something_checks_the_token(sample: Site) -> None:
    """Also those that no page of the sample leads to; one view only says that a method does not fit, and the
    one that ends mail is pressed by mail programs: the secret in its address is what another site does not know."""
    views = [each["introspectable"] for each in sample.registry.introspector.get_category("views")]
    unsafe = [view for view in views if not set(methods_of(view)) <= {"GET", "HEAD", "OPTIONS"}]
    assert len(unsafe) > 30
    unchecked = {view["callable"].__qualname__ for view in unsafe if view["require_csrf"] is False}
    assert unchecked <= {"wrong_method", "end_mail"}


def methods_of(view: Any) -> tuple[str, ...]:
    """The methods that a view answers, of which an exception view has none."""
    methods = view["request_methods"] or ()
    return (methods,) if isinstance(methods, str) else tuple(methods)


@pytest.mark.parametrize("forged", FORGED, ids=lambda headers: next(iter(headers)))
def test_headers_of_proxies_that_are_not_there_change_nothing(sample: Site, forged: dict[str, str]) -> None:
    visitor, cy = sample.browser(), sample.signed_in("cy")
    for browser, path in ((visitor, "/-/sign-in"), (cy, "/-/account"), (cy, "/handbook")):
        browser.get(path, status=200)  # sets the cookies that check forms and keep the places visited last
    paths = [(visitor, "/"), (visitor, "/-/sign-in"), (cy, "/handbook"), (cy, "/budget"), (cy, "/-/trash")]
    for browser, path in paths:
        plain, tried = (browser.get(path, headers=headers, expect_errors=True) for headers in ({}, forged))
        assert tried.status == plain.status, path
        assert VARYING.sub("", tried.text) == VARYING.sub("", plain.text), path
        assert tried.location == plain.location, path
        assert sorted(tried.headers) == sorted(plain.headers), path
    api = sample.client("bob")
    for path in ("/api/v1/content/", "/api/v1/content/@items?limit=1"):
        assert api.get(path, headers=forged).text == api.get(path).text


def test_a_forged_host_stands_in_no_page(sample: Site, seen: Crawl) -> None:
    ada = sample.signed_in("ada")
    ada.extra_environ["HTTP_HOST"] = "evil.example"
    cookie = {"Cookie": f"myplatform={session_of(ada)}"}
    for visit in seen.pages:
        answer = ada.get(visit.address, headers=cookie, status=visit.answer.status_int)
        assert "evil.example" not in answer.text, visit.address


def session_of(browser: TestApp) -> str:
    """The secret of the session in a browser."""
    return browser.cookies["myplatform"].strip('"')


def test_signing_in_makes_a_session_of_its_own(site: Site) -> None:
    """A session that somebody else has put into the browser is not the one that is signed in."""
    site.user("ada")
    site.user("eve")
    planted = session_of(site.signed_in("eve"))
    for cookie in (planted, "x" * 43, "eve"):
        browser = site.browser()
        browser.set_cookie("myplatform", cookie)
        browser.set_cookie("myplatform-csrf", "0" * 32)
        if cookie == planted:
            token = form_to("/-/sign-out", browser.get("/-/account"))["csrf_token"].value
        else:
            token = browser.get("/-/sign-in").form["csrf_token"].value
        browser.post("/-/sign-in", {"name": "ada", "password": PASSWORD, "csrf_token": token}, status=303)
        assert session_of(browser) != cookie
        assert browser.cookies["myplatform-csrf"] != "0" * 32
        assert "Ada" in browser.get("/-/account")
        thief = site.browser()
        thief.set_cookie("myplatform", cookie)
        assert "came_from" in thief.get("/-/account", status=303).location


def test_secrets_are_not_kept_as_they_are(site: Site) -> None:
    site.user("ada")
    secret = session_of(site.signed_in("ada"))
    with site.session() as db:
        assert db.query(BrowserSession).count() == 1
    kept = str(rows_of(site))
    assert secret not in kept
    assert PASSWORD not in kept


@pytest.mark.parametrize("where", ["", "/@edit", "/@history", "/@version?of=1", "/@sharing", "/@move", "/@new", "/x"])
def test_hidden_and_missing_are_one_and_the_same(sample: Site, where: str) -> None:
    cy = with_form_cookie(sample.signed_in("cy"))
    for beginning in ("", "/api/v1/content"):
        hidden, missing = (cy.get(f"{beginning}/{place}{where}", expect_errors=True) for place in ("budget", "nowhere"))
        check_same(hidden, missing, "budget", "nowhere")


@pytest.mark.parametrize("path", ["/-/id/{}", "/-/branches/{}", "/-/thumbnail/{}", "/api/v1/nodes/{}"])
def test_hidden_and_missing_ids_are_one_and_the_same(sample: Site, path: str) -> None:
    from myplatform.queries.nodes import node_by_path

    with sample.session() as db:
        budget = str(node_by_path(db, "/budget").id)
    cy = with_form_cookie(sample.signed_in("cy"))
    hidden, missing = (cy.get(path.format(number), expect_errors=True) for number in (budget, "987654"))
    check_same(hidden, missing, budget, "987654")


def with_form_cookie(browser: TestApp) -> TestApp:
    """The browser once it has the cookie that forms are checked with, which the first page with a form sets."""
    browser.get("/-/account", status=200)
    return browser


def test_a_visitor_hears_the_same_of_everything(sample: Site) -> None:
    visitor = sample.browser()
    for path in ("/{}", "/{}/@edit", "/api/v1/content/{}"):
        hidden, missing = (visitor.get(path.format(place), expect_errors=True) for place in ("budget", "nowhere"))
        check_same(hidden, missing, "budget", "nowhere")
        assert hidden.status_int in (303, 401)


def check_same(hidden: object, missing: object, *names: str) -> None:
    """The two answers differ in nothing but the request's number and the name asked for."""
    either = re.compile("|".join(names))
    assert hidden.status == missing.status
    bodies = [either.sub("", REQUEST_ID.sub("", VARYING.sub("", answer.text))) for answer in (hidden, missing)]
    assert bodies[0] == bodies[1]
    headers = [
        sorted(
            (name, either.sub("", REQUEST_ID.sub("", value)))
            for name, value in answer.headers.items()
            if name != "Content-Length"
        )
        for answer in (hidden, missing)
    ]
    assert headers[0] == headers[1]


def test_a_visitor_with_a_wrong_token_gets_nothing_else(sample: Site) -> None:
    visitor: TestApp = sample.browser()
    visitor.authorization = ("Bearer", "mp_" + "x" * 40)
    for path in ("/", "/handbook", "/budget", "/nowhere", "/api/v1/content/handbook"):
        visitor.get(path, status=401)
