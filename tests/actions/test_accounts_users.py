"""Users: names, passwords, administrators, disabling."""

import pytest
from sqlalchemy import select

from myplatform.actions import passwords
from myplatform.actions.account_checks import account_name, email_address
from myplatform.actions.links import make_password_link, use_password_link
from myplatform.actions.sessions import create_session
from myplatform.actions.tokens import create_token
from myplatform.actions.users import (
    change_user,
    disable_user,
    enable_user,
    set_password,
)
from myplatform.errors import Conflict, Invalid, Missing, NotAllowed
from myplatform.identity import SYSTEM, Identity
from myplatform.models import BrowserSession, Change, OneTimeLink, Token, User
from tests.conftest import new_user

GOOD = "correct umbrella seven"


def acting_as(user, **more):
    return Identity(
        name=user.name,
        display_name=user.display_name,
        user_id=user.id,
        principals=(f"user:{user.name}",),
        is_admin=user.is_admin,
        **more,
    )


def changes(db):
    return [(row.action, row.subject, row.values) for row in db.scalars(select(Change).order_by(Change.id))]


def test_a_new_user_is_recorded_without_the_password(db):
    new_user(db, display_name="Ada Example", email="Ada@Example.com", password=GOOD)
    (action, subject, values) = changes(db)[0]
    assert (action, subject) == ("created", "user:ada")
    assert values["email"] == [None, "ada@example.com"]
    assert not any("password" in key or "$argon2" in str(value) for key, value in values.items())


def test_the_stored_password_is_argon2id(db):
    assert new_user(db, password=GOOD).password_hash.startswith("$argon2id$")


def test_every_wrong_field_is_told_at_once(db):
    with pytest.raises(Invalid) as caught:
        new_user(db, name="a b", display_name="x" * 201, email="nobody", password="short")
    assert set(caught.value.by_field()) == {"name", "display_name", "email", "password"}


def test_names_and_addresses_are_unique_whatever_their_case(db):
    new_user(db, email="ada@example.com")
    with pytest.raises(Invalid) as caught:
        new_user(db, name="ADA", email="ADA@example.com")
    assert set(caught.value.by_field()) == {"name", "email"}


@pytest.mark.parametrize("name", ["ada", "ada.example", "a-b_c", "Ödön", "村上", "जेम्स", "a1", "7"])
def test_names_of_any_script_are_taken(name):
    assert account_name(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            " ",
            ".ada",
            "ada.",
            "a b",
            "a/b",
            "a@b",
            "a,b",
            "a:b",
            "x" * 65,
            "system",
            "Public",
            "signed-in",
        ),
        *("administrators", "a\x00b", "a\u202eb", "a\u200bb", "..", "-", "a\nb", "😀"),
    ],
)
def test_names_that_would_mislead_are_refused(name):
    with pytest.raises(ValueError, match=r"\w"):
        account_name(name)


@pytest.mark.parametrize(
    "address", ["a", "a@", "@b", "a b@c", "a@b@c", "a@b\nc", "a@b,c@d", "x" * 250 + "@b.cd"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r"\w"):
        email_address(address)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Passwort!!!!",
        "aaaaaaaaaaaaaa",
        "123456789012",
        "passwordpassword",
        "Qwertyuiop123",
        "121212121212",
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password):
    with pytest.raises(ValueError, match="first that are guessed"):
        passwords.good_password(password, 12)


@pytest.mark.parametrize("password", ["ada.example@x.org", "ada.example", "Ada Example", "elpmaxe ada"])
def test_the_name_and_address_are_no_passwords(password):
    with pytest.raises(ValueError, match="name or the e-mail"):
        passwords.good_password(password, 8, ("ada.example", "ada.example@x.org", "Ada Example"))


@pytest.mark.parametrize(
    "password", [GOOD, "Zweiundvierzig Mäuse", "x9$kQ!mz82Lp", "summer rain on tin roofs"]
)
def test_good_passwords_are_taken(password):
    assert passwords.good_password(password, 12, ("ada", None)) == password


def test_the_least_length_comes_from_outside():
    with pytest.raises(ValueError, match="at least 30"):
        passwords.good_password(GOOD, 30)


def test_the_dummy_hash_never_matches():
    assert not passwords.matches(None, "nobody has this password")


def test_a_password_matches_however_its_characters_are_composed():
    stored = passwords.hash_of(passwords.normal_password("Mäuse im Keller"))
    assert passwords.matches(stored, "Ma\u0308use im Keller")
    assert not passwords.matches(stored, "Mause im Keller")


def test_everybody_changes_their_own_name_but_not_their_rank(db):
    user = new_user(db)
    change_user(db, user, by=acting_as(user), display_name="Ada E.", email="ada@example.com")
    assert changes(db)[-1][2] == {"display_name": ["ada", "Ada E."], "email": [None, "ada@example.com"]}
    with pytest.raises(NotAllowed):
        change_user(db, user, by=acting_as(user), is_admin=True)


def test_nobody_changes_other_people_without_being_administrator(db):
    user, other = new_user(db), new_user(db, name="ben")
    for attempt in (
        lambda: change_user(db, other, by=acting_as(user), display_name="Ben"),
        lambda: set_password(db, other, GOOD, by=acting_as(user), min_length=12),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_an_unchanged_value_leaves_no_change(db):
    user = new_user(db)
    before = len(changes(db))
    change_user(db, user, by=SYSTEM, display_name="ada", email="", is_admin=False)
    assert len(changes(db)) == before


def test_the_last_administrator_stays(db):
    admin, other = new_user(db, is_admin=True), new_user(db, name="ben", is_admin=True)
    disable_user(db, other, by=SYSTEM)
    with pytest.raises(Conflict, match="last administrator"):
        disable_user(db, admin, by=SYSTEM)
    with pytest.raises(Conflict, match="last administrator"):
        change_user(db, admin, by=SYSTEM, is_admin=False)
    enable_user(db, other, by=SYSTEM)
    change_user(db, admin, by=SYSTEM, is_admin=False)
    assert [user.name for user in db.scalars(select(User).where(User.is_admin))] == ["ben"]


def test_disabling_ends_sessions_tokens_and_links(db):
    new_user(db, name="root", is_admin=True)
    user = new_user(db, password=GOOD)
    create_session(db, user)
    create_token(db, user, by=SYSTEM, name="t", scopes=["read"], days=1, max_days=9)
    make_password_link(db, user, by=SYSTEM)
    disable_user(db, user, by=SYSTEM)
    assert [db.scalars(select(table)).all() for table in (BrowserSession, Token, OneTimeLink)] == [[], [], []]
    assert changes(db)[-1][:2] == ("disabled", "user:ada")


def test_a_new_password_ends_the_other_sessions(db):
    user = new_user(db, password=GOOD)
    create_session(db, user)
    create_session(db, user)
    kept = db.scalars(select(BrowserSession.id).order_by(BrowserSession.id)).first()
    set_password(db, user, "another umbrella eight", by=acting_as(user), min_length=12, keep_session=kept)
    assert db.scalars(select(BrowserSession.id)).all() == [kept]
    assert passwords.matches(user.password_hash, "another umbrella eight")
    assert changes(db)[-1] == ("password-set", "user:ada", {})


def test_a_password_link_works_once(db):
    user = new_user(db)
    secret = make_password_link(db, user, by=SYSTEM)
    use_password_link(db, secret, GOOD, min_length=12)
    assert passwords.matches(user.password_hash, GOOD)
    with pytest.raises(Missing):
        use_password_link(db, secret, GOOD, min_length=12)


def test_a_newer_password_link_replaces_the_older(db):
    user = new_user(db)
    older = make_password_link(db, user, by=SYSTEM)
    make_password_link(db, user, by=SYSTEM)
    with pytest.raises(Missing):
        use_password_link(db, older, GOOD, min_length=12)
