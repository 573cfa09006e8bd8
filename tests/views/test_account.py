"""One's own account: profile, password, sessions, tokens."""

from __future__ import annotations

from sqlalchemy import delete, select

from myplatform.models import BrowserSession, SignInFailure, Token, User
from tests.conftest import PASSWORD
from tests.views.conftest import form_to

NEW = "another umbrella eight"


def test_the_profile_is_saved(site, bob):
    form = form_to("/-/account", bob.get("/-/account"))
    form["display_name"], form["email"] = "Bob Example", "bob@example.com"
    assert "Saved" in form.submit(status=303).follow()
    with site.session() as db:
        assert db.scalars(select(User.email)).all() == ["bob@example.com"]


def test_a_wrong_profile_comes_back_as_it_was_typed(bob):
    form = form_to("/-/account", bob.get("/-/account"))
    form["display_name"], form["email"] = " ", "nobody"
    page = form.submit(status=422)
    assert form_to("/-/account", page)["email"].value == "nobody"
    assert len(page.html.select(".field.invalid")) == 2


def test_a_new_password_signs_other_browsers_out(site, bob, sign_in):
    other = sign_in("bob")
    form = form_to("/password", bob.get("/-/account"))
    form["current"], form["password"] = "wrong", NEW
    form = form_to("/password", form.submit(status=422))
    form["current"], form["password"] = PASSWORD, NEW
    assert "Your password is changed" in form.submit(status=303).follow()
    bob.get("/-/account", status=200)
    other.get("/-/account", status=303)


def test_the_present_password_is_guessed_no_faster_than_at_sign_in(make_site):
    site = make_site(**{"sign_in.attempts_per_account": "2"})
    site.user("bob")
    bob = site.signed_in("bob")
    form = form_to("/password", bob.get("/-/account"))
    form["current"], form["password"] = "wrong", NEW
    for _ in range(2):
        assert "is not your present password" in form.submit(status=422)
    form["current"] = PASSWORD
    answer = form.submit(status=429)
    assert "Too many attempts" in answer.html.select_one("main").text
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    with site.session() as db:
        db.execute(delete(SignInFailure))
    form.submit(status=303)
    with site.session() as db:
        assert db.scalars(select(SignInFailure)).all() == []


def test_one_session_or_all_others_are_ended(site, bob, sign_in):
    sign_in("bob")
    form_to("/end", bob.get("/-/account/sessions")).submit(status=303)
    with site.session() as db:
        assert len(db.scalars(select(BrowserSession)).all()) == 1
    sign_in("bob"), sign_in("bob")
    form_to("/end-others", bob.get("/-/account/sessions")).submit(status=303)
    with site.session() as db:
        assert len(db.scalars(select(BrowserSession)).all()) == 1
    bob.get("/-/account/sessions", status=200)


def test_nobody_ends_the_session_of_another(site, ada, bob):
    with site.session() as db:
        theirs = db.scalars(select(BrowserSession.id).join(User).where(User.name == "ada")).one()
    form = form_to("/-/account", bob.get("/-/account"))
    for wanted in (theirs, 10**12, "x", "9" * 30):
        bob.post(f"/-/account/sessions/{wanted}/end", {"csrf_token": form["csrf_token"].value}, status=404)
    ada.get("/-/account", status=200)


def test_a_token_is_shown_once_works_and_is_revoked(site, bob):
    form = form_to("/-/account/tokens", bob.get("/-/account/tokens"))
    form["name"], form["days"] = "Sync", "30"
    secret = form.submit(status=200).html.select_one("#token")["value"]
    page = bob.get("/-/account/tokens")
    assert secret not in page
    assert secret[:10] in page
    program = site.browser()
    program.authorization = ("Bearer", secret)
    program.get("/-/account", status=200)
    assert "revoked" in form_to("/revoke", page).submit(status=303).follow()
    with site.session() as db:
        assert db.scalars(select(Token)).all() == []


def test_a_wrong_token_comes_back_as_it_was_typed(bob):
    form = form_to("/-/account/tokens", bob.get("/-/account/tokens"))
    form["name"], form["days"] = " ", "100000"
    for box in form.fields["scopes"]:
        box.checked = False
    page = form.submit(status=422)
    assert form_to("/-/account/tokens", page)["days"].value == "100000"
    assert len(page.html.select(".field.invalid")) == 3
    form["days"].force_value("soon")
    form.submit(status=422)


def test_a_token_without_the_scope_admin_changes_no_account(site):
    site.user("bob")
    program = site.client("bob", "read", "write")
    program.post("/-/account", {"display_name": "X", "email": ""}, status=403)
    program.post("/-/account/sessions/end-others", status=403)
    assert "scope admin" in program.post("/-/account/tokens", {"name": "t", "days": "1", "scopes": "read"}, status=403)


def test_visitors_have_no_account(site):
    assert site.browser().get("/-/account", status=303).location.endswith("came_from=%2F-%2Faccount")
