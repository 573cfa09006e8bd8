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


def previewed(form, button=None):
    """The page that a form of the sharing screen leads to: what it would do, and the form that saves it."""
    page = form.submit("do", value=button, status=200) if button else form.submit(status=200)
    return page, form_that(page, button or values_of(form, "do")[0])


def share(browser, path, who, role="reader"):
    form = form_that(browser.get(f"{path}/@sharing"), "add")
    form["principal"], form["role"] = who, role
    page = form.submit(expect_errors=True)
    return form_that(page, "add").submit(status=303) if page.status_int == 200 else page


def do(page, does, **values):
    """Have the page's form do something, by way of the preview."""
    form = form_that(page, does)
    for name, value in values.items():
        form[name] = value
    button = does if len(values_of(form, "do")) > 1 else None
    return previewed(form, button)[1].submit(expect_errors=True)


def test_sharing_with_a_person_lets_them_in(site, ada, room, sign_in):
    site.user("cy")
    site.grant(room, inherits=False)
    cy = sign_in("cy")
    cy.get("/room/plan", status=404)
    page = share(ada, room, "Cy (cy)").follow()
    assert "Cy can view — set here" in " ".join(page.html.select_one(".grants").text.split())
    cy.get("/room/plan", status=200)
    assert do(page, "remove").status_int == 303
    cy.get("/room/plan", status=404)


def test_a_role_is_changed(site, ada, room, sign_in):
    site.user("cy")
    cy = sign_in("cy")
    page = share(ada, room, "cy").follow()
    assert do(page, "change", role="editor").status_int == 303
    cy.get("/room/plan/@edit", status=200)


def test_the_preview_changes_nothing_and_names_those_concerned(site, ada, room):
    site.user("cy")
    site.grant(room, ("signed-in", "editor"), inherits=False)
    form = form_that(ada.get("/room/@sharing"), "remove")
    page, save = previewed(form, "remove")
    said = " ".join(page.html.select_one(".effect").text.split())
    assert "1 person loses access (now: can edit)" in said
    assert "No longer open to everybody who is signed in." in said
    assert "signed-in" in values_of(form_that(ada.get("/room/@sharing"), "remove"), "principal")
    part = ada.get(form.action, {"do": "remove", "principal": "signed-in", "part": "dialog"})
    assert "<html" not in part
    assert "1 person loses access" in part
    save.submit(status=303)


def test_several_are_added_at_once(site, ada, room, sign_in):
    for name in ("cy", "dan"):
        site.user(name)
    site.grant("/", ("signed-in", "reader"))
    page = ada.get("/room/@sharing-preview?do=add&principal=user:cy&principal=user:dan&principal=&role=editor")
    assert "2 people may do more: can edit (now: can view)" in " ".join(page.text.split())
    page = form_that(page, "add").submit(status=303).follow()
    assert len(page.html.select(".grants li")) >= 2
    sign_in("dan").get("/room/@edit", status=200)


def test_what_was_previewed_of_another_state_is_shown_again(site, ada, room):
    for name in ("cy", "dan"):
        site.user(name)
    save = form_that(ada.get("/room/@sharing-preview?do=add&principal=cy&role=reader"), "add")
    share(ada, room, "dan")
    page = save.submit(status=422)
    assert "The sharing has changed meanwhile" in page
    form_that(page, "add").submit(status=303)


def test_what_to_beware_of_is_said(site, ada, room, sign_in):
    site.user("cy")
    site.grant("/", inherits=False)
    page = ada.get("/room/@sharing-preview?do=add&principal=public&role=reader")
    assert "no effect now: this site is set up without it" in page
    site.grant("/room", ("user:cy", "manager"))
    cy = sign_in("cy")
    page = cy.get("/room/@sharing-preview?do=remove&principal=user:cy")
    assert "You could no longer share this yourself" in page
    assert not [button for button in page.html.select("main button") if "primary" in button["class"]]


def test_a_role_for_nobody_comes_back_as_it_was_typed(ada, room):
    page = share(ada, room, "nobody", "editor")
    assert page.status_int == 422
    form = form_that(page, "add")
    assert (form["principal"].value, form["role"].value) == ("nobody", "editor")


def test_stopping_inheritance_keeps_who_was_there_until_they_are_removed(site, ada, room, bob):
    bob.get("/room/plan", status=200)
    page = ada.get("/room/@sharing")
    assert "Everyone signed in can view — from Home" in " ".join(page.html.select_one("main").text.split())
    page = do(page, "stop").follow()
    assert "Inheritance stopped here" in page
    bob.get("/room/plan", status=200)
    do(page, "remove")
    bob.get("/room/plan", status=404)
    do(ada.get("/room/@sharing"), "inherit")
    bob.get("/room/plan", status=200)


def test_the_last_manager_cannot_lock_himself_out(site, ada, room, sign_in):
    site.user("cy")
    share(ada, room, "cy", "manager")
    cy = sign_in("cy")
    form = form_that(cy.get("/room/@sharing"), "remove")
    values = {name: form[name].value for name in ("principal", "role")}
    token = form_to("/@see-as", cy.get("/room/@sharing"))["csrf_token"].value
    answer = cy.post("/room/@sharing", {"do": "remove", "csrf_token": token, **values}, status=409)
    assert "could no longer share" in answer
    cy.get("/room/@sharing", status=200)


def test_nobody_shares_without_the_right(site, ada, room, bob):
    site.grant("/room", ("user:bob", "editor"))
    assert "You may not share this" in bob.get("/room/@sharing", status=403)
    bob.post("/room/@sharing", {"do": "add", "principal": "bob", "role": "manager"}, status=403)


def test_the_explanation_names_the_grant_and_its_place(site, ada, room, bob):
    page = ada.get("/room/plan/@sharing?who=bob")
    said = page.html.select_one(".callout").text
    assert "can reach this" in said
    assert "Everyone signed in" in said
    site.user("cy")
    do(do(ada.get("/room/@sharing"), "stop").follow(), "remove")
    said = ada.get("/room/plan/@sharing?who=cy").html.select_one(".callout").text
    assert "cannot reach this" in said
    assert "Inheritance stops at Room" in " ".join(said.split())
    assert "nobody and no group" in ada.get("/room/@sharing?who=zzz")


def test_what_one_person_can_reach_is_trimmed_to_what_the_asker_shares(site, ada, room, bob):
    site.user("cy")
    site.grant("/room", ("user:cy", "reader"))
    assert "Room" in ada.get("/-/access/cy").html.select_one("main").text
    bob.get("/-/access/cy", status=404)
    ada.get("/-/access/nobody", status=404)


def test_a_form_of_another_page_changes_nothing(ada, room):
    token = form_to("/@see-as", ada.get("/room/@sharing"))["csrf_token"].value
    for given in ({}, {"do": "x"}, {"do": "change", "principal": "user:ada", "role": "king"}):
        ada.post("/room/@sharing", {"csrf_token": token, **given}, status=422)


def test_sharing_a_page_offers_undo(site, ada, room):
    site.user("cy")
    page = share(ada, room, "cy").follow()
    form_to("/-/undo", page).submit(status=303)
    assert "Nothing is shared here itself" in ada.get("/room/@sharing")


def test_a_later_change_of_sharing_cannot_be_undone_away(site, ada, room):
    for name in ("cy", "dan"):
        site.user(name)
    page = share(ada, room, "cy").follow()
    share(ada, room, "dan")
    answer = form_to("/-/undo", page).submit(status=409)
    assert "shared differently since" in answer
