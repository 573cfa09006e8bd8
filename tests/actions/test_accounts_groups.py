"""Groups and who belongs to them."""

import pytest
from sqlalchemy import select

from myplatform.actions.groups import add_member, create_group, delete_group, remove_member, rename_group
from myplatform.actions.sharing import Granted, set_grants
from myplatform.errors import Invalid, Missing
from myplatform.identity import SYSTEM
from myplatform.models import Change, Membership
from myplatform.queries.access import permissions_on
from myplatform.queries.accounts import (
    groups_with,
    list_groups,
    members_of,
    principal_titles,
)
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_id
from myplatform.queries.principals import find_principal, search_principals
from tests.conftest import make_node, new_user


def new_group(db, name):
    return create_group(db, by=SYSTEM, name=name, title=name.title())


def test_a_user_stands_for_the_groups_and_their_groups(db):
    ada, hr, staff = new_user(db, "ada"), new_group(db, "hr"), new_group(db, "staff")
    new_group(db, "others")
    add_member(db, hr, by=SYSTEM, member=ada)
    add_member(db, staff, by=SYSTEM, member=hr)
    identity = identity_of_user(db, "ada", public=True)
    assert identity.principals == ("user:ada", "signed-in", "group:hr", "group:staff", "public")


def test_a_group_reached_twice_counts_once(db):
    ada, hr, staff = new_user(db, "ada"), new_group(db, "hr"), new_group(db, "staff")
    add_member(db, hr, by=SYSTEM, member=ada)
    add_member(db, staff, by=SYSTEM, member=ada)
    add_member(db, staff, by=SYSTEM, member=hr)
    assert identity_of_user(db, "ada", public=False).principals == (
        "user:ada",
        "signed-in",
        "group:hr",
        "group:staff",
    )


def test_groups_nest_one_level_deep(db):
    a, b, c = new_group(db, "a"), new_group(db, "b"), new_group(db, "c")
    add_member(db, a, by=SYSTEM, member=b)
    for group, member in ((b, c), (c, a), (b, a), (a, a)):
        with pytest.raises(Invalid) as caught:
            add_member(db, group, by=SYSTEM, member=member)
        assert set(caught.value.by_field()) == {"member"}


def test_nobody_is_added_twice(db):
    ada, hr = new_user(db, "ada"), new_group(db, "hr")
    add_member(db, hr, by=SYSTEM, member=ada)
    with pytest.raises(Invalid, match="already"):
        add_member(db, hr, by=SYSTEM, member=ada)


def test_who_left_is_out(db):
    ada, hr = new_user(db, "ada"), new_group(db, "hr")
    add_member(db, hr, by=SYSTEM, member=ada)
    remove_member(db, hr, by=SYSTEM, member=ada)
    assert "group:hr" not in identity_of_user(db, "ada", public=False).principals
    with pytest.raises(Missing):
        remove_member(db, hr, by=SYSTEM, member=ada)


def test_deleting_a_group_deletes_its_memberships(db):
    ada, hr = new_user(db, "ada"), new_group(db, "hr")
    add_member(db, hr, by=SYSTEM, member=ada)
    delete_group(db, hr, by=SYSTEM)
    assert db.scalars(select(Membership)).all() == []
    assert db.scalars(select(Change.action).order_by(Change.id.desc())).first() == "deleted"


def test_deleting_a_group_withdraws_what_was_granted_to_it(db, root):
    ada, hr = new_user(db, "ada"), new_group(db, "hr")
    add_member(db, hr, by=SYSTEM, member=ada)
    room = make_node(db, "/", "folder", "Room").node
    set_grants(db, room, [Granted("group:hr", "editor")], inherits=False, by=SYSTEM)
    delete_group(db, hr, by=SYSTEM)
    again = new_group(db, "hr")
    add_member(db, again, by=SYSTEM, member=ada)
    asker = identity_of_user(db, "ada", public=False)
    assert not permissions_on(db, asker, node_by_id(db, room.id))
    change = db.scalars(select(Change).where(Change.action == "shared").order_by(Change.id.desc())).first()
    assert change.values["grants"] == [[["group:hr", "editor"]], []]


def test_a_group_gets_another_title_but_keeps_its_name(db):
    hr = new_group(db, "hr")
    rename_group(db, hr, by=SYSTEM, title="Human Resources")
    rename_group(db, hr, by=SYSTEM, title="Human Resources")
    found = db.scalars(select(Change).where(Change.action == "edited")).all()
    assert [row.values for row in found] == [{"title": ["Hr", "Human Resources"]}]
    assert hr.name == "hr"


def test_wrong_groups_are_told_all_at_once(db):
    new_group(db, "hr")
    with pytest.raises(Invalid) as caught:
        create_group(db, by=SYSTEM, name="HR", title="a\nb")
    assert set(caught.value.by_field()) == {"name", "title"}


def test_lists_and_titles(db):
    ada, hr, staff = (
        new_user(db, "ada", display_name="Ada Example"),
        new_group(db, "hr"),
        new_group(db, "staff"),
    )
    add_member(db, hr, by=SYSTEM, member=ada)
    add_member(db, staff, by=SYSTEM, member=hr)
    assert [(group.name, count) for group, count in list_groups(db)] == [("hr", 1), ("staff", 1)]
    assert members_of(db, staff) == ([], [hr])
    assert groups_with(db, ada) == [hr]
    wanted = ["user:ada", "ada", "group:hr", "signed-in", "user:gone", "group:gone", "system"]
    assert principal_titles(db, wanted) == {
        "user:ada": "Ada Example",
        "ada": "Ada Example",
        "group:hr": "Hr",
        "signed-in": "Everyone signed in",
        "user:gone": "gone",
        "group:gone": "gone",
        "system": "System",
    }


def test_people_and_groups_are_found_by_any_of_their_words(db):
    new_user(db, "ada", display_name="Ada Öztürk", email="a.oe@example.com")
    new_group(db, "ada-fans")
    assert [each.principal for each in search_principals(db, "ada")] == ["group:ada-fans", "user:ada"]
    assert [each.principal for each in search_principals(db, "öztürk ADA")] == ["user:ada"]
    assert [each.principal for each in search_principals(db, "oe@example")] == ["user:ada"]
    assert search_principals(db, "%") == []
    assert len(search_principals(db, "  ")) == 2


def test_who_is_meant_by_what_somebody_types(db):
    new_user(db, "ada", display_name="Ada Öztürk", email="a.oe@example.com")
    new_user(db, "ada2", display_name="Ada Öztürk")
    new_user(db, "eve", display_name="Eve (Finance)")
    new_group(db, "finance")
    for typed, meant in {
        "ADA": "user:ada",
        "user:ada2": "user:ada2",
        "a.oe@example.com": "user:ada",
        "Ada Öztürk (ada2)": "user:ada2",
        "Finance (group finance)": "group:finance",
        "finance": "group:finance",
        "Eve (Finance) (eve)": "user:eve",
        "Everyone signed in": "signed-in",
        "public": "public",
    }.items():
        assert find_principal(db, typed, field="who", everybody=True) == meant
    for typed in ("", "nobody", "Ada Öztürk", "group:ada", "public"):
        with pytest.raises(Invalid):
            find_principal(db, typed, field="who")
