"""Blocks: what they show, to whom, and what is said where they are written wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from myplatform.blocks import BUILT_IN, Block, Place, add_block, all_blocks, block_named
from myplatform.blocks.drawing import donut, line, shares
from myplatform.blocks.options import read_options
from myplatform.errors import Invalid, Problem
from myplatform.queries.nodes import node_by_path
from tests.conftest import make_node, somebody

BOB, ADA = somebody("bob"), somebody("ada", is_admin=True)
PEOPLE = (("Ada", 50, "Finance"), ("Grace", 40, "IT"), ("Linus", 30, "Finance"), ("Mary", None, None))

for each in BUILT_IN:
    add_block(each)


@pytest.fixture
def site_tree(db, root):
    """A handbook that Bob may read with a folder in it that he may not, and people, one of them hidden."""
    from myplatform.actions.sharing import Granted, set_grants
    from myplatform.identity import SYSTEM

    set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    make_node(db, "/", "folder", "Handbook")
    for title in ("Zebra", "apple"):
        make_node(db, "/handbook", "page", title)
    make_node(db, "/handbook", "folder", "Secret")
    make_node(db, "/handbook/secret", "page", "Plan")
    make_node(db, "/", "people", "People")
    for name, age, unit in PEOPLE:
        make_node(db, "/people", "employee", f"{name} Example", age=age, department=unit)
    hidden = make_node(db, "/people", "employee", "Hidden Example", age=90, department="Finance").node
    for node in (node_by_path(db, "/handbook/secret"), hidden):
        set_grants(db, node, [], inherits=False, by=SYSTEM)
    return db


def show(db, source, *, asker=BOB, at="/handbook"):
    """What the block shows, written as in a text: its name, then its options."""
    name, _, options = source.partition("\n")
    block = block_named(name)
    return block.show(Place(db, asker, node_by_path(db, at)), read_options(block, options))


def titles(values):
    return [item["title"] for item in values["items"]]


def test_recent_changes_of_a_place_leave_out_what_is_hidden(site_tree):
    shown = show(site_tree, "recent\nin: /handbook")
    assert {change.now_title for change in shown["changes"]} == {"Zebra", "apple"}
    assert len(show(site_tree, "recent\nlimit: 1")["changes"]) == 1
    assert "Plan" in {change.now_title for change in show(site_tree, "recent", asker=ADA)["changes"]}


def test_children_come_in_the_order_asked_for_and_trimmed(site_tree):
    assert titles(show(site_tree, "children")) == ["apple", "Zebra"]
    assert titles(show(site_tree, "children\nin: /\nsort: title")) == ["Handbook", "People"]
    assert titles(show(site_tree, "children\nkind: folder", asker=ADA)) == ["Secret"]
    assert show(site_tree, "children\nas: cards\nlimit: 1")["as_cards"] is True


def test_people_of_a_department(site_tree):
    shown = show(site_tree, "people\ndepartment: Finance")
    assert [person["title"] for person in shown["people"]] == ["Ada Example", "Linus Example"]
    assert len(show(site_tree, "people\nin: /people")["people"]) == 4
    assert len(show(site_tree, "people", asker=ADA)["people"]) == 5


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ("of: employee", "4"),
        ("of: employee\nshow: sum\nfield: age", "120"),
        ("of: employee\nshow: average\nfield: age", "40"),
        ("of: employee\nshow: min\nfield: age", "30"),
        ("of: employee\nshow: max\nfield: age", "50"),
        ("of: employee\nwhere: department=Finance&age__gte=40", "1"),
        ("in: /people\nwhere: q=grace", "1"),
        ("of: employee\nshow: count\nfield: department", "3"),
        ("of: employee\nwhere: department=Nowhere\nshow: sum\nfield: age", "–"),
    ],
)
def test_numbers_count_only_what_the_reader_may_see(site_tree, options, value):
    assert show(site_tree, f"number\n{options}")["value"] == value


def test_the_same_number_is_another_one_for_those_who_see_more(site_tree):
    assert show(site_tree, "number\nof: employee\nshow: max\nfield: age", asker=ADA)["value"] == "90"


def bars(values):
    return [(bar.name, bar.value, bar.share) for bar in values["bars"]]


def test_charts_group_by_a_field_largest_first(site_tree):
    shown = show(site_tree, "chart\nof: employee\nby: department")
    assert bars(shown)[0] == ("Finance", "2", 100.0)
    assert sorted(bars(shown)[1:]) == [("IT", "1", 50.0), ("Not given", "1", 50.0)]
    assert shown["title"] == "Employees"


def test_what_a_chart_has_no_room_for_is_one_bar(site_tree):
    shown = show(site_tree, "chart\nof: employee\nby: department\nlimit: 2\ntype: donut")
    assert bars(shown) == [("Finance", "2", 100.0), ("Others", "2", 100.0)]
    assert [(arc.length, arc.start) for arc in shown["arcs"]] == [(50.0, 0.0), (50.0, 50.0)]


def test_lines_run_through_time_and_groups_have_names(site_tree):
    for number, day in enumerate(("2024-03-01", "2024-03-09", "2025-01-01")):
        make_node(site_tree, "/people", "employee", f"New {number}", hire_date=dt.date.fromisoformat(day))
    shown = show(site_tree, "chart\nof: employee\nby: hire_date\nper: month\ntype: line")
    assert [(name, value) for name, value, _ in bars(shown)] == [("Mar 2024", "2"), ("Jan 2025", "1")]
    assert len(shown["line"]) == 2
    kinds = show(site_tree, "chart\nin: /handbook\nby: kind", asker=ADA)
    assert [(name, value) for name, value, _ in bars(kinds)] == [("Pages", "3"), ("Folders", "1")]
    managers = show(site_tree, "chart\nof: employee\nby: manager")
    assert bars(managers)[0][0] == "Not given"
    makers = show(site_tree, "chart\nof: employee\nby: created_by")
    assert len(makers["bars"]) == 1


def test_a_chart_of_many_is_three_statements(site_tree, statements):
    statements.clear()
    show(site_tree, "chart\nof: employee\nby: department")
    assert len(statements) == 3, statements  # the node of the text, the root, the figures


one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_database
@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("recent\nlimt: 3", "limt"),
        ("recent\nlimit: many", "limit"),
        ("recent\nlimit: 3\nlimit: 4", "limit"),
        ("recent\nlimit 3", "limit 3"),
        ("recent\n" + "x" * 5000, ""),
        ("children\nsort: colour", "sort"),
        ("chart\nof: employee", "by"),
        ("embed", "file"),
        ("embed\nfile: /handbook", "file"),
        ("chart\nof: employee\nby: department\nshow: sum\nfield: age\ntype: pie", "type"),
        ("chart\nof: employee\nby: department\nshow: min\nfield: hire_date", "show"),
    ],
)
def test_wrong_options_are_named(site_tree, source, wrong):
    if wrong == "show":
        make_node(site_tree, "/people", "employee", "New", hire_date=dt.date(2024, 1, 1))
    with pytest.raises(Invalid) as raised:
        show(site_tree, source)
    assert wrong in raised.value.by_field()


@one_database
@pytest.mark.parametrize(
    "source",
    [
        "recent\nin: /handbook/secret",
        "recent\nin: /nowhere",
        "children\nin: /handbook/secret/plan",
        "children\nkind: unicorn",
        "embed\nfile: gone.pdf",
        "number\nof: unicorn",
        "number\nof: employee\nshow: sum",
        "number\nof: employee\nshow: sum\nfield: department",
        "number\nof: employee\nfield: colour",
        "number\nof: employee\nwhere: colour=red",
        "number\nof: employee\nwhere: limit=1",
        "number\nof: employee\nwhere: department",
        "chart\nof: employee\nby: colour",
    ],
)
def test_what_fits_nothing_is_refused_in_words(site_tree, source):
    with pytest.raises(Problem) as raised:
        show(site_tree, source)
    assert raised.value.message


def test_a_misspelt_option_is_met_with_the_right_one(site_tree):
    with pytest.raises(Invalid, match="did you mean limit"):
        show(site_tree, "recent\nlimt: 3")


def test_addresses_may_be_relative_or_permanent(site_tree):
    node = node_by_path(site_tree, "/handbook")
    assert titles(show(site_tree, "children\nin: ../handbook")) == ["apple", "Zebra"]
    assert titles(show(site_tree, f"children\nin: /-/id/{node.id}", at="/")) == ["apple", "Zebra"]


def test_every_block_has_a_sample_that_reads_well():
    for block in all_blocks():
        assert block.source().startswith(f"```{block.name}\n")
        assert block.label
        assert block.description
        if not block.holds_text:
            read_options(block, block.sample)


def test_names_of_blocks_are_words_and_given_once():
    wrong = type("Wrong", (Block,), {"name": "two words"})
    with pytest.raises(ValueError, match="small word"):
        add_block(wrong)
    with pytest.raises(ValueError, match="two blocks"):
        add_block(type("Other", (Block,), {"name": "recent"}))


def test_geometry():
    assert shares([4, 2, -1]) == [100.0, 50.0, 0.0]
    assert shares([]) == []
    assert shares([0, 0]) == [0.0, 0.0]
    assert sum(arc.length for arc in donut([1, 2, 1])) == 100
    assert [arc.length for arc in donut([0, 0])] == [0.0, 0.0]
    assert line([0, 10]) == [(6.0, 154.0), (594.0, 6.0)]
    assert line([]) == []
