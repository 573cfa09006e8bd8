"""Administration of users, groups, tokens, and the audit."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from myplatform.models import Group, Membership, Token, User
from tests.views.conftest import form_to

PAGES = (
    "/-/admin/users",
    "/-/admin/new-user",
    "/-/admin/users/ada",
    "/-/admin/groups",
    "/-/admin/new-group",
    "/-/admin/tokens",
    "/-/admin/audit",
)


@pytest.mark.parametrize("page", PAGES)
def test_administration_is_for_administrators(site, ada, bob, page):
    ada.get(page, status=200)
    assert "You may not administer this site." in bob.get(page, status=403)
    site.browser().get(page, status=303)


def test_a_user_is_added_and_given_a_link_for_a_password(site, ada):
    form = form_of(ada.get("/-/admin/new-user"), "display_name")
    form["display_name"], form["name"], form["email"] = "Cy Example", "cy!", "cy"
    page = form.submit(status=422)
    assert len(page.html.select(".field.invalid")) == 2
    form = form_of(page, "display_name")
    assert form["display_name"].value == "Cy Example"
    form["name"], form["email"] = "cy", "cy@example.com"
    page = form.submit(status=303).follow()
    link = form_to("/password-link", page).submit().html.select_one("#link")["value"]
    assert link.startswith("http://localhost/-/password/")
    page = site.browser().get(link)
    page.form["password"] = "another umbrella eight"
    page.form.submit(status=303)


def form_of(page, field):
    """The form of a page that has an input of that name."""
    return next(form for form in page.forms.values() if field in form.fields)


def test_a_user_is_changed_and_made_administrator(site, ada, bob):
    form = form_of(ada.get("/-/admin/users/bob"), "display_name")
    form["display_name"], form["is_admin"] = "Bob Example", True
    assert "Saved" in form.submit(status=303).follow()
    bob.get("/-/admin/users", status=200)


def test_a_disabled_user_is_out_at_the_next_request(site, ada, bob):
    bob.get("/-/account", status=200)
    page = form_to("/state", ada.get("/-/admin/users/bob")).submit(status=303).follow()
    assert "Disabled" in page
    bob.get("/-/account", status=303)
    form_to("/state", page).submit(status=303)
    with site.session() as db:
        assert db.scalars(select(User.disabled_at).where(User.name == "bob")).one() is None


def test_the_last_administrator_cannot_be_disabled_or_demoted(ada):
    page = ada.get("/-/admin/users/ada")
    assert "last administrator" in form_to("/state", page).submit(status=409)
    form = form_of(page, "display_name")
    form["is_admin"] = False
    assert "last administrator" in form.submit(status=409)
    ada.get("/-/admin/users", status=200)


def test_a_user_is_signed_out_everywhere(ada, bob):
    form_to("/end-sessions", ada.get("/-/admin/users/bob")).submit(status=303)
    bob.get("/-/account", status=303)


def test_users_are_found_and_paged(site, ada):
    from myplatform.actions.users import create_user
    from myplatform.identity import SYSTEM

    with site.session() as db:
        for number in range(120):
            create_user(db, by=SYSTEM, name=f"person{number:03}", display_name=f"Person {number}")
    page = ada.get("/-/admin/users")
    assert len(page.html.select("tbody tr")) == 100
    following = page.html.select_one("a[rel=next]")["href"]
    assert len(ada.get(following).html.select("tbody tr")) == 21
    assert len(ada.get("/-/admin/users?q=person01").html.select("tbody tr")) == 10
    assert "Nobody is called that" in ada.get("/-/admin/users?q=%25")


def test_a_group_is_made_filled_renamed_and_deleted(site, ada, bob):
    form = form_of(ada.get("/-/admin/new-group"), "title")
    form["title"], form["name"] = "Finance", "public"
    form = form_of(form.submit(status=422), "name")
    form["name"] = "finance"
    page = form.submit(status=303).follow()
    form = form_to("/add", page)
    form["member"] = "nobody"
    form = form_to("/add", form.submit(status=422))
    assert form["member"].value == "nobody"
    form["member"] = "Bob (bob)"
    page = form.submit(status=303).follow()
    form = form_to("/-/admin/groups/finance", page)
    form["title"] = "Money"
    page = form.submit(status=303).follow()
    assert "Money" in page
    page = form_to("/remove", page).submit(status=303).follow()
    assert "Nobody is in this group yet" in page
    form_to("/delete", ada.get("/-/admin/groups/finance/delete")).submit(status=303)
    with site.session() as db:
        assert db.scalars(select(Group)).all() == db.scalars(select(Membership)).all() == []


def test_what_is_not_there_is_not_found(ada):
    for page in ("/-/admin/users/nobody", "/-/admin/groups/none", "/-/admin/groups/none/delete"):
        ada.get(page, status=404)


def test_tokens_of_others_are_revoked(site, ada, bob):
    program = site.client("bob")
    program.get("/-/account", status=200)
    form_to("/revoke", ada.get("/-/admin/tokens")).submit(status=303)
    program.get("/-/account", status=401)
    with site.session() as db:
        assert db.scalars(select(Token)).all() == []


def test_the_audit_tells_everything_and_can_be_filtered(site, ada, bob):
    site.node("/", "folder", "Handbook")
    page = ada.get("/-/admin/audit")
    assert "Signed in" in page
    assert "Handbook" in page
    assert "Handbook" not in ada.get("/-/admin/audit?action=signed-in").html.select_one("main").text
    assert "Nothing that fits" in ada.get("/-/admin/audit?at__lt=2001-01-01&actor=&q=")
    assert "Handbook" in ada.get("/-/admin/audit?path__startswith=/hand&at__gte=2001-01-01")
    for wrong in ("at__gte=2001-99-99", "at__gte=x", "cursor=x"):
        assert "mend" in ada.get(f"/-/admin/audit?{wrong}", status=400)
