"""Sessions, tokens, links and sign-in: what opens the door, and what shuts it."""

import datetime as dt
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from myplatform.actions import passwords
from myplatform.actions.links import make_setup_link, needs_setup, use_setup_link
from myplatform.actions.sessions import create_session, end_other_sessions, end_session
from myplatform.actions.sign_in import Limits, network_of, sign_in
from myplatform.actions.tokens import create_token, revoke_token
from myplatform.actions.users import disable_user
from myplatform.errors import Conflict, Invalid, Missing, NotAllowed, Throttled
from myplatform.identity import SYSTEM
from myplatform.models import BrowserSession, Change, OneTimeLink, SignInFailure, Token, User, utc_now
from myplatform.models.clock import database_now
from myplatform.permissions import Scope
from myplatform.queries.identities import identity_of_session, identity_of_token
from tests.conftest import new_user

GOOD = "correct umbrella seven"
TIMES = {"idle_timeout": dt.timedelta(hours=1), "max_age": dt.timedelta(days=1), "public": False}
LIMITS = Limits(per_account=3, per_address=5, window=dt.timedelta(minutes=15))


def new_token(db, user, by=SYSTEM, **values):
    given = {"name": "t", "scopes": ["read"], "days": 10, "max_days": 30, **values}
    return create_token(db, user, by=by, **given)


def age(db, table, **columns):
    db.execute(update(table).values({name: utc_now() - ago for name, ago in columns.items()}))


def test_a_session_proves_who_one_is(db):
    user = new_user(db)
    secret = create_session(db, user, address="192.0.2.1", user_agent="x" * 1000)
    proof = identity_of_session(db, secret, **TIMES)
    assert (proof.identity.name, proof.identity.user_id, proof.is_stale) == ("ada", user.id, False)
    assert proof.identity.via == f"session:{proof.row_id}"
    assert proof.identity.scopes is None
    assert identity_of_session(db, secret + "x", **TIMES) is None


def test_only_the_hash_of_a_session_is_stored(db):
    secret = create_session(db, new_user(db))
    stored = db.scalars(select(BrowserSession)).one()
    assert secret not in (stored.secret_hash, stored.address, stored.user_agent)
    assert secret not in str([row.values for row in db.scalars(select(Change))])


def test_idle_and_old_sessions_end(db):
    secret = create_session(db, new_user(db))
    age(db, BrowserSession, last_seen_at=dt.timedelta(minutes=59))
    assert identity_of_session(db, secret, **TIMES).is_stale
    age(db, BrowserSession, last_seen_at=dt.timedelta(minutes=61))
    assert identity_of_session(db, secret, **TIMES) is None
    age(db, BrowserSession, last_seen_at=dt.timedelta(0), created_at=dt.timedelta(hours=25))
    assert identity_of_session(db, secret, **TIMES) is None


def test_a_disabled_user_is_out_even_with_a_session_left(db):
    secret = create_session(db, new_user(db))
    db.execute(update(User).values(disabled_at=utc_now()))
    assert identity_of_session(db, secret, **TIMES) is None


def test_people_end_their_own_sessions_only(db):
    ada, ben = new_user(db), new_user(db, "ben")
    first = create_session(db, ada)
    by_ben = identity_of_session(db, create_session(db, ben), **TIMES).identity
    by_ada = identity_of_session(db, first, **TIMES)
    with pytest.raises(Missing):
        end_session(db, by_ada.row_id, by=by_ben)
    end_session(db, by_ada.row_id, by=by_ada.identity)
    assert identity_of_session(db, first, **TIMES) is None
    assert db.scalars(select(Change.action).order_by(Change.id.desc())).first() == "signed-out"


def test_all_other_sessions_end_together(db):
    ada = new_user(db)
    secrets = [create_session(db, ada) for _ in range(3)]
    kept = identity_of_session(db, secrets[0], **TIMES)
    assert end_other_sessions(db, ada, by=kept.identity, keep=kept.row_id) == 2
    assert [identity_of_session(db, secret, **TIMES) is not None for secret in secrets] == [
        True,
        False,
        False,
    ]


def test_a_token_is_stored_as_a_hash_and_recognised_by_its_beginning(db):
    new = new_token(db, new_user(db))
    stored = db.scalars(select(Token)).one()
    assert new.secret.startswith("mp_")
    assert new.secret.startswith(stored.prefix)
    assert new.secret not in (stored.secret_hash, stored.prefix)
    assert new.secret not in str([row.values for row in db.scalars(select(Change))])


def test_a_token_carries_its_scopes(db):
    new = new_token(db, new_user(db), scopes=["write", "read"])
    proof = identity_of_token(db, new.secret, public=True)
    assert proof.identity.scopes == {Scope.READ, Scope.WRITE}
    assert proof.identity.principals == ("user:ada", "signed-in", "public")
    assert proof.is_stale
    assert identity_of_token(db, new.secret[:-1], public=True) is None


def test_expired_and_revoked_tokens_are_nothing(db):
    ada = new_user(db)
    first, second = new_token(db, ada), new_token(db, ada)
    db.execute(update(Token).where(Token.id == first.id).values(expires_at=database_now(-1)))
    revoke_token(db, second.id, by=SYSTEM)
    assert identity_of_token(db, first.secret, public=False) is None
    assert identity_of_token(db, second.secret, public=False) is None


def test_wrong_tokens_are_told_all_at_once(db):
    with pytest.raises(Invalid) as caught:
        new_token(db, new_user(db), name=" ", scopes=["read", "root"], days=31)
    assert set(caught.value.by_field()) == {"name", "scopes", "days"}
    with pytest.raises(Invalid, match="at least one"):
        new_token(db, db.scalars(select(User)).one(), scopes=[])


def test_a_token_makes_no_stronger_and_no_longer_token(db):
    ada = new_user(db)
    own = identity_of_token(
        db, new_token(db, ada, scopes=["read", "admin"], days=5).secret, public=False
    ).identity
    with pytest.raises(Invalid) as caught:
        new_token(db, ada, by=own, scopes=["read", "write"], days=6)
    assert set(caught.value.by_field()) == {"scopes", "days"}
    new_token(db, ada, by=own, scopes=["read"], days=4)


def test_a_token_without_the_scope_admin_handles_no_tokens(db):
    ada = new_user(db)
    first, second = new_token(db, ada, scopes=["read", "write"]), new_token(db, ada)
    own = identity_of_token(db, first.secret, public=False).identity
    with pytest.raises(NotAllowed):
        new_token(db, ada, by=own)
    with pytest.raises(NotAllowed):
        revoke_token(db, second.id, by=own)
    revoke_token(db, first.id, by=own)
    assert identity_of_token(db, first.secret, public=False) is None


def test_nobody_makes_or_revokes_tokens_of_others(db):
    ada, ben = new_user(db), new_user(db, "ben")
    theirs = new_token(db, ben)
    own = identity_of_session(db, create_session(db, ada), **TIMES).identity
    with pytest.raises(NotAllowed):
        new_token(db, ben, by=own)
    with pytest.raises(Missing):
        revoke_token(db, theirs.id, by=own)


def test_the_setup_link_makes_the_first_administrator_once(db):
    assert needs_setup(db)
    secret = make_setup_link(db)
    with pytest.raises(Invalid):
        use_setup_link(db, secret, name="ada", display_name="Ada", password="short", min_length=12)
    db.rollback()
    secret = make_setup_link(db)
    other = make_setup_link(db)
    assert use_setup_link(db, secret, name="ada", display_name="Ada", password=GOOD, min_length=12).is_admin
    for each in (secret, other):
        with pytest.raises(Missing):
            use_setup_link(db, each, name="eve", display_name="Eve", password=GOOD, min_length=12)
    with pytest.raises(Conflict):
        make_setup_link(db)


def test_a_later_start_replaces_the_setup_link(db):
    secret = make_setup_link(db)
    db.execute(update(OneTimeLink).values(expires_at=utc_now() + dt.timedelta(hours=23)))
    make_setup_link(db)
    with pytest.raises(Missing):
        use_setup_link(db, secret, name="ada", display_name="Ada", password=GOOD, min_length=12)


def test_an_expired_setup_link_is_nothing(db):
    secret = make_setup_link(db)
    db.execute(update(OneTimeLink).values(expires_at=database_now(-1)))
    with pytest.raises(Missing):
        use_setup_link(db, secret, name="ada", display_name="Ada", password=GOOD, min_length=12)


@pytest.fixture
def attempt(db):
    """Tries to sign in with sessions that are committed on their own, as the site does."""
    db.commit()

    @contextmanager
    def transaction():
        with Session(db.get_bind()) as own, own.begin():
            yield own

    def try_once(name="ada", password="wrong", address="192.0.2.1"):
        db.commit()
        return sign_in(transaction, name, password, address=address, limits=LIMITS)

    return try_once


def test_one_signs_in_by_name_or_address(db, attempt):
    ada = new_user(db, email="ada@example.com", password=GOOD)
    assert attempt("ADA", GOOD) == attempt(" ada@Example.com", GOOD) == ada.id
    assert db.scalars(select(SignInFailure)).all() == []


def test_unknown_wrong_disabled_and_passwordless_accounts_answer_alike(db, attempt):
    new_user(db, password=GOOD)
    new_user(db, "ben")
    disable_user(db, new_user(db, "eve", password=GOOD), by=SYSTEM)
    told = set()
    for name, password in (("ada", "x"), ("nobody", "x"), ("eve", GOOD), ("ben", ""), ("", "")):
        with pytest.raises(Invalid) as caught:
            attempt(name, password, address=f"192.0.2.{len(name)}")
        told.add(caught.value.errors)
    assert len(told) == 1


def test_every_attempt_costs_one_verification(db, attempt, monkeypatch):
    new_user(db, password=GOOD)
    verified = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given: verified.append(given) or matches(*given))
    for name in ("ada", "nobody"):
        with pytest.raises(Invalid):
            attempt(name)
    assert [stored is None for stored, _ in verified] == [False, True]


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_an_account_is_throttled_whether_it_exists_or_not(db, attempt, name):
    new_user(db, password=GOOD)
    for number in range(3):
        with pytest.raises(Invalid):
            attempt(name, address=f"192.0.2.{number}")
    with pytest.raises(Throttled) as caught:
        attempt(name, GOOD, address="192.0.2.9")
    assert 0 < caught.value.seconds <= 15 * 60


def test_name_and_address_of_an_account_count_together(db, attempt):
    new_user(db, email="ada@example.com", password=GOOD)
    for name in ("ada", "ada@example.com", "ADA"):
        with pytest.raises(Invalid):
            attempt(name)
    with pytest.raises(Throttled):
        attempt("ada@example.com", GOOD)


def test_an_address_is_throttled_across_accounts(db, attempt):
    for number in range(5):
        with pytest.raises(Invalid):
            attempt(f"user{number}")
    with pytest.raises(Throttled):
        attempt("another")
    with pytest.raises(Invalid):
        attempt("another", address="192.0.2.2")


def test_failures_are_forgotten_after_the_window_and_by_success(db, attempt):
    new_user(db, password=GOOD)
    for _ in range(2):
        with pytest.raises(Invalid):
            attempt()
    attempt(password=GOOD)
    assert {failure.key for failure in db.scalars(select(SignInFailure))} == {"address:192.0.2.1"}
    for _ in range(3):
        with pytest.raises(Invalid):
            attempt()
    age(db, SignInFailure, at=dt.timedelta(minutes=16))
    attempt(password=GOOD)


def test_a_hash_with_lower_parameters_is_renewed(db, attempt, monkeypatch):
    ada = new_user(db, password=GOOD)
    before = ada.password_hash
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    attempt(password=GOOD)
    db.commit()
    db.refresh(ada)
    assert ada.password_hash != before
    assert not passwords.is_outdated(ada.password_hash)
    attempt(password=GOOD)


def test_what_was_typed_as_an_unknown_name_is_not_stored(db, attempt):
    with pytest.raises(Invalid):
        attempt(GOOD)
    assert GOOD not in str([failure.key for failure in db.scalars(select(SignInFailure))])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_addresses_count_by_network(address, network):
    assert network_of(address) == network
