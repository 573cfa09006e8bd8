"""Finding as one types: what matches, in which order, and only what the asker may see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from myplatform.actions.content import edit_node
from myplatform.actions.groups import create_group
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import trash_node
from myplatform.actions.users import create_user
from myplatform.actions.vocabulary import fill_words, lacks_words
from myplatform.collation import folded_words
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_of
from myplatform.models import SearchWord
from myplatform.queries.finding import find
from myplatform.queries.nodes import node_by_path
from myplatform.queries.principals import may_search_principals, principals_called
from tests.conftest import examples, make_node, somebody

ADA = somebody("ada")


def titles(db, typed, asker=ADA, **narrowed):
    """The titles that are found, in their order."""
    return [each.title for each in find(db, asker, typed, **narrowed)]


def test_the_best_comes_first(db, everywhere):
    make_node(db, "/", "page", "Costs", body="What travel costs.")
    make_node(db, "/", "page", "Insurance", body="# On travel\n\nText.")
    make_node(db, "/", "page", "Our travel policy")
    make_node(db, "/", "page", "Travel policy")
    make_node(db, "/", "page", "Travel")
    make_node(db, "/", "page", "Nothing of that")
    assert titles(db, "travel") == ["Travel", "Travel policy", "Our travel policy", "Insurance", "Costs"]
    assert titles(db, "tra") == ["Travel", "Travel policy", "Our travel policy", "Insurance", "Costs"]
    assert titles(db, "t") == ["Travel", "Travel policy", "Nothing of that", "Our travel policy", "Insurance"]
    assert titles(db, "pol tra") == ["Travel policy", "Our travel policy"]
    assert titles(db, "travel", limit=2) == ["Travel", "Travel policy"]
    assert titles(db, "  ?! ") == []


def test_texts_come_by_what_their_titles_have_of_the_words_in_any_form(db, everywhere):
    for title in ("Chairs", "Writing", "Desks and lamps", "Travel 101", "Policing", "Travel and leave policies"):
        make_node(db, "/", "page", title, body="The travel policy says so.")
    make_node(db, "/", "page", "Policies without the other word", body="A policy.")
    first, second, *others = titles(db, "travel policy")
    assert (first, second) == ("Travel and leave policies", "Policing")  # of those with one word, short titles first
    assert others[0] == "Travel 101"
    assert set(others[1:]) == {"Chairs", "Writing", "Desks and lamps"}
    assert titles(db, "policy", limit=2) == ["Policing", "Travel and leave policies"]


@pytest.mark.parametrize("typed", ["cafe", "CAFÉ", "Café", "crème", "creme", "ue", "cafe\u0301 cr"])
def test_case_and_accents_do_not_matter(db, everywhere, typed):
    make_node(db, "/", "page", "Café Crème Über uns" if typed != "ue" else "Ue")
    assert len(titles(db, typed)) == 1


def test_people_are_found_by_address_department_and_job(db, everywhere):
    make_node(db, "/", "people", "People")
    values = {"email": "al@example.org", "department": "Légal affairs", "job_title": "Head of contracts"}
    make_node(db, "/people", "employee", "Ada Example", **values)
    for typed in ("ada", "exa ad", "al@exam", "legal", "contr", "ada legal", "legal ada"):
        (found,) = find(db, ADA, typed)
        assert (found.title, found.summary, found.kind) == (
            "Ada Example",
            "Head of contracts · Légal affairs",
            "employee",
        )
    assert titles(db, "bob legal") == []


def test_kinds_and_place_narrow(db, everywhere):
    make_node(db, "/", "folder", "Leave matters")
    inside = make_node(db, "/leave-matters", "page", "Leave").node
    make_node(db, "/", "page", "Leave elsewhere")
    assert titles(db, "leave", kinds=["folder"]) == ["Leave matters"]
    assert titles(db, "leave", under=node_by_path(db, "/leave-matters")) == ["Leave"]
    assert titles(db, "leave", under=everywhere) == ["Leave", "Leave matters", "Leave elsewhere"]
    assert next(each for each in find(db, ADA, "leave") if each.id == inside.id).summary == "Leave matters"


def test_what_is_hidden_or_trashed_is_not_found(db, everywhere):
    board = make_node(db, "/", "folder", "Board").node
    set_grants(db, board, set(), inherits=False, by=SYSTEM)
    make_node(db, "/board", "page", "Zebra merger", body="# Zebra\n\nzebra")
    shared = make_node(db, "/board", "page", "Zebra minutes").node
    set_grants(db, shared, {Granted("user:ada", "reader")}, inherits=True, by=SYSTEM)
    gone = make_node(db, "/", "page", "Zebra gone").node
    trash_node(db, gone, by=SYSTEM)
    (found,) = find(db, ADA, "zebra")
    assert (found.title, found.summary) == ("Zebra minutes", "")  # the title of the place around it is hidden too
    assert titles(db, "zebra", somebody("root", is_admin=True)) == ["Zebra merger", "Zebra minutes"]


def test_nothing_typed_gives_what_one_worked_on_last(db, everywhere):
    set_grants(db, everywhere, {Granted("signed-in", "editor")}, inherits=True, by=SYSTEM)
    made = [make_node(db, "/", "page", title).node for title in ("One", "Two", "Three")]
    make_node(db, "/", "folder", "Area")
    for node in (made[2], made[0]):
        edit_node(db, node_by_path(db, node.path), {"body": "Text."}, by=ADA, expected_version=None)
    assert titles(db, "", limit=2) == ["One", "Three"]
    assert titles(db, " ")[:2] == ["One", "Three"]
    assert set(titles(db, "")) == {"One", "Two", "Three", "Area"}
    assert titles(db, "", somebody("visitor", is_admin=False))[:1] == ["Area"]


def words_of(db, node):
    """The stored words of a node with their places."""
    rows = db.execute(select(SearchWord.c.word, SearchWord.c.source).where(SearchWord.c.node_id == node.id))
    return dict(map(tuple, rows))


def test_words_follow_edits_and_can_be_filled_in_again(db, everywhere):
    node = make_node(db, "/", "page", "Leave and rest", body="# Parental leave", keywords="holiday").node
    first = {"leave": 0, "and": 0, "rest": 0, "holiday": 1, "parental": 2}
    assert words_of(db, node) == first
    edit_node(db, node, {"title": "Rest", "body": "## Leave\n\nText."}, by=SYSTEM, expected_version=1)
    assert words_of(db, node) == {"rest": 0, "leave": 2, "holiday": 1}
    kept = {each.id: words_of(db, each) for each in (node, everywhere)}
    assert not lacks_words(db)
    db.execute(delete(SearchWord))
    assert lacks_words(db)
    assert fill_words(db) == 2
    assert {each.id: words_of(db, each) for each in (node, everywhere)} == kept


@settings(max_examples=examples(10), deadline=None)
@given(st.text(min_size=1, max_size=30), st.integers(1, 30))
def test_each_word_of_a_title_finds_it_however_little_is_typed(db, root, title, letters):
    with db.begin_nested() as savepoint:
        title = " ".join(title.replace("\0", "").split()) or "x"
        edited = edit_node(db, node_by_path(db, "/"), {"title": title}, by=SYSTEM, expected_version=None)
        assert kind_of(edited.node.kind).name == "folder"
        for word in folded_words(title):
            assert titles(db, word[:letters], somebody("root", is_admin=True)) == [title]
        savepoint.rollback()


def test_principals_are_found_by_those_who_may_share_somewhere(db, everywhere):
    for name, display in (("adam", "Adam Sample"), ("bert", "Bert Adams")):
        create_user(db, name=name, display_name=display, password="a-long-enough-secret", by=SYSTEM)
    create_group(db, by=SYSTEM, name="readers", title="Ada's readers")
    found = principals_called(db, "ada")
    assert [each.principal for each in found] == ["user:ada", "group:readers", "user:adam", "user:bert"]
    assert [each.summary for each in found[:2]] == ["ada", "0 members"]
    assert not may_search_principals(db, ADA)
    set_grants(db, everywhere, {Granted("user:ada", "manager")}, inherits=True, by=SYSTEM)
    assert may_search_principals(db, ADA)


def test_a_question_is_one_statement(db, everywhere, statements):
    make_node(db, "/", "page", "Travel policy")
    for typed in ("", "t", "travel po"):
        statements.clear()
        assert titles(db, typed)
        assert len(statements) == 1
