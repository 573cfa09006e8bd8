"""Pages that are due to be read again: who is told, who may say that they are still correct, and what is listed."""

from __future__ import annotations

import datetime as dt

import pytest
from webtest import TestApp

from myplatform.models import OwnEntry, User, utc_now
from myplatform.views.reviews import months_later
from tests.conftest import Site
from tests.views.conftest import SignIn, form_to

TODAY = utc_now().date()
PAST, SOON, LATER = (TODAY + dt.timedelta(days=days) for days in (-3, 9, 200))


@pytest.fixture
def leave(site: Site, bob: TestApp) -> None:
    """A page that is due, owned by the entry that is bob's."""
    site.node("/", "people", "People")
    entry = site.node("/people", "employee", "Bob Example").node
    site.node("/", "page", "Leave", body="Thirty days.", owner=entry.id, review_by=PAST)
    site.node("/", "page", "Travel", body="By train.", review_by=SOON)
    site.node("/", "page", "Later", review_by=LATER)
    with site.session() as db:
        bob = db.query(User).filter_by(name="bob").one()
        db.add(OwnEntry(user_id=bob.id, employee_id=entry.id))


@pytest.mark.usefixtures("leave")
def test_every_reader_is_told_and_the_owner_confirms(site: Site, bob: TestApp, sign_in: SignIn) -> None:
    site.user("cy")
    cy = sign_in("cy")
    told = cy.get("/leave").html.select_one(".callout.warning")
    assert "Due for review since" in told.text
    assert told.a["href"] == "/people/bob-example"
    assert not told.select("button")
    page = form_to("/@confirm", bob.get("/leave")).submit(status=303).follow()
    assert "Found “Leave” still correct" in page.html.select_one(".toast").text
    assert not page.html.select(".callout.warning")
    assert "by Bob" in page.html.select_one(".review").text
    assert "System" in page.html.select_one(".rail").text  # who changed the text last stays
    assert "found this still correct" in bob.get("/leave/@history")
    assert form_to("/@confirm", page)["review_by"].value == months_later(TODAY, 6).isoformat()


@pytest.mark.usefixtures("leave")
def test_nobody_else_confirms(site: Site, bob: TestApp) -> None:
    token = form_to("/@confirm", bob.get("/leave"))["csrf_token"].value
    assert not bob.get("/travel").html.select("dialog#still-correct")
    assert "can confirm it" in bob.post("/travel/@confirm", {"csrf_token": token}, status=403)
    bob.post("/people/@confirm", {"csrf_token": token}, status=404)


@pytest.mark.usefixtures("leave")
def test_the_next_day_must_be_to_come_and_the_page_as_it_was_read(site: Site, bob: TestApp, ada: TestApp) -> None:
    form = form_to("/@confirm", bob.get("/leave"))
    form["review_by"] = PAST.isoformat()
    assert "must be a day to come" in form.submit(status=422)
    form["review_by"] = "soon"
    assert "must be a date" in form.submit(status=422)
    edit = form_to("/@edit", ada.get("/leave/@edit"))
    edit["body"] = "Forty days."
    edit.submit(status=303)
    form["review_by"] = ""
    form.submit(status=409)
    form_to("/@confirm", bob.get("/leave")).submit(status=303)


@pytest.mark.usefixtures("leave")
def test_the_list_has_ones_own_first_and_is_trimmed(site: Site, bob: TestApp, ada: TestApp) -> None:
    page = bob.get("/-/reviews")
    groups = [section.h2.text for section in page.html.select("main section")]
    assert groups == ["Waiting for you", "Waiting for others"]
    assert [link.text for link in page.html.select("main a.line-title")] == ["Leave", "Travel"]
    site.grant("/travel", inherits=False)
    assert [link.text for link in bob.get("/-/reviews").html.select("main a.line-title")] == ["Leave"]
    assert [link.text for link in ada.get("/-/reviews").html.select("main a.line-title")] == ["Leave", "Travel"]


@pytest.mark.usefixtures("leave")
def test_taking_a_confirmation_back(site: Site, ada: TestApp, bob: TestApp) -> None:
    page = form_to("/@confirm", ada.get("/leave")).submit(status=303).follow()
    page = form_to("/-/undo", page).submit(status=303).follow()
    assert "Due for review since" in page.html.select_one(".callout.warning").text


def test_months_end_where_they_end() -> None:
    assert months_later(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert months_later(dt.date(2026, 12, 1), 1) == dt.date(2027, 1, 1)
