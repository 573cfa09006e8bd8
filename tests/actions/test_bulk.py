"""Several nodes at once: all or none, every hindrance told, one change to take the whole back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from myplatform.actions.bulk import (
    MOST,
    Done,
    Hindered,
    copy_many,
    move_many,
    purge_many,
    restore_many,
    share_many,
    trash_many,
    undo_selection,
)
from myplatform.actions.content import ensure_root
from myplatform.actions.ordering import MOST_PLACED, order_children, place_child
from myplatform.actions.sharing import Granted, granted_on, granted_on_each, set_grants
from myplatform.actions.users import create_user
from myplatform.errors import Invalid, NotAllowed
from myplatform.identity import SYSTEM
from myplatform.models import Change, Node
from myplatform.queries.changes import change_by_id
from myplatform.queries.children import children_of
from myplatform.queries.nodes import NodeRow, node_by_path
from tests.conftest import PASSWORD, make_node, somebody
from tests.racing import at_once, while_uncommitted

EDITOR = somebody("ed")


@pytest.fixture
def shelf(db: Session, root: NodeRow) -> dict[str, int]:
    """Two folders, one with three pages and a folder in it, where `ed` is an editor; and a page nobody else sees."""
    create_user(db, name="ed", display_name="Ed", password=PASSWORD, is_admin=False, by=SYSTEM)
    made = {"root": root.id}
    for path, kind in (("/a", "folder"), ("/b", "folder"), ("/a/one", "page"), ("/a/two", "page"), ("/a/three", "page"),
                       ("/a/in", "folder"), ("/a/in/deep", "page"), ("/secret", "page")):
        parent, _, title = path.rpartition("/")
        made[path] = make_node(db, parent or "/", kind, title).node.id
    set_grants(db, node_by_path(db, "/"), [Granted("user:ed", "editor")], inherits=True, by=SYSTEM)
    set_grants(db, node_by_path(db, "/secret"), [], inherits=False, by=SYSTEM)
    return made


def paths(db: Session) -> set[str]:
    """All addresses at which something stands."""
    return set(db.execute(select(Node.path).where(Node.trash_id.is_(None))).scalars())


def undone(db: Session, done: Done) -> Done:
    """Take back what was done."""
    assert done.change is not None
    return undo_selection(db, change_by_id(db, done.change), by=EDITOR)


def test_moving_and_taking_it_back_and_that_too(db: Session, shelf: dict[str, int]) -> None:
    before = paths(db)
    done = move_many(db, [shelf["/a/one"], shelf["/a/in"], shelf["/a/in/deep"]], by=EDITOR, to=node_by_path(db, "/b"))
    assert paths(db) == before - {"/a/one", "/a/in", "/a/in/deep"} | {"/b/one", "/b/in", "/b/in/deep"}
    assert change_by_id(db, done.change).action == "moved"
    back = undone(db, done)
    assert paths(db) == before
    undone(db, back)
    assert "/b/in/deep" in paths(db)


@pytest.mark.parametrize("times", [1, 2])
def test_trash_restore_and_undo(db: Session, shelf: dict[str, int], times: int) -> None:
    before, ids = paths(db), [shelf["/a/one"], shelf["/a/in"]]
    for _ in range(times):
        done = trash_many(db, ids, by=EDITOR)
        assert paths(db) == before - {"/a/one", "/a/in", "/a/in/deep"}
        restored = restore_many(db, ids, by=EDITOR)
        assert paths(db) == before
    undone(db, restored)
    assert "/a/in/deep" not in paths(db)
    undone(db, done)  # they lie in the trash again: it is taken back in the same way
    with pytest.raises(Hindered):
        undone(db, done)


def test_copies_are_undone_by_trashing_them(db: Session, shelf: dict[str, int]) -> None:
    before = paths(db)
    done = copy_many(db, [shelf["/a/one"], shelf["/a/in"]], by=EDITOR, to=node_by_path(db, "/b"))
    assert paths(db) - before == {"/b/one", "/b/in", "/b/in/deep"}
    undone(db, done)
    assert paths(db) == before


def test_sharing_several_keeps_what_others_have_and_is_undone_at_once(db: Session, shelf: dict[str, int]) -> None:
    create_user(db, name="flo", display_name="Flo", password=PASSWORD, is_admin=False, by=SYSTEM)
    set_grants(db, node_by_path(db, "/"), [Granted("user:ed", "manager")], inherits=True, by=SYSTEM)
    one, inside = shelf["/a/one"], shelf["/a/in"]
    old = [Granted("public", "reader"), Granted("user:flo", "manager")]
    set_grants(db, node_by_path(db, "/a/one"), old, inherits=True, by=SYSTEM)
    done = share_many(db, [one, inside], by=EDITOR, grants=[Granted("user:flo", "editor")])
    flo = Granted("user:flo", "editor")
    assert granted_on_each(db, [one, inside]) == {one: [Granted("public", "reader"), flo], inside: [flo]}
    assert change_by_id(db, done.change).action == "shared"
    undone(db, done)
    assert granted_on_each(db, [one, inside]) == {one: old, inside: []}
    again = [Granted("public", "reader")]
    assert share_many(db, [one], by=EDITOR, grants=again) == Done([node_by_path(db, "/a/one")], None)


def test_sharing_several_needs_the_right_on_each_and_keeps_ones_own(db: Session, shelf: dict[str, int]) -> None:
    for place, role in (("/a/one", "manager"), ("/a/two", "manager")):
        set_grants(db, node_by_path(db, place), [Granted("user:ed", role)], inherits=True, by=SYSTEM)
    ids = [shelf[f"/a/{name}"] for name in ("one", "two", "three")]
    with pytest.raises(Hindered) as refused:
        share_many(db, ids, by=EDITOR, grants=[Granted("signed-in", "reader")])
    assert [each.title for each in refused.value.hindrances] == ["three"]
    with pytest.raises(Hindered, match="could no longer share it yourself"), db.begin_nested():
        share_many(db, ids[:2], by=EDITOR, grants=[Granted("user:ed", "reader")])
    assert granted_on(db, ids[0]) == [Granted("user:ed", "manager")]


def test_deleting_for_good_needs_the_right_to(db: Session, shelf: dict[str, int]) -> None:
    ids = [shelf["/a/one"], shelf["/a/in"]]
    trash_many(db, ids, by=EDITOR)
    with pytest.raises(Hindered) as refused:
        purge_many(db, ids, by=EDITOR)
    assert {each.node_id for each in refused.value.hindrances} == set(ids)
    assert purge_many(db, ids, by=SYSTEM_ADMIN) == 3


SYSTEM_ADMIN = somebody("boss", is_admin=True)


def test_one_hindrance_keeps_all_where_they_are(db: Session, shelf: dict[str, int]) -> None:
    make_node(db, "/b", "page", "two")
    before = paths(db)
    with pytest.raises(Hindered) as refused, db.begin_nested():
        move_many(db, [shelf["/a/one"], shelf["/a/two"], shelf["/b"]], by=EDITOR, to=node_by_path(db, "/b"))
    assert {each.title for each in refused.value.hindrances} == {"two", "b"}
    assert "There already is something" in str(refused.value)
    assert paths(db) == before


def test_what_one_may_not_see_or_change_is_told_apart_but_not_by_name(db: Session, shelf: dict[str, int]) -> None:
    set_grants(db, node_by_path(db, "/a/two"), [Granted("user:ed", "reader")], inherits=False, by=SYSTEM)
    with pytest.raises(Hindered) as refused:
        trash_many(db, [shelf["/a/one"], shelf["/a/two"], shelf["/secret"], 987654], by=EDITOR)
    told = [(each.node_id, each.title) for each in refused.value.hindrances]
    assert told == [(shelf["/secret"], "Something"), (987654, "Something"), (shelf["/a/two"], "two")]
    with pytest.raises(NotAllowed):
        copy_many(db, [shelf["/a/one"]], by=somebody("ed", "x"), to=node_by_path(db, "/a/two"))


@pytest.mark.parametrize("ids", [[], range(1, MOST + 2)])
def test_how_many_is_bounded(db: Session, shelf: dict[str, int], ids: list[int]) -> None:
    with pytest.raises(Invalid):
        trash_many(db, ids, by=EDITOR)


def test_a_version_that_is_not_the_newest_hinders(db: Session, shelf: dict[str, int]) -> None:
    one = shelf["/a/one"]
    with pytest.raises(Hindered, match="changed by somebody else"):
        move_many(db, [one], by=EDITOR, to=node_by_path(db, "/b"), expected_versions={one: 7})


def titles(db: Session, path: str) -> list[str]:
    """What stands in a place, in order."""
    return [row.title for row in children_of(db, SYSTEM_ADMIN, node_by_path(db, path).id, limit=99)]


def test_dropping_between_two_and_undoing_restores_both_orders(db: Session, shelf: dict[str, int]) -> None:
    a, b = node_by_path(db, "/a"), node_by_path(db, "/b")
    for title in "xyz":
        make_node(db, "/b", "page", title)
    order_children(db, a, [shelf["/a/two"], shelf["/a/three"]], by=SYSTEM)
    before = titles(db, "/a"), titles(db, "/b")
    y = node_by_path(db, "/b/y").id
    done = move_many(db, [shelf["/a/three"]], by=EDITOR, to=b, before=y, is_placed=True)
    assert titles(db, "/b") == ["x", "three", "y", "z"]
    undone(db, done)
    assert (titles(db, "/a"), titles(db, "/b")) == before


def test_placing_last_and_among_siblings(db: Session, shelf: dict[str, int]) -> None:
    a = node_by_path(db, "/a")
    assert titles(db, "/a") == ["in", "one", "three", "two"]
    place_child(db, a, shelf["/a/in"], before=None, by=EDITOR)
    assert titles(db, "/a") == ["one", "three", "two", "in"]
    place_child(db, a, shelf["/a/two"], before=shelf["/a/three"], by=EDITOR)
    assert titles(db, "/a") == ["one", "two", "three", "in"]
    with pytest.raises(Invalid):
        place_child(db, a, shelf["/b"], before=None, by=EDITOR)
    with pytest.raises(Invalid):
        place_child(db, a, shelf["/a/two"], before=shelf["/b"], by=EDITOR)


def test_placing_far_down_is_refused(db: Session, shelf: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_PLACED == 1000
    monkeypatch.setattr("myplatform.actions.ordering.MOST_PLACED", 3)
    with pytest.raises(Invalid, match="too far down"):
        place_child(db, node_by_path(db, "/a"), shelf["/a/in"], before=None, by=EDITOR)


def test_a_selection_is_one_change_of_no_node(db: Session, shelf: dict[str, int]) -> None:
    done = trash_many(db, [shelf["/a/one"], shelf["/a/two"]], by=EDITOR)
    row = change_by_id(db, done.change)
    assert (row.subject, row.node_id, row.action, len(row.values["changes"][1])) == ("selection", None, "trashed", 2)
    alone = trash_many(db, [shelf["/a/three"]], by=EDITOR)
    assert change_by_id(db, alone.change).node_id == shelf["/a/three"]
    assert move_many(db, [shelf["/a/in"]], by=EDITOR, to=node_by_path(db, "/a")).change is None


def filled(engine) -> list[int]:
    """Ten pages in a folder, and an empty folder, committed; the ids of the pages."""
    from myplatform.database import make_session_factory, open_session

    with open_session(make_session_factory(engine)) as db:
        ensure_root(db)
        make_node(db, "/", "folder", "from")
        make_node(db, "/", "folder", "to")
        return [make_node(db, "/from", "page", f"p{number}").node.id for number in range(10)]


def test_two_selections_at_once_do_not_wait_for_each_other_for_ever(engine) -> None:
    ids = filled(engine)

    def move(db: Session, wanted: list[int]) -> Done:
        return move_many(db, wanted, by=SYSTEM_ADMIN, to=node_by_path(db, "/to"))

    outcomes = at_once(engine, lambda db: move(db, ids), lambda db: move(db, ids[::-1]))
    assert sum(isinstance(each, Done) for each in outcomes) == 2  # the second finds all in place and changes nothing
    assert sorted(each.change is None for each in outcomes) == [False, True]


def test_a_page_trashed_meanwhile_hinders_the_whole(engine) -> None:
    ids = filled(engine)
    first = lambda db: trash_many(db, ids[:1], by=SYSTEM_ADMIN)  # noqa: E731
    _, second = while_uncommitted(
        engine, first, lambda db: move_many(db, ids, by=SYSTEM_ADMIN, to=node_by_path(db, "/to"))
    )
    assert isinstance(second, Hindered)
    with engine.connect() as connection:
        moves = select(func.count()).select_from(Change).where(Change.action == "moved")
        moved = connection.execute(moves).scalar_one()
    assert moved == 0
