"""The preview of a change of sharing: on random trees, groups and grants it says what really comes of it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from myplatform.actions.arrangement import copy_node, move_node
from myplatform.actions.groups import add_member, create_group
from myplatform.actions.sharing import Granted, granted_on, set_grants
from myplatform.actions.users import create_user, disable_user
from myplatform.errors import Problem
from myplatform.identity import SYSTEM
from myplatform.models import User
from myplatform.permissions import PUBLIC, Role
from myplatform.queries.access import permissions_on
from myplatform.queries.effects import (
    LISTED,
    effect_of_copying,
    effect_of_moving,
    effect_of_sharing,
    effects_of_granting,
)
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_id, node_by_path
from tests.conftest import examples, make_node, somebody

USERS = ("ada", "bob", "cyd", "dan", "eve")
PRINCIPALS = ("user:ada", "user:bob", "group:inner", "group:outer", "group:other", "signed-in", "public")
PATHS = ("/", "/a", "/a/b", "/a/b/c", "/d", "/d/e")

path = st.sampled_from(PATHS)
role = st.sampled_from([role.value for role in Role])
grants = st.lists(st.tuples(st.sampled_from(PRINCIPALS), role), max_size=3)
sharing = st.fixed_dictionaries({place: st.tuples(grants, st.booleans()) for place in PATHS})
profile = settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@pytest.fixture
def tree(db, root):
    """Some people in groups, and a tree in which nothing is shared yet."""
    for name in USERS:
        create_user(db, name=name, display_name=name.title(), password=None, is_admin=name == "eve", by=SYSTEM)
    people = {user.name: user for user in db.scalars(select(User))}
    groups = {name: create_group(db, by=SYSTEM, name=name) for name in ("inner", "outer", "other")}
    add_member(db, groups["outer"], by=SYSTEM, member=groups["inner"])
    add_member(db, groups["inner"], by=SYSTEM, member=people["ada"])
    add_member(db, groups["inner"], by=SYSTEM, member=people["cyd"])
    add_member(db, groups["other"], by=SYSTEM, member=people["bob"])
    for place in PATHS[1:]:
        parent, _, name = place.rpartition("/")
        make_node(db, parent or "/", "folder", name)
    return db


def roles(db, node, *, public):
    """The role that each user has on a node, judged one by one."""
    found = {}
    for name in USERS:
        given = permissions_on(db, identity_of_user(db, name, public=public), node)
        found[name] = max((each for each in Role if each.permissions <= given), key=Role.rank, default=None)
    return found


def shifts(before, after):
    return Counter((before[name], after[name]) for name in USERS if before[name] != after[name])


def said(effect):
    assert all(shift.count == len(shift.people) for shift in effect.shifts)
    return Counter({(shift.before, shift.after): shift.count for shift in effect.shifts})


def asker(*, public):
    principals = (*SYSTEM.principals, PUBLIC) if public else SYSTEM.principals
    return type(SYSTEM)(**{**SYSTEM.__dict__, "principals": principals})


def share_all(db, given):
    for place, (granted, inherits) in given.items():
        set_grants(db, node_by_path(db, place), [Granted(*each) for each in granted], inherits=inherits, by=SYSTEM)


def test_the_preview_of_sharing_is_what_comes_of_it(tree):
    db = tree

    def holds(given, place, wanted, inherits, public):
        with db.begin_nested() as savepoint:
            share_all(db, given)
            node = node_by_path(db, place)
            before = roles(db, node, public=public)
            effect = effect_of_sharing(db, node, wanted, inherits=inherits, by=asker(public=public))
            set_grants(db, node, [Granted(*each) for each in wanted], inherits=inherits, by=SYSTEM)
            after = roles(db, node_by_path(db, place), public=public)
            assert said(effect) == shifts(before, after)
            plain = [name for name in USERS if name != "eve"]
            manages = [any(side[name] == Role.MANAGER for name in plain) for side in (before, after)]
            assert effect.only_administrators == (manages == [True, False])
            savepoint.rollback()

    profile(given(sharing, path, grants, st.booleans(), st.booleans())(holds))()


def test_the_preview_of_moving_and_copying_is_what_comes_of_it(tree):
    db = tree

    def holds(given, what, to):
        with db.begin_nested() as savepoint:
            share_all(db, given)
            node, place = node_by_path(db, what), node_by_path(db, to)
            before = roles(db, node, public=False)
            moving = effect_of_moving(db, node, place, by=SYSTEM)
            copying = effect_of_copying(db, node, place, by=SYSTEM)
            try:
                with db.begin_nested():
                    made = copy_node(db, node, by=SYSTEM, to=place).node
                    assert said(copying) == shifts(before, roles(db, node_by_id(db, made.id), public=False))
                move_node(db, node, by=SYSTEM, to=place)
            except Problem:
                pass
            else:
                assert said(moving) == shifts(before, roles(db, node_by_id(db, node.id), public=False))
            savepoint.rollback()

    profile(given(sharing, st.sampled_from(PATHS[1:]), path)(holds))()


def test_the_preview_for_several_places_is_what_comes_of_it_in_each(tree):
    db = tree

    def holds(given, granted):
        with db.begin_nested() as savepoint:
            share_all(db, given)
            nodes = [node_by_path(db, place) for place in ("/a", "/a/b", "/d/e")]
            effects = {node.id: effect for same, effect in effects_of_granting(db, nodes, [granted], by=SYSTEM)
                       for node in same}  # fmt: skip
            for node in nodes:
                kept = [each for each in granted_on(db, node.id) if each.principal != granted[0]]
                alone = effect_of_sharing(db, node, [*kept, granted], inherits=node.inherits, by=SYSTEM)
                assert said(effects[node.id]) == said(alone)
            savepoint.rollback()

    profile(given(sharing, st.tuples(st.sampled_from(PRINCIPALS), role))(holds))()


def test_many_people_are_counted_and_the_first_of_them_named(db, root):
    for number in range(LISTED + 3):
        create_user(db, name=f"p{number:02}", display_name=f"Person {number:02}", password=None, by=SYSTEM)
    disable_user(db, db.query(User).filter_by(name="p00").one(), by=SYSTEM)
    (shift,) = effect_of_sharing(db, root, [("signed-in", "reader")], inherits=True, by=SYSTEM).shifts
    assert (shift.before, shift.after, shift.count, shift.more) == (None, Role.READER, LISTED + 2, 2)
    assert shift.people[0] == ("p01", "Person 01")
    assert not shift.is_loss


def test_what_to_beware_of_is_said(tree):
    db = tree
    folder = node_by_path(db, "/a")
    set_grants(db, folder, [Granted("user:bob", "manager")], inherits=True, by=SYSTEM)
    set_grants(db, node_by_path(db, "/a/b/c"), [], inherits=False, by=SYSTEM)
    folder = node_by_path(db, "/a")
    effect = effect_of_sharing(db, folder, [("public", "reader")], inherits=True, by=somebody("bob"))
    assert (effect.loses_own, effect.only_administrators, effect.places_inside) == (True, True, 1)
    assert effect.public == (None, Role.READER)
    assert not effect.public_is_on
    assert ([shift.count for shift in effect.shifts if shift.is_loss], effect.gaining) == ([1], 0)
    same = effect_of_sharing(db, folder, [("user:bob", "manager")], inherits=True, by=somebody("bob"))
    assert same.is_nothing


def test_the_preview_takes_few_statements(tree, statements):
    node = node_by_path(tree, "/a/b")
    statements.clear()
    effect_of_sharing(tree, node, [("group:outer", "editor")], inherits=True, by=SYSTEM)
    assert len(statements) == 5
