"""Seeing the site as somebody else: what both may see, nothing to change, a banner, and an end."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from myplatform.models import BrowserSession, Change, User, utc_now
from tests.views.conftest import form_to


@pytest.fixture
def places(site, ada):
    """A room for all that cy manages, one for bob alone, one for cy alone; bob has nothing else."""
    for name in ("bob", "cy"):
        site.user(name)
    for title, *grants in (
        ("Common", ("user:bob", "reader"), ("user:cy", "manager")),
        ("Bobs", ("user:bob", "editor")),
        ("Cys", ("user:cy", "manager")),
    ):
        site.node("/", "folder", title)
        site.grant(f"/{title.lower()}", *grants, inherits=False)
        site.node(f"/{title.lower()}", "page", f"Page of {title}", body="needle")


def token_of(browser):
    return form_to("/-/sign-out", browser.get("/-/account"))["csrf_token"].value


def see_as(browser, name, place="/common", status=303):
    token = token_of(browser)
    return browser.post(f"{place}/@see-as", {"person": name, "csrf_token": token}, status=status)


def statuses(browser):
    return {name: browser.get(f"/{name}", expect_errors=True).status_int for name in ("common", "bobs", "cys")}


def test_a_manager_sees_what_both_may_see(site, places, sign_in):
    cy = sign_in("cy")
    assert statuses(cy) == {"common": 200, "bobs": 404, "cys": 200}
    page = see_as(cy, "bob").follow()
    assert "You are seeing the site as Bob (read-only)." in page
    assert statuses(cy) == {"common": 200, "bobs": 404, "cys": 404}
    hits = cy.get("/-/search?q=needle").html.select_one("main").text
    assert "Page of Common" in hits
    assert "Page of Cys" not in hits
    assert "Page of Bobs" not in hits
    items = cy.get("/api/v1/content/common/@items").json["items"]
    assert [item["title"] for item in items] == ["Page of Common"]
    changed = {row["node"]["path"] for row in cy.get("/api/v1/changes").json["items"]}
    assert changed <= {"/", "/common", "/common/page-of-common"}


def test_an_administrator_sees_all_that_the_person_sees(site, places, ada):
    see_as(ada, "bob")
    assert statuses(ada) == {"common": 200, "bobs": 200, "cys": 404}
    ada.get("/-/admin/users", status=403)
    banner = ada.get("/cys", status=404).html.select_one(".seeing").text
    assert "Bob (read-only)" in banner


def test_nothing_can_be_changed_meanwhile(site, places, ada):
    see_as(ada, "bob")
    token = token_of(ada)
    for path in ("/bobs/@edit", "/-/account", "/bobs/@trash", "/-/undo", "/nowhere"):
        answer = ada.post(path, {"csrf_token": token, "title": "X"}, status=403)
        assert "You are seeing the site as Bob and can only read" in answer
    headers = {"If-Match": "*", "X-CSRF-Token": token}
    answer = ada.patch_json("/api/v1/content/bobs", {"title": "X"}, headers=headers, status=403)
    assert "can only read" in answer.json["detail"]
    see_as_again = ada.post("/common/@see-as", {"person": "cy", "csrf_token": token}, status=403)
    assert "can only read" in see_as_again


def test_it_ends_where_it_began_and_is_written_down(site, places, sign_in):
    cy = sign_in("cy")
    page = see_as(cy, "bob").follow()
    back = form_to("/-/stop-seeing", page).submit(status=303).follow()
    assert back.request.path == "/common/@sharing"
    assert back.html.select_one(".seeing") is None
    with site.session() as db:
        told = select(Change.actor, Change.action, Change.subject).where(Change.action.like("seeing%"))
        rows = db.execute(told.order_by(Change.id)).all()
    assert rows == [("cy", "seeing-started", "user:bob"), ("cy", "seeing-stopped", "user:bob")]


def test_it_ends_by_itself(site, places, ada):
    see_as(ada, "bob")
    with site.session() as db:
        db.execute(update(BrowserSession).values(seen_as_until=utc_now() - dt.timedelta(seconds=1)))
    assert statuses(ada) == {"common": 200, "bobs": 200, "cys": 200}


def test_it_ends_when_the_person_is_disabled(site, places, ada):
    see_as(ada, "bob")
    with site.session() as db:
        db.execute(update(User).where(User.name == "bob").values(disabled_at=utc_now()))
    assert ada.get("/cys").html.select_one(".seeing") is None


def test_signing_out_works_meanwhile(site, places, ada):
    page = see_as(ada, "bob").follow()
    form_to("/-/sign-out", page).submit(status=303)
    ada.get("/bobs", status=303)


def test_who_may_not(site, places, sign_in):
    bob, cy = sign_in("bob"), sign_in("cy")
    see_as(bob, "cy", status=403)
    see_as(bob, "cy", "/cys", status=404)
    for person in ("nobody", "cy", ""):
        see_as(cy, person, status=422)
    site.client("cy").post("/common/@see-as", {"person": "bob"}, status=403)


def test_it_costs_no_statement_more(site, places, ada):
    def cost():
        with site.statements as seen:
            ada.get("/common")
        return len(seen)

    cost()
    before = cost()
    see_as(ada, "bob")
    cost()
    assert cost() == before
