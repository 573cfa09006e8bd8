"""Two people act on accounts in the same moment, on connections of their own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from myplatform.actions.groups import add_member, create_group
from myplatform.actions.links import make_setup_link, use_setup_link
from myplatform.actions.users import change_user, create_user, disable_user
from myplatform.database import make_session_factory, open_session
from myplatform.errors import Conflict, Invalid, Missing
from myplatform.identity import SYSTEM
from myplatform.models import Membership, User
from myplatform.queries.accounts import group_named, user_named
from tests.conftest import PASSWORD


@pytest.fixture
def transaction(engine):
    """Opens a session that commits at the end of its block."""
    factory = make_session_factory(engine)
    return lambda: open_session(factory)


@pytest.fixture
def at_once(transaction):
    """Runs each action in a transaction of its own, all beginning together; returns how each ended."""

    def run(*actions):
        barrier = threading.Barrier(len(actions))

        def act(action):
            barrier.wait()
            try:
                with transaction() as db:
                    action(db)
            except (Conflict, Invalid, Missing) as problem:
                return type(problem).__name__
            return "done"

        with ThreadPoolExecutor(len(actions)) as pool:
            return sorted(pool.map(act, actions))

    return run


@pytest.mark.parametrize("number", range(5))
def test_two_administrators_cannot_remove_each_other(transaction, at_once, number):
    with transaction() as db:
        for name in ("ada", "ben"):
            create_user(db, by=SYSTEM, name=name, is_admin=True)
    outcome = at_once(
        lambda db: disable_user(db, user_named(db, "ada"), by=SYSTEM),
        lambda db: change_user(db, user_named(db, "ben"), by=SYSTEM, is_admin=False),
    )
    assert outcome == ["Conflict", "done"]
    with transaction() as db:
        assert len(db.scalars(select(User).where(User.is_admin, User.disabled_at.is_(None))).all()) == 1


def test_a_setup_link_makes_one_administrator(transaction, at_once):
    with transaction() as db:
        secret = make_setup_link(db)

    def use(name):
        return lambda db: use_setup_link(db, secret, name=name, display_name=name, password=PASSWORD, min_length=12)

    assert at_once(use("ada"), use("ben"), use("eve")) == ["Missing", "Missing", "done"]


def test_groups_do_not_nest_twice_by_two_additions_at_once(transaction, at_once):
    with transaction() as db:
        for name in ("a", "b", "c"):
            create_group(db, by=SYSTEM, name=name)

    def add(group, member):
        return lambda db: add_member(db, group_named(db, group), by=SYSTEM, member=group_named(db, member))

    assert at_once(add("a", "b"), add("b", "c")) == ["Invalid", "done"]
    with transaction() as db:
        assert len(db.scalars(select(Membership)).all()) == 1
