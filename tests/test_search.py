"""Search: narrowing, facets that say what narrowing gives, order, and spelling help that gives nothing away."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from myplatform.actions.sharing import set_grants
from myplatform.errors import BadQuery
from myplatform.identity import SYSTEM
from myplatform.models import utc_now
from myplatform.models.node import NODES
from myplatform.models.search import TRIGRAM_INDEX
from myplatform.queries.nodes import node_by_path
from myplatform.queries.search import search
from myplatform.queries.search_facets import FACETS, facets_of, parse_search
from myplatform.queries.spelling import better_words, edits
from tests.conftest import make_node, somebody

ADA, ROOT = somebody("ada"), somebody("root", is_admin=True)


@pytest.fixture
def library(db, everywhere):
    """Pages and folders with one word in three places, one of them hidden, by two authors, of three ages."""
    now = utc_now()
    for area in ("North", "South", "Board"):
        make_node(db, "/", "folder", area, keywords="needle" if area == "North" else None)
        for number in range(4):
            kind = "folder" if number == 3 else "page"
            path = make_node(db, f"/{area.lower()}", kind, f"Needle {number}").node.path
            author, age = "ada" if number % 2 else "system", dt.timedelta(days=20 * number)
            db.execute(update(NODES).where(NODES.c.path == path).values(created_by=author, modified_at=now - age))
        make_node(db, f"/{area.lower()}/needle-3", "page", "Inner needle")
    make_node(db, "/", "page", "Needle outside")
    set_grants(db, node_by_path(db, "/board"), set(), inherits=False, by=SYSTEM)
    return now


def found(db, query, asker=ADA, under=None):
    """The titles that a query string finds."""
    listing = parse_search([("q", "needle"), *query])
    return [hit.node.title for hit in search(db, asker, listing.words, under=under, listing=listing, limit=100).hits]


def test_hits_are_narrowed_and_sorted_in_the_list_grammar(db, library):
    assert len(found(db, [])) == 12
    assert len(found(db, [], ROOT)) == 17
    assert found(db, [("kind", "folder"), ("sort", "title")]) == ["Needle 3", "Needle 3", "North"]
    assert len(found(db, [("author", "ada")])) == 4
    assert len(found(db, [("author", "ada"), ("kind__in", "page,file")])) == 2
    young = (library - dt.timedelta(days=30)).isoformat()
    assert len(found(db, [("changed__gte", young)])) == 8
    assert found(db, [("changed__lt", young), ("kind", "page"), ("sort", "changed")]) == ["Needle 2", "Needle 2"]
    assert found(db, [("sort", "-title")], under=node_by_path(db, "/south"))[0] == "Needle 3"
    for wrong in (("kind", "unicorn"), ("kind__in", "page,unicorn"), ("colour", "red"), ("changed__gte", "x")):
        with pytest.raises(BadQuery):
            parse_search([wrong])


FILTERS = st.lists(
    st.sampled_from([("kind", "page"), ("author", "ada"), ("author", "system"), ("changed__gte", "")]),
    max_size=2,
    unique_by=lambda each: each[0].partition("__")[0],
)


@settings(max_examples=20, deadline=None)
@given(filters=FILTERS, place=st.sampled_from([None, "/north", "/north/needle-3"]), asker=st.sampled_from([ADA, ROOT]))
def test_each_choice_says_how_many_hits_it_gives(db, library, filters, place, asker):
    ages = {name: library - dt.timedelta(days=days) for name, days in (("week", 7), ("month", 30), ("year", 365))}
    under = node_by_path(db, place) if place else None
    given_filters = [
        (name, ages["month"].isoformat()) if name == "changed__gte" else (name, value) for name, value in filters
    ]
    listing = parse_search([("q", "needle"), *given_filters])
    facets = facets_of(db, asker, listing, under=under, since=ages)
    assert facets.total == len(found(db, given_filters, asker, under))
    for name in FACETS:
        others = [each for each in given_filters if name == "place" or each[0].partition("__")[0] != name]
        for choice in facets.choices[name]:
            if name == "place":
                hits = found(db, others, asker, node_by_path(db, choice.value))
            elif name == "changed":
                hits = found(db, [*others, ("changed__gte", ages[choice.value].isoformat())], asker, under)
            else:
                hits = found(db, [*others, (name, choice.value)], asker, under)
            assert choice.count == len(hits), (name, choice)
    assert ("/board" in {choice.value for choice in facets.choices["place"]}) == (asker is ROOT and under is None)


def test_facets_cost_two_statements(db, library, statements):
    statements.clear()
    facets_of(db, ADA, parse_search([("q", "needle"), ("kind", "page")]), since={"week": library})
    assert len(statements) == 2


@pytest.mark.parametrize("with_trigrams", [True, False])
def test_misspelt_words_are_mended(db, everywhere, with_trigrams):
    if not with_trigrams and db.get_bind().dialect.name == "postgresql":
        db.execute(text(f"DROP INDEX {TRIGRAM_INDEX}"))
    make_node(db, "/", "page", "Travel policy", body="# Reimbursement\n\nText about onboarding.")
    make_node(db, "/", "people", "People")
    make_node(db, "/people", "employee", "Ada Example", department="Engineering")
    for typed, better in {
        "travel polciy": "travel policy",
        "polcy": "policy",
        "tarvel policy": "travel policy",
        "reimbrusement": "reimbursement",
        "enigneering": "engineering",
        '"travel policy" -the reimbrusement': '"travel policy" -the reimbursement',
        "travel": None,
        "xyzzyx": None,
        "pol": None,
        '"polciy"': None,
        "-polciy": None,
        "": None,
        "policy enigneering": None,
    }.items():
        assert better_words(db, ADA, typed) == better, typed


@pytest.mark.parametrize("with_trigrams", [True, False])
def test_a_word_of_hidden_things_is_never_offered(db, everywhere, with_trigrams):
    if not with_trigrams and db.get_bind().dialect.name == "postgresql":
        db.execute(text(f"DROP INDEX {TRIGRAM_INDEX}"))
    board = make_node(db, "/", "folder", "Board").node
    set_grants(db, board, set(), inherits=False, by=SYSTEM)
    make_node(db, "/board", "page", "Acquisition of Zebraco", body="# Negotiation")
    gone = make_node(db, "/", "page", "Redundancies").node
    db.execute(update(NODES).where(NODES.c.id == gone.id).values(trash_id=gone.id))
    for typed in ("acqisition", "zebracoo", "negotation", "redundancis"):
        assert better_words(db, ADA, typed) is None
    assert better_words(db, ROOT, "acqisition") == "acquisition"
    make_node(db, "/", "page", "Zebra")
    assert better_words(db, ADA, "zebrra") == "zebra"
    assert better_words(db, ADA, "zebracoo") is None


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_counted_both_ways(one, other):
    assert edits(one, other) == edits(other, one)
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, other) <= max(len(one), len(other))


def test_letters_that_changed_places_are_one_edit():
    assert edits("polciy", "policy") == edits("polcy", "policy") == edits("pollicy", "policy") == 1
