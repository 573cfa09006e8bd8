"""The sharing screen: giving and taking roles, inheritance, and the explanation."""

from __future__ import annotations

import pytest

from tests.views.conftest import form_to


@pytest.fixture
def room(site, ada):
    """A folder below which there is a page."""
    site.node("/", "folder", "Room")
    site.node("/room", "page", "Plan")
    return "/room"


def form_that(page, does):
    """The form of the sharing screen that does this."""
    return next(form for form in page.forms.values() if does in values_of(form, "do"))


def values_of(form, name):
    """The values that inputs and buttons of this name could send."""
    return [str(field._value) for field in form.fields.get(name, [])]


def share(browser, path, who, role="reader"):
    form = form_that(browser.get(f"{path}/@sharing"), "add")
    form["principal"], form["role"] = who, role
    return form.submit(expect_errors=True)


def test_sharing_with_a_person_lets_them_in(site, ada, room, sign_in):
    site.user("cy")
    site.grant(room, inherits=False)
    cy = sign_in("cy")
    cy.get("/room/plan", status=404)
    page = share(ada, room, "Cy (cy)").follow()
    assert "Cy" in page
    cy.get("/room/plan", status=200)
    form = form_that(page, "remove")
    form.submit("do", value="remove", status=303)
    cy.get("/room/plan", status=404)


def test_a_role_is_changed(site, ada, room, sign_in):
    site.user("cy")
    cy = sign_in("cy")
    page = share(ada, room, "cy").follow()
    form = form_that(page, "change")
    form["role"] = "editor"
    form.submit("do", value="change", status=303)
    cy.get("/room/plan/@edit", status=200)


def test_a_role_for_nobody_comes_back_as_it_was_typed(ada, room):
    page = share(ada, room, "nobody", "editor")
    assert page.status_int == 422
    form = form_that(page, "add")
    assert (form["principal"].value, form["role"].value) == ("nobody", "editor")


def test_stopping_inheritance_keeps_who_was_there_until_they_are_removed(site, ada, room, bob):
    bob.get("/room/plan", status=200)
    page = form_that(ada.get("/room/@sharing"), "stop").submit(status=303).follow()
    assert "Everyone signed in" in page
    bob.get("/room/plan", status=200)
    form_that(page, "remove").submit("do", value="remove", status=303)
    bob.get("/room/plan", status=404)
    form_that(ada.get("/room/@sharing"), "inherit").submit(status=303)
    bob.get("/room/plan", status=200)


def test_the_last_manager_cannot_lock_himself_out(site, ada, room, sign_in):
    site.user("cy")
    share(ada, room, "cy", "manager")
    cy = sign_in("cy")
    page = cy.get("/room/@sharing")
    answer = form_that(page, "remove").submit("do", value="remove", status=409)
    assert "could no longer share" in answer
    cy.get("/room/@sharing", status=200)


def test_nobody_shares_without_the_right(site, ada, room, bob):
    site.grant("/room", ("user:bob", "editor"))
    assert "“share” is missing" in bob.get("/room/@sharing", status=403)
    bob.post("/room/@sharing", {"do": "add", "principal": "bob", "role": "manager"}, status=403)


def test_the_explanation_names_the_grant_and_its_place(site, ada, room, bob):
    page = ada.get("/room/plan/@sharing?who=bob")
    said = page.html.select_one(".callout").text
    assert "can reach this" in said
    assert "Everyone signed in" in said
    site.user("cy")
    form_that(ada.get("/room/@sharing"), "stop").submit()
    form_that(ada.get("/room/@sharing"), "remove").submit("do", value="remove")
    said = ada.get("/room/plan/@sharing?who=cy").html.select_one(".callout").text
    assert "cannot reach this" in said
    assert "inheritance stops at Room" in said
    assert "nobody and no group" in ada.get("/room/@sharing?who=zzz")


def test_what_one_person_can_reach_is_trimmed_to_what_the_asker_shares(site, ada, room, bob):
    site.user("cy")
    site.grant("/room", ("user:cy", "reader"))
    assert "Room" in ada.get("/-/access/cy").html.select_one("main").text
    assert "Room" not in bob.get("/-/access/cy").html.select_one("main").text
    ada.get("/-/access/nobody", status=404)


def test_a_form_of_another_page_changes_nothing(ada, room):
    token = form_that(ada.get("/room/@sharing"), "add")["csrf_token"].value
    for given in ({}, {"do": "x"}, {"do": "change", "principal": "user:ada", "role": "king"}):
        ada.post("/room/@sharing", {"csrf_token": token, **given}, status=422)


def test_sharing_a_page_offers_undo(site, ada, room):
    site.user("cy")
    page = share(ada, room, "cy").follow()
    form_to("/-/undo", page).submit(status=303)
    assert "Nothing is shared here itself" in ada.get("/room/@sharing")
