"""Signing in and out, and what one-time links open."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from myplatform.actions.links import make_password_link, make_setup_link
from myplatform.identity import SYSTEM
from myplatform.models import BrowserSession, OneTimeLink, SignInFailure, User, utc_now
from tests.conftest import PASSWORD
from tests.views.conftest import form_to

NEW = "another umbrella eight"


def fill(browser, name, password, path="/-/sign-in"):
    form = form_to("/-/sign-in", browser.get(path))
    form["name"], form["password"] = name, password
    return form


def test_a_visitor_signs_in_and_comes_back_to_where_they_wanted_to_go(site):
    site.user("ada", is_admin=True)
    browser = site.browser()
    asked = browser.get("/?a=1&b=%C3%BC", status=303)
    form = form_to("/-/sign-in", asked.follow())
    form["name"], form["password"] = "ada", PASSWORD
    assert form.submit(status=303).location == "http://localhost/?a=1&b=%C3%BC"
    browser.get("/", status=200)
    assert browser.get("/-/sign-in", status=303).location == "http://localhost/"


def test_a_wrong_password_keeps_the_name_and_says_nothing_about_the_account(site):
    site.user("ada")
    answers = [fill(site.browser(), name, "wrong").submit(status=422) for name in ("ada", "nobody")]
    assert form_to("/-/sign-in", answers[0])["name"].value == "ada"
    assert form_to("/-/sign-in", answers[0])["password"].value == ""
    assert len({answer.html.select_one(".callout").text for answer in answers}) == 1
    assert "Set-Cookie" not in str(
        [answer.headers.getall("Set-Cookie") for answer in answers if "myplatform=" in answer]
    )


def test_failures_are_kept_although_the_answer_is_an_error(site):
    fill(site.browser(), "nobody", "wrong").submit(status=422)
    with site.session() as db:
        assert len(db.scalars(select(SignInFailure)).all()) == 2


def test_too_many_attempts_have_to_wait(make_site):
    site = make_site(**{"sign_in.attempts_per_account": "2"})
    site.user("ada")
    for _ in range(2):
        fill(site.browser(), "ada", "wrong").submit(status=422)
    answer = fill(site.browser(), "ada", PASSWORD).submit(status=429)
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60


def test_a_forged_address_does_not_escape_the_limit(make_site):
    site = make_site(**{"sign_in.attempts_per_address": "10"})
    for number in range(10):
        form = fill(site.browser(), f"nobody{number}", "wrong")
        form.submit(headers={"X-Forwarded-For": f"192.0.2.{number}"}, status=422)
    fill(site.browser(), "another", "wrong").submit(headers={"X-Forwarded-For": "192.0.2.99"}, status=429)


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *("/\t/evil.example", "///evil.example", "", "x", "/-/sign-out", "/ü"),
    ],
)
def test_signing_in_never_leads_to_another_site(site, elsewhere):
    site.user("ada")
    browser = site.browser()
    form = fill(browser, "ada", PASSWORD)
    form["came_from"].force_value(elsewhere)
    assert form.submit(status=303).location == "http://localhost/"


def test_signing_out_ends_the_session(site, ada):
    form_to("/-/sign-out", ada.get("/")).submit(status=303)
    ada.get("/", status=303)
    with site.session() as db:
        assert db.scalars(select(BrowserSession)).all() == []


def test_signing_in_again_replaces_the_session(site):
    site.user("ada")
    browser = site.browser()
    form = fill(browser, "ada", PASSWORD)
    form.submit(status=303)
    token = form_to("/-/sign-out", browser.get("/-/account"))["csrf_token"].value
    browser.post("/-/sign-in", {"name": "ada", "password": PASSWORD, "csrf_token": token}, status=303)
    with site.session() as db:
        assert len(db.scalars(select(BrowserSession)).all()) == 1


def test_the_setup_link_makes_the_first_administrator_and_works_once(site):
    with site.session() as db:
        link = f"/-/setup/{make_setup_link(db)}"
    browser = site.browser()
    page = browser.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    page.form["name"], page.form["display_name"], page.form["password"] = "Ada!", "Ada Example", "short"
    again = page.form.submit(status=422)
    assert again.form["display_name"].value == "Ada Example"
    assert len(again.html.select(".field.invalid")) == 2
    again.form["name"], again.form["password"] = "ada", NEW
    again.form.submit(status=303)
    assert "Administration" in browser.get("/")
    assert "used" in site.browser().get(link, status=404)


def test_a_password_link_sets_the_password_and_works_once(site):
    site.user("ada")
    with site.session() as db:
        user = db.scalars(select(User)).one()
        link = f"/-/password/{make_password_link(db, user, by=SYSTEM)}"
    browser = site.browser()
    page = browser.get(link)
    page.form["password"] = "short"
    page = page.form.submit(status=422)
    page.form["password"] = NEW
    page.form.submit(status=303)
    browser.get("/-/account", status=200)
    site.browser().get(link, status=404)
    fill(site.browser(), "ada", PASSWORD).submit(status=422)
    fill(site.browser(), "ada", NEW).submit(status=303)


def test_expired_and_invented_links_are_nothing(site):
    with site.session() as db:
        link = f"/-/setup/{make_setup_link(db)}"
        db.execute(update(OneTimeLink).values(expires_at=utc_now() - dt.timedelta(seconds=1)))
    for path in (link, "/-/setup/x", "/-/password/x", "/-/password/%F0%9F%98%80"):
        site.browser().get(path, status=404)
