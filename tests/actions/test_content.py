"""Making, editing, moving, copying, trashing and restoring nodes."""

import pytest
from sqlalchemy import select

from myplatform.actions.arrangement import copy_node, move_node
from myplatform.actions.content import create_node, edit_node
from myplatform.actions.history import revert_node, undo_change
from myplatform.actions.ordering import order_children
from myplatform.actions.rows import reserve_node_ids
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import purge_node, restore_node, trash_node
from myplatform.errors import Conflict, Invalid, Missing
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Change, Node
from myplatform.queries import changes
from myplatform.queries.changes import feed, history, values_at
from myplatform.queries.children import items_of, parse_items
from myplatform.queries.nodes import entry_of, find_by_path, node_by_id, node_by_path, redirect_target
from myplatform.queries.search import search
from tests.conftest import make_node, somebody


def edit(db, node, **values):
    return edit_node(db, node, values, by=SYSTEM, expected_version=node.version)


def titles(db, asker, container, *params):
    kind = kind_named(container.kind)
    return [item["title"] for item in items_of(db, asker, container, parse_items(kind, params)).rows]


def test_a_slug_is_made_from_the_title_and_numbered_when_taken(db, root):
    first = make_node(db, "/", "page", "Travel & leave").node
    second = make_node(db, "/", "page", "Travel & leave").node
    assert (first.path, second.path) == ("/travel-leave", "/travel-leave-2")


def test_a_given_slug_that_is_taken_is_a_conflict(db, root):
    make_node(db, "/", "page", "One")
    with pytest.raises(Conflict):
        create_node(db, root, kind_named("page"), {"title": "Two"}, by=SYSTEM, slug="one")


def test_reserved_names_at_the_root_are_numbered_or_refused(db, root):
    assert make_node(db, "/", "page", "API").node.path == "/api-2"
    with pytest.raises(Invalid):
        create_node(db, root, kind_named("page"), {"title": "x"}, by=SYSTEM, slug="api")


def test_an_employee_cannot_be_made_in_a_folder(db, root):
    with pytest.raises(Invalid, match="cannot be made inside"):
        make_node(db, "/", "employee", "Ada Example")


def test_an_edit_with_a_stale_version_is_a_conflict_and_changes_nothing(db, root):
    page = make_node(db, "/", "page", "Page", body="one").node
    edit(db, page, body="two")
    with pytest.raises(Conflict) as conflict:
        edit(db, page, body="three")
    assert conflict.value.current == 2
    assert entry_of(db, node_by_path(db, "/page")).values["body"] == "two"


def test_an_edit_that_changes_nothing_writes_nothing(db, root):
    page = make_node(db, "/", "page", "Page", body="one").node
    assert edit(db, page, body="one").node.version == 1
    assert len(history(db, page.id)) == 1


def test_moving_rewrites_the_subtree_and_leaves_redirects(db, root):
    make_node(db, "/", "folder", "A")
    make_node(db, "/a", "folder", "B")
    page = make_node(db, "/a/b", "page", "Page").node
    make_node(db, "/", "folder", "C")
    move_node(db, node_by_path(db, "/a"), by=SYSTEM, to=node_by_path(db, "/c"), slug="moved")
    assert node_by_path(db, "/c/moved/b/page").id == page.id
    assert find_by_path(db, "/a") is None
    target, rest = redirect_target(db, SYSTEM, "/a/b/page")
    assert (target.path, rest) == ("/c/moved", "b/page")


def test_a_folder_cannot_be_moved_into_itself(db, root):
    make_node(db, "/", "folder", "A")
    make_node(db, "/a", "folder", "B")
    with pytest.raises(Invalid, match="into itself"):
        move_node(db, node_by_path(db, "/a"), by=SYSTEM, to=node_by_path(db, "/a/b"))


def test_trash_takes_the_subtree_and_restore_brings_it_back(db, root):
    make_node(db, "/", "folder", "A")
    make_node(db, "/a", "page", "Page", body="needle")
    trashed, _ = trash_node(db, node_by_path(db, "/a"), by=SYSTEM)
    assert find_by_path(db, "/a/page") is None
    assert search(db, SYSTEM, "needle").hits == []
    make_node(db, "/", "folder", "A")  # the name is taken in the meantime
    restored = restore_node(db, trashed, by=SYSTEM)
    assert restored.path == "/a-2"
    assert node_by_path(db, "/a-2/page").title == "Page"
    assert len(search(db, SYSTEM, "needle").hits) == 1


def test_what_was_trashed_before_its_folder_stays_in_the_trash(db, root):
    make_node(db, "/", "folder", "A")
    page = make_node(db, "/a", "page", "Page").node
    trashed_page, _ = trash_node(db, page, by=SYSTEM)
    make_node(db, "/a", "page", "With it")
    folder, _ = trash_node(db, node_by_path(db, "/a"), by=SYSTEM)
    (gone_along,) = db.scalars(select(Node.id).where(Node.title == "With it"))
    with pytest.raises(Conflict, match=r"^Its place is in the trash too"):
        restore_node(db, trashed_page, by=SYSTEM)
    with pytest.raises(Conflict, match="it went there with what it lies in"):
        restore_node(db, node_by_id(db, gone_along, in_trash=True), by=SYSTEM)
    restore_node(db, folder, by=SYSTEM)
    assert find_by_path(db, "/a/page") is None
    assert restore_node(db, trashed_page, by=SYSTEM).path == "/a/page"


def test_purging_deletes_the_subtree_and_keeps_the_changes(db, root):
    make_node(db, "/", "folder", "A")
    page = make_node(db, "/a", "page", "Page").node
    trashed, _ = trash_node(db, node_by_path(db, "/a"), by=SYSTEM)
    assert purge_node(db, trashed, by=SYSTEM) == 2
    assert db.execute(select(Node.id).where(Node.id == page.id)).first() is None
    assert "purged" in db.execute(select(Change.action).where(Change.node_id == page.id)).scalars().all()


def test_copying_a_people_directory_keeps_managers_and_photos_inside_the_copy(db, root):
    make_node(db, "/", "people", "People")
    boss = make_node(db, "/people", "employee", "Boss Example").node
    make_node(db, "/people", "employee", "Ada Example", manager=boss.id)
    copy_node(db, node_by_path(db, "/people"), by=SYSTEM, to=root)
    ada = entry_of(db, node_by_path(db, "/people-2/ada-example"))
    assert ada.values["manager"] == node_by_path(db, "/people-2/boss-example").id


def test_children_can_be_ordered_by_hand_and_the_rest_follow_by_title(db, root):
    nodes = {title: make_node(db, "/", "page", title).node for title in ("b", "Ä1", "c", "a")}
    assert titles(db, SYSTEM, root) == ["a", "Ä1", "b", "c"]
    order_children(db, root, [nodes["c"].id, nodes["a"].id], by=SYSTEM)
    assert titles(db, SYSTEM, root) == ["c", "a", "Ä1", "b"]


def test_an_order_is_undone_without_what_has_left_but_not_over_a_later_one(db, root):
    a, b, c = (make_node(db, "/", "page", title).node.id for title in "abc")
    order_children(db, root, [a, b, c], by=SYSTEM)
    order_children(db, root, [c, b, a], by=SYSTEM)
    change = history(db, root.id)[0]
    trash_node(db, node_by_path(db, "/b"), by=SYSTEM)
    undo_change(db, change, by=SYSTEM)
    assert titles(db, SYSTEM, root) == ["a", "c"]
    with pytest.raises(Conflict, match="ordered differently since"):
        undo_change(db, change, by=SYSTEM)


def test_history_gives_any_version_and_reverting_makes_a_new_one(db, root, monkeypatch):
    page = make_node(db, "/", "page", "One", body="1").node
    second = edit(db, page, body="2", title="Two").node
    third = edit(db, second, keywords="k").node
    entry = entry_of(db, third)
    assert values_at(db, entry, 1)["body"] == "1"
    assert values_at(db, entry, 2)["title"] == "Two"
    monkeypatch.setattr(changes, "UNDONE_AT_ONCE", 1)
    assert [values_at(db, entry, version)["body"] for version in (1, 2, 3)] == ["1", "2", "2"]
    reverted = revert_node(db, third, 1, by=SYSTEM, expected_version=3)
    assert (reverted.node.version, reverted.node.title, reverted.values["keywords"]) == (4, "One", None)


def test_undo_does_the_opposite_of_an_edit_a_move_and_a_trashing(db, root):
    make_node(db, "/", "folder", "A")
    page = make_node(db, "/", "page", "Page", body="1").node
    page = edit(db, page, body="2").node
    undo_change(db, history(db, page.id)[0], by=SYSTEM)
    assert entry_of(db, node_by_path(db, "/page")).values["body"] == "1"
    move_node(db, node_by_path(db, "/page"), by=SYSTEM, to=node_by_path(db, "/a"))
    undo_change(db, history(db, page.id)[0], by=SYSTEM)
    trash_node(db, node_by_path(db, "/page"), by=SYSTEM)
    undo_change(db, history(db, page.id)[0], by=SYSTEM)
    assert node_by_path(db, "/page").id == page.id


def test_employees_are_filtered_sorted_and_paged_with_their_fields(db, root):
    make_node(db, "/", "people", "People")
    for number in range(10):
        department = "HR" if number % 2 else "IT"
        make_node(db, "/people", "employee", f"Person {number}", age=20 + number, department=department)
    people = node_by_path(db, "/people")
    params = [("department", "HR"), ("age__gte", "23"), ("sort", "-age"), ("limit", "2"), ("count", "true")]
    kind = kind_named("people")
    page = items_of(db, SYSTEM, people, parse_items(kind, params))
    assert [item["age"] for item in page.rows] == [29, 27]
    assert page.total == 4
    page = items_of(db, SYSTEM, people, parse_items(kind, [*params, ("cursor", page.next_cursor)]))
    assert [item["name"] for item in page.rows] == ["Person 5", "Person 3"]
    assert page.next_cursor is None


def test_nobody_becomes_their_own_manager(db, root):
    make_node(db, "/", "people", "People")
    ada = make_node(db, "/people", "employee", "Ada Example").node
    bob = make_node(db, "/people", "employee", "Bob Example", manager=ada.id).node
    with pytest.raises(Invalid, match="own manager"):
        edit(db, ada, manager=bob.id)


def test_a_private_folder_is_seen_by_its_group_alone(db, root):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    make_node(db, "/", "folder", "Private")
    make_node(db, "/private", "page", "Secret", body="needle")
    folder = node_by_path(db, "/private")
    from myplatform.actions.groups import create_group

    create_group(db, by=SYSTEM, name="finance")
    set_grants(db, folder, [Granted("group:finance", "editor")], inherits=False, by=SYSTEM)
    insider, outsider = somebody("ada", "finance"), somebody("bob")
    assert titles(db, insider, root) == ["Private"]
    assert titles(db, outsider, root) == []
    assert len(search(db, insider, "needle").hits) == 1
    assert search(db, outsider, "needle").hits == []
    assert {row.node_path for row in feed(db, outsider, after=None, limit=100).rows} <= {"/"}


def test_a_search_marks_words_and_escapes_the_rest(db, root):
    make_node(db, "/", "page", "Page", body="some <b>bold</b> & travelling policies")
    (hit,) = search(db, SYSTEM, "polic").hits
    assert "<mark>policies</mark>" in hit.excerpt or "<mark>polic" in hit.excerpt
    assert "<b>" not in hit.excerpt


def test_the_node_of_another_tree_is_missing(db, root):
    with pytest.raises(Missing):
        node_by_path(db, "/nowhere")


def test_a_copy_leaves_out_links_to_what_is_gone(db, root):
    make_node(db, "/", "people", "People")
    boss = make_node(db, "/people", "employee", "Boss Example").node
    ada = make_node(db, "/people", "employee", "Ada Example", manager=boss.id).node
    trash_node(db, boss, by=SYSTEM)
    copy = copy_node(db, ada, by=SYSTEM, to=node_by_path(db, "/people"))
    assert (copy.node.path, copy.values["manager"]) == ("/people/ada-example-2", None)


def test_an_id_never_comes_again(db, root):
    last = make_node(db, "/", "page", "Last", body="secret").node
    purge_node(db, trash_node(db, last, by=SYSTEM)[0], by=SYSTEM)
    following = make_node(db, "/", "page", "Following").node
    assert following.id > last.id
    assert [change.action for change in history(db, following.id)] == ["created"]
    first, second = reserve_node_ids(db, 2)
    between = make_node(db, "/", "page", "Between").node
    assert len({following.id, first, second, between.id}) == 4


def test_long_names_are_numbered_too(db, root):
    title = "𝒜" * 80 + " and more words"
    paths = {make_node(db, "/", "page", title).node.path for _ in range(4)}
    assert len(paths) == 4


def test_a_subtree_does_not_move_where_its_addresses_grow_too_long(db, root):
    make_node(db, "/", "folder", "Deep")
    path = "/deep"
    for _ in range(8):
        path = make_node(db, path, "folder", "ä" * 100).node.path
    make_node(db, "/", "folder", "Other")
    target = "/other"
    for _ in range(2):
        target = make_node(db, target, "folder", "ä" * 100).node.path
    with pytest.raises(Invalid, match="too deep for what is inside"):
        move_node(db, node_by_path(db, "/deep"), by=SYSTEM, to=node_by_path(db, target))


def test_a_subtree_does_not_move_where_it_would_have_too_many_steps(db, root):
    for title in ("Deep", "Other"):
        path = make_node(db, "/", "folder", title).node.path
        for _ in range(24):
            path = make_node(db, path, "folder", "x").node.path
    with pytest.raises(Invalid, match="too deep for what is inside"):
        move_node(db, node_by_path(db, "/deep"), by=SYSTEM, to=node_by_path(db, path))
