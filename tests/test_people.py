"""People around each other, the chart of who reports to whom, birthdays, contacts, photos, exports, own entries."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import namedtuple

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from myplatform.actions.content import edit_node
from myplatform.actions.files import Limits
from myplatform.actions.own_entries import edit_own_entry, link_entry
from myplatform.actions.photos import remove_photo, set_photo
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import trash_node
from myplatform.actions.users import change_user, create_user
from myplatform.content.people import Employee, People
from myplatform.errors import Conflict, Invalid, NotAllowed
from myplatform.identity import SYSTEM
from myplatform.queries.children import parse_items
from myplatform.queries.facets import facets_of
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_id, node_by_path, values_of
from myplatform.queries.org_chart import arranged, chart_of
from myplatform.queries.own_entries import all_matches, matches_of_entry, matches_of_user
from myplatform.queries.people import managers_above, new_colleagues, pages_written, people_around, upcoming_birthdays
from myplatform.settings.people_keys import PERSONAL_FIELDS
from myplatform.thumbnails import Square, photo_square
from myplatform.transfer.people_export import people_file
from myplatform.vcards import LONGEST_LINE, escaped, folded, vcard
from tests.conftest import make_node, somebody
from tests.sample import png

OWN = ("phone", "photo")
LIMITS = Limits(1 << 20, 1 << 20)
Row = namedtuple("Row", "id path title manager job_title photo")


@pytest.fixture
def directory(db, root):
    return make_node(db, "/", "people", "People").node


def person(db, name, place="/people", **values):
    return make_node(db, place, "employee", name, **values).node


def names(rows):
    return [row.title for row in rows]


def read_by_all(db, root):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)


@given(st.lists(st.tuples(st.integers(0, 14), st.none() | st.integers(0, 18)), unique_by=lambda pair: pair[0]))
def test_everybody_stands_in_the_chart_once_whoever_is_above_whom(pairs):
    rows = [Row(person, f"/p/{person}", f"Person {person}", manager, None, None) for person, manager in pairs]
    chart = arranged(rows)
    drawn = [each for top in chart.tops for each in chart.branch(top)]
    assert sorted(drawn) == sorted(row.id for row in rows)
    assert sum(1 + chart.sizes[top] for top in chart.tops) == len(rows)
    for row in rows:
        way = chart.way_to(row.id)
        assert (way[0] in chart.tops, way[-1], len(set(way))) == (True, row.id, len(way))
        if chart.above[row.id] is not None:
            assert chart.above[row.id] == row.manager
    kept = {row.id for row in rows}
    assert {row.id for row in rows if row.manager not in kept} <= set(chart.tops)


def test_the_chart_is_one_statement_of_those_who_can_be_seen(db, root, directory, statements):
    read_by_all(db, root)
    top = person(db, "Top Example")
    hidden = person(db, "Hidden Example", manager=top.id)
    low = person(db, "Low Example", manager=hidden.id)
    gone = person(db, "Gone Example")
    other = person(db, "Other Example", manager=gone.id)
    set_grants(db, hidden, [], inherits=False, by=SYSTEM)
    trash_node(db, gone, by=SYSTEM)
    statements.clear()
    chart = chart_of(db, somebody("ada"), directory)
    assert len(statements) == 1
    assert chart.tops == [low.id, other.id, top.id]
    assert names(chart.called("LOW ex")) == ["Low Example"]
    assert [row.id for row in managers_above(db, somebody("ada"), hidden.id)] == []


def test_people_around_a_person(db, root, directory):
    read_by_all(db, root)
    king = person(db, "King Example")
    ada, bob = (person(db, f"{name} Example", manager=king.id) for name in ("Ada", "Bob"))
    cleo = person(db, "Cleo Example", manager=ada.id)
    around = people_around(db, somebody("x"), ada.id, king.id)
    assert (names(around.reports), names(around.mates)) == (["Cleo Example"], ["Bob Example"])
    assert names(managers_above(db, somebody("x"), ada.id)) == ["King Example", "Ada Example"]
    employees = Employee.table
    db.execute(employees.update().where(employees.c.node_id == king.id).values(manager=cleo.id))
    assert len(managers_above(db, somebody("x"), ada.id)) == 3
    assert names(people_around(db, somebody("x"), bob.id, None).mates) == []


def test_pages_of_a_person_are_those_that_the_asker_may_see(db, root):
    read_by_all(db, root)
    own = somebody("ada")
    first = make_node(db, "/", "page", "First").node
    secret = make_node(db, "/", "page", "Secret").node
    make_node(db, "/", "page", "Others")
    for node in (first, secret):
        edit_node(db, node, {"body": "x"}, by=own, expected_version=None)
    set_grants(db, node_by_id(db, secret.id), [], inherits=False, by=SYSTEM)
    assert names(pages_written(db, somebody("bob"), "ada", 5)) == ["First"]
    assert names(pages_written(db, SYSTEM, "ada", 5)) == ["Secret", "First"]


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        ("2026-02-20", 30, ["Leap", "March"]),
        ("2028-02-20", 8, []),
        ("2028-02-20", 9, ["Leap"]),
        ("2026-12-30", 5, ["December", "January"]),
        ("2026-06-01", 900, ["December", "January", "Leap", "March"]),
    ],
)
def test_birthdays_that_come_next(db, root, directory, today, days, expected):
    for name, day in (("March", "03-01"), ("Leap", "02-29"), ("December", "12-31"), ("January", "01-01")):
        person(db, name, birthday=day)
    assert names(upcoming_birthdays(db, SYSTEM, dt.date.fromisoformat(today), days)) == expected


def test_new_colleagues_the_latest_first(db, root, directory):
    for number in (1, 3, 2):
        person(db, f"New {number}", hire_date=dt.date(2026, number, 1))
    person(db, "Undated")
    assert names(new_colleagues(db, SYSTEM, dt.date(2026, 2, 1), 5)) == ["New 3", "New 2"]


def test_facets_count_what_choosing_would_bring(db, root, directory, statements):
    read_by_all(db, root)
    for name, unit, town in (("A", "HR", "Oslo"), ("B", "HR", "Rome"), ("C", "IT, night", "Oslo"), ("D", None, None)):
        person(db, name, department=unit, location=town)
    set_grants(db, person(db, "Hidden", department="HR"), [], inherits=False, by=SYSTEM)
    asked = parse_items(People, [("department", "HR"), ("department", "IT, night"), ("location", "Oslo")])
    statements.clear()
    found = facets_of(db, somebody("x"), directory, asked)
    assert len(statements) == 1
    assert found.total == 2
    assert found.values["department"] == [("HR", 1), ("IT, night", 1)]
    assert found.values["location"] == [("Oslo", 2), ("Rome", 1)]
    words = facets_of(db, somebody("x"), directory, parse_items(People, [("q", "night")]))
    assert (words.total, words.values["department"]) == (1, [("IT, night", 1)])


def written(db, directory, params, format_name, **options):
    with people_file(db, SYSTEM, directory, params, format_name, **options).stream as stream:
        return stream.read()


def test_an_export_has_what_the_list_finds_in_its_order_and_runs_nothing(db, root, directory):
    king = person(db, '=HYPERLINK("x")', age=50, hire_date=dt.date(2020, 1, 31), phone="+1 206 555 0100")
    person(db, "Low Example", manager=king.id, birthday="03-31")
    person(db, "Zed Example", department="HR")
    order = [("sort", "-name"), ("department__isnull", "true")]
    text = written(db, directory, order, "csv", hidden=("birthday",)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows] == ["Low Example", "'=HYPERLINK(\"x\")"]
    assert rows[0]["Manager"] == "'=HYPERLINK(\"x\")"
    assert rows[1]["Phone"] == "'+1 206 555 0100"
    assert "Birthday" not in rows[0]
    sheet = openpyxl.load_workbook(io.BytesIO(written(db, directory, order, "xlsx"))).active
    head = [cell.value for cell in sheet[1]]
    cells = dict(zip(head, sheet[3], strict=True))
    assert (cells["Name"].value, cells["Name"].data_type) == ('=HYPERLINK("x")', "s")
    assert (cells["Age"].value, cells["Hire date"].value.date()) == (50, dt.date(2020, 1, 31))
    assert sheet[2][head.index("Birthday")].value == "03-31"


@given(st.text(max_size=200))
def test_a_vcard_line_comes_back_from_its_pieces(text):
    line = f"NOTE:{escaped(text)}"
    pieces = folded(line).split("\r\n ")
    assert "".join(pieces) == line
    assert all(len(piece.encode()) <= LONGEST_LINE for piece in pieces)
    assert not {"\n", "\r"} & set(line)


def test_a_vcard_says_who_where_and_how():
    values = {"department": "R&D; labs", "email": "ada@example.com", "phone": "+1 2", "location": "Oslo, west"}
    card = vcard("Ada B. Example", values, organisation="Example Ltd", url="https://x/1", uid="1", photo=b"x" * 99)
    lines = card.replace("\r\n ", "").split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert {"N:Example;Ada B.;;;", "ORG:Example Ltd;R&D\\; labs", "ADR;TYPE=WORK:;;;Oslo\\, west;;;"} <= set(lines)
    assert any(line.startswith("PHOTO;ENCODING=b;TYPE=JPEG:eHh4") for line in lines)
    assert not any(line.startswith("TITLE") for line in lines)


@pytest.mark.parametrize(
    ("square", "expected"),
    [(None, (30, 30)), (Square(0, 0, 10), (10, 10)), (Square(900, -5, 20), (20, 20)), (Square(0, 0, 0), (1, 1))],
)
def test_a_photo_is_a_square_that_lies_in_the_image(square, expected):
    assert Image.open(photo_square(io.BytesIO(png(40, 30)), square, 10_000)).size == expected


@pytest.mark.parametrize(("content", "most"), [(b"no image", 10_000), (png(40, 30)[:60], 10_000), (png(40, 30), 100)])
def test_what_is_no_photo_is_refused(content, most):
    with pytest.raises(Invalid) as caught:
        photo_square(io.BytesIO(content), None, most)
    assert list(caught.value.by_field()) == ["photo"]


def account(db, name, **values):
    return create_user(db, by=SYSTEM, name=name, display_name=name.title(), password=None, is_admin=False, **values)


def test_a_person_changes_what_the_site_allows_on_their_own_entry_alone(db, root, directory, files):
    read_by_all(db, root)
    ada, other = person(db, "Ada Example"), person(db, "Other Example")
    link_entry(db, account(db, "ada"), ada, by=SYSTEM)
    own = identity_of_user(db, "ada", public=False)
    given = {"by": own, "own_fields": OWN}
    assert edit_own_entry(db, ada, {"phone": "1"}, expected_version=1, **given).node.version == 2
    with pytest.raises(Conflict):
        edit_own_entry(db, node_by_id(db, ada.id), {"phone": "2"}, expected_version=1, **given)
    with pytest.raises(NotAllowed, match="department"):
        edit_own_entry(db, ada, {"department": "HR"}, expected_version=None, **given)
    with pytest.raises(NotAllowed):
        edit_own_entry(db, other, {"phone": "1"}, expected_version=None, **given)
    photo = set_photo(db, files, node_by_id(db, ada.id), io.BytesIO(png()), None, limits=LIMITS, **given)
    assert (photo.parent_id, values_of(db, Employee, ada.id)["photo"]) == (ada.id, photo.id)
    again = set_photo(db, files, node_by_id(db, ada.id), io.BytesIO(png(9, 9)), None, limits=LIMITS, **given)
    assert (again.id, again.version) == (photo.id, 2)
    remove_photo(db, node_by_id(db, ada.id), **given)
    assert values_of(db, Employee, ada.id)["photo"] is None
    for refused in ({"by": own, "own_fields": ("phone",)}, {"by": somebody("bob"), "own_fields": OWN}):
        with pytest.raises(NotAllowed):
            set_photo(db, files, node_by_id(db, ada.id), io.BytesIO(png()), None, limits=LIMITS, **refused)
    set_grants(db, node_by_path(db, "/people"), [], inherits=False, by=SYSTEM)
    with pytest.raises(NotAllowed):
        edit_own_entry(db, node_by_id(db, ada.id), {"phone": "3"}, expected_version=None, **given)


def test_whose_entry_it_is_only_administrators_say(db, root, directory):
    ada, bob = account(db, "ada"), account(db, "bob")
    entry = person(db, "Ada Example")
    with pytest.raises(NotAllowed):
        link_entry(db, ada, entry, by=somebody("ada"))
    with pytest.raises(Invalid):
        link_entry(db, ada, directory, by=SYSTEM)
    link_entry(db, ada, entry, by=SYSTEM)
    with pytest.raises(Conflict, match="ada"):
        link_entry(db, bob, entry, by=SYSTEM)
    link_entry(db, ada, None, by=SYSTEM)
    link_entry(db, bob, entry, by=SYSTEM)
    assert identity_of_user(db, "ada", public=False).entry_id is None
    assert identity_of_user(db, "bob", public=False).entry_id == entry.id


def test_equal_addresses_are_offered_and_own_words_marked(db, root, directory):
    ada, bob = account(db, "ada", email="ada@example.com"), account(db, "bob", email="bob@example.com")
    entries = [person(db, name, email=email) for name, email in (("A", "ADA@example.com"), ("C", "ceo@example.com"))]
    assert [match.entry.id for match in matches_of_user(db, SYSTEM, ada)] == [entries[0].id]
    change_user(db, bob, by=identity_of_user(db, "bob", public=False), email="ceo@example.com")
    matches = [(match.user.name, match.is_own_word) for match in all_matches(db, SYSTEM)]
    assert matches == [("ada", False), ("bob", True)]
    link_entry(db, ada, entries[0], by=SYSTEM)
    assert [match.user.name for match in all_matches(db, SYSTEM)] == ["bob"]
    assert matches_of_entry(db, SYSTEM, entries[0].id) == []


def test_the_fields_that_can_be_allowed_are_those_of_people():
    assert set(PERSONAL_FIELDS) == {field.name for field in Employee.written_fields()} - {"manager"}
