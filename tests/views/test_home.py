"""The first page: what concerns whoever looks at it, and following."""

from __future__ import annotations

import datetime as dt
import re

from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import SignIn, form_to


def section(browser: TestApp, title: str) -> list[str]:
    """The titles in a section of the home page, none where it is not there."""
    heading = browser.get("/").html.find("h2", string=title)
    return [] if heading is None else [link.text for link in heading.find_parent("section").select(".line-title")]


def edit(browser: TestApp, path: str, body: str) -> None:
    form = form_to("/@edit", browser.get(f"{path}/@edit"))
    form["body"] = body
    form.submit(status=303)


def test_what_others_change_at_followed_places_comes_first(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave")
    site.node("/", "page", "Elsewhere")
    form_to("/@follow", bob.get("/handbook")).submit(status=303)
    edit(ada, "/handbook/leave", "30 days")
    edit(ada, "/elsewhere", "Something")
    assert section(bob, "For you") == ["Leave", "Handbook"]
    assert "Elsewhere" in section(bob, "Recently changed")
    assert "Leave" not in section(bob, "Recently changed")


def test_what_the_site_began_with_is_no_news(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Help")
    site.node("/help", "page", "Writing")
    site.node("/", "page", "Brought in")
    assert section(ada, "Recently changed") == ["Brought in"]
    edit(ada, "/help/writing", "In our house we write so.")
    assert section(ada, "Recently changed") == ["Writing", "Brought in"]


def test_one_s_own_changes_are_no_news_but_those_beside_them_are(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Team")
    site.node("/team", "page", "Mine")
    site.node("/team", "page", "Theirs")
    site.grant("/team", ("user:bob", "editor"))
    edit(bob, "/team/mine", "By Bob")
    edit(ada, "/team/theirs", "By Ada")
    assert section(bob, "For you") == ["Theirs"]
    edit(ada, "/team/mine", "By Ada now")
    assert section(bob, "For you") == ["Mine", "Theirs"]


def test_a_followed_place_that_was_hidden_tells_nothing_any_more(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Salaries")
    form_to("/@follow", bob.get("/salaries")).submit(status=303)
    site.grant("/salaries", inherits=False)
    edit(ada, "/salaries", "More for everybody")
    assert section(bob, "For you") == []
    assert not bob.get("/-/following").html.select("main .line-title")


def test_following_can_be_stopped_at_the_place_and_in_the_list(site: Site, bob: TestApp) -> None:
    for title in ("One", "Two"):
        site.node("/", "page", title)
        form_to("/@follow", bob.get(f"/{title.lower()}")).submit(status=303)
    form_to("/@follow", bob.get("/one")).submit(status=303)
    page = bob.get("/-/following")
    assert [link.text for link in page.html.select("main .line-title")] == ["Two"]
    form_to("/stop", page).submit(status=303)
    assert "You follow nothing yet" in bob.get("/-/following")


def test_the_places_visited_last_wait_on_the_home_page(site: Site, bob: TestApp, sign_in: SignIn) -> None:
    for title in ("One", "Two"):
        site.node("/", "page", title)
        bob.get(f"/{title.lower()}")
    assert section(bob, "Go on with") == ["Two", "One"]
    site.user("eve")
    eve = sign_in("eve")
    eve.set_cookie("visited", bob.cookies["visited"].strip('"'))
    assert section(eve, "Go on with") == []


def test_signing_out_takes_the_places_out_of_the_browser(site: Site, bob: TestApp, sign_in: SignIn) -> None:
    site.node("/", "page", "One")
    page = bob.get("/one")
    assert "visited" in bob.cookies
    form_to("/-/sign-out", page).submit(status=303)
    assert not bob.cookies.get("visited")


def test_odd_cookies_count_for_nothing(site: Site, bob: TestApp) -> None:
    for odd in ("", "1", "1:", "1:x", "1:1..2", "9" * 40 + ":1", "1:" + "9" * 40):
        bob.set_cookie("visited", odd)
        bob.get("/", status=200)


def test_the_home_page_costs_the_same_whatever_there_is(site: Site, ada: TestApp, bob: TestApp) -> None:
    for number in range(12):
        site.node("/", "page", f"Page {number}")
        bob.get(f"/page-{number}")
        form_to("/@follow", bob.get(f"/page-{number}")).submit(status=303)
        edit(ada, f"/page-{number}", "new")
    with site.statements as seen:
        bob.get("/", status=200)
    assert len(seen) <= 20, "\n\n".join(seen)


def test_an_import_is_told_in_one_line(site: Site, bob: TestApp) -> None:
    for number in range(9):
        site.node("/", "page", f"Page {number}")
    section = bob.get("/").html.find("h2", string="Recently changed").find_parent("section")
    assert section.select_one(".line-title").text == "Page 8"
    assert re.search(r"and \d+ other things here", section.text)
    assert len(section.select("li")) < 4


def test_drafts_requests_and_reviews_wait_at_home(site: Site, ada: TestApp, bob: TestApp, sign_in: SignIn) -> None:
    site.node("/", "folder", "Plans")
    site.grant("/plans", ("user:bob", "manager"), inherits=False)
    site.user("eve")
    eve = sign_in("eve")
    form = next(form for form in eve.get("/plans", status=404).forms.values() if "message" in form.fields)
    form.submit()
    new = next(form for form in bob.get("/plans/@new?kind=page").forms.values() if "title" in form.fields)
    new["title"] = "Summer plan"
    new["review_by"] = "2020-01-31"
    new.submit(status=303)
    half = next(form for form in bob.get("/plans/@new?kind=page").forms.values() if "title" in form.fields)
    half["title"] = "Half a plan"
    bob.post("/plans/@new-draft?kind=page", half.submit_fields(), status=303)
    page = bob.get("/")
    waiting = page.html.find("h2", string="Waits for you").find_parent("section").text
    assert "Eve asks to see it" in waiting
    assert "To be reviewed since 31 January 2020" in waiting
    assert section(bob, "My drafts") == ["Half a plan"]


def test_who_is_new_is_told(site: Site, bob: TestApp) -> None:
    site.node("/", "people", "People")
    today = dt.datetime.now(dt.UTC).date()
    site.node("/people", "employee", "Newt Example", hire_date=today - dt.timedelta(days=9))
    site.node("/people", "employee", "Old Example", hire_date=today - dt.timedelta(days=900))
    assert section(bob, "New here") == ["Newt Example"]
