"""People come in from a table: everybody or nobody, in any order, and again without change."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from myplatform.actions.sharing import Granted, set_grants
from myplatform.errors import Invalid, NotAllowed
from myplatform.identity import SYSTEM
from myplatform.models import Node
from myplatform.queries.nodes import entry_of, find_by_path, node_by_path
from myplatform.transfer.managers import cycles, managers_first
from myplatform.transfer.people import import_people
from myplatform.transfer.people_columns import mapped_columns
from myplatform.transfer.people_export import people_file
from myplatform.transfer.tables import TableRefused, read_table
from tests.conftest import count_of_changes, make_node, somebody

FULL = (
    "Full Name;E-Mail;Position;Dept.;Reports to;Start date;Office;Tel;Age;Badge\n"
    "Ada Example;ada@example.com;Analyst;Research;bob@example.com;2020-01-31;London;+44 1;36;7\n"
    "Bob Example;bob@example.com;Head;Research;;2019-05-01;Paris;;;\n"
    "Cleo Example;;Intern;Sales;ada example;;;;;\n"
)


@pytest.fixture
def bring(db, root):
    def run(text, path="/people", by=SYSTEM):
        return import_people(db, read_table(text.encode(), "people.csv"), path, by=by)

    return run


def person(db, slug):
    return entry_of(db, node_by_path(db, f"/people/{slug}"))


def refusal(bring, text, **options):
    with pytest.raises(TableRefused) as caught:
        bring(text, **options)
    return [str(remark) for remark in caught.value.remarks]


def test_a_directory_is_made_and_everybody_is_in_it(db, bring):
    report = bring(FULL)
    assert node_by_path(db, "/people").kind == "people"
    assert sorted(report.created) == [
        "/people", "/people/ada-example", "/people/bob-example", "/people/cleo-example"
    ]  # fmt: skip
    ada = person(db, "ada-example")
    bob, cleo = person(db, "bob-example"), person(db, "cleo-example")
    assert ada.node.title == "Ada Example"
    assert dict(ada.values) == {
        "age": 36, "department": "Research", "email": "ada@example.com", "phone": "+44 1", "job_title": "Analyst",
        "manager": bob.node.id, "location": "London", "hire_date": dt.date(2020, 1, 31), "photo": None,
        "pronouns": None, "skills": None, "working_hours": None, "absent_until": None, "absence_note": None,
        "birthday": None,
    }  # fmt: skip
    assert cleo.values["manager"] == ada.node.id
    assert report.left_out == {"Badge": 1}
    assert bring("name,badge\nAda Example,\n").left_out == {}  # an empty column is no loss


def test_again_changes_nothing_and_writes_no_history(db, bring):
    bring(FULL)
    before = count_of_changes(db)
    report = bring(FULL)
    assert (len(report.unchanged), report.created, report.changed) == (3, [], [])
    assert count_of_changes(db) == before


def test_updates_find_people_by_email_else_by_name(db, bring):
    bring(FULL)
    report = bring("name,email,age\nAda Married,ADA@example.com,37\ncleo EXAMPLE,,20\nDee Example,,\n")
    assert sorted(report.changed) == ["/people/ada-example", "/people/cleo-example"]
    assert report.created == ["/people/dee-example"]
    ada = person(db, "ada-example")
    assert (ada.node.title, ada.values["age"], ada.values["department"]) == ("Ada Married", 37, "Research")
    assert person(db, "cleo-example").values["email"] is None


def test_empty_cells_clear_and_missing_columns_leave_alone(db, bring):
    bring(FULL)
    bring("name,department\nAda Example,\n")
    ada = person(db, "ada-example").values
    assert ada["department"] is None
    assert ada["manager"] == person(db, "bob-example").node.id


def test_an_email_address_that_changed_is_still_the_same_person(db, bring):
    bring(FULL)
    report = bring("name,email\nAda Example,ada.example@example.com\n")
    assert report.changed == ["/people/ada-example"]


def test_two_people_of_one_name(db, bring):
    report = bring("name,email,manager\nAda Example,a1@example.com,\nAda Example,a2@example.com,A1@example.com\n")
    assert report.created == ["/people", "/people/ada-example", "/people/ada-example-2"]
    assert bring("name,email\nAda Example,a1@example.com\nAda Example,a2@example.com\n").changed == []


def test_every_wrong_cell_is_named_and_nobody_is_taken_over(db, bring):
    with db.begin_nested() as savepoint:
        remarks = refusal(
            bring,
            "Name,E-mail,Age,Hire Date,Boss\n"
            "Ada Example,not an address,old,31.01.2020,Nobody Known\n"
            ",x@example.com,1,,\n"
            "Eve Example,,-1,,Eve Example\n"
            "Ada Example,,,,\n",
        )
        savepoint.rollback()
    assert remarks == [
        'people.csv:2: column "Age": must be a whole number',
        'people.csv:2: column "E-mail": must be an e-mail address such as ada@example.com',
        'people.csv:2: column "Hire Date": must be a date such as 2026-03-31',
        'people.csv:3: column "Name": cannot be empty',
        'people.csv:4: column "Age": must be 0 or more',
    ]
    assert find_by_path(db, "/people") is None


def test_managers_that_do_not_exist_or_go_in_circles(bring):
    assert refusal(
        bring,
        "name,manager\nAda Example,Bob Example\nBob Example,Cleo Example\nCleo Example,Ada Example\n"
        "Dee Example,Dee Example\nEve Example,Mallory\n",
    ) == [
        f'people.csv:{line}: column "manager": nobody can be above themselves, but here are '
        "Ada Example → Bob Example → Cleo Example → Ada Example"
        for line in (2, 3, 4)
    ] + [
        'people.csv:5: column "manager": nobody can be above themselves, but here are Dee Example → Dee Example',
        'people.csv:6: column "manager": nobody is called “Mallory”, neither in this file nor in the directory',
    ]


def test_circles_through_people_who_are_not_in_the_file(db, bring):
    bring("name,manager\nAda Example,\nBob Example,Ada Example\n")
    assert "Ada Example → Bob Example → Ada Example" in refusal(bring, "name,manager\nAda Example,Bob Example\n")[0]


def test_a_hierarchy_can_be_turned_around(db, bring):
    bring("name,manager\nAda Example,\nBob Example,Ada Example\n")
    bring("name,manager\nAda Example,Bob Example\nBob Example,\n")
    assert person(db, "ada-example").values["manager"] == person(db, "bob-example").node.id
    assert person(db, "bob-example").values["manager"] is None


def test_a_name_that_several_have_cannot_name_a_manager(bring):
    text = "name,email,manager\nAda Example,a1@example.com,\nAda Example,a2@example.com,\nBob,,Ada Example\n"
    assert refusal(bring, text) == [
        'people.csv:4: column "manager": 2 people are called “Ada Example”; give the e-mail address'
    ]


def test_managers_in_another_directory(db, root, bring):
    make_node(db, "/", "people", "Board")
    boss = make_node(db, "/board", "employee", "Boss Example")
    bring("name,manager\nAda Example,boss example\n")
    assert person(db, "ada-example").values["manager"] == boss.node.id


def test_the_same_person_twice(bring):
    text = "name,email\nAda,a@example.com\nBob,\nBeth,A@example.com\nbob,\n"
    assert refusal(bring, text) == [
        'people.csv:4: column "email": is the same person as on line 2',
        'people.csv:5: column "name": is the same person as on line 3',
    ]


def test_first_and_last_name(db, bring):
    bring("First Name,Surname,Title\nAda,Example,Dr\n")
    assert person(db, "ada-example").values["job_title"] == "Dr"


def test_no_column_for_the_name(bring):
    assert refusal(bring, "mail,age\nx@example.com,3\n") == [
        "people.csv:1: no column holds the names; call one of them “name”"
    ]


def test_two_columns_for_one_field(bring):
    assert refusal(bring, "name,department,Department\nAda,x,y\n") == [
        "people.csv:1: the columns “department”, “Department” all hold the department; keep one"
    ]


def test_formulas_are_text(db, bring):
    bring("name,department\n=cmd|' /C calc'!A0,'=1+1\n")
    found = db.execute(select(Node).where(Node.kind == "employee")).scalar_one()
    assert found.title == "=cmd|' /C calc'!A0"
    assert entry_of(db, node_by_path(db, found.path)).values["department"] == "=1+1"


def test_a_thousand_columns(bring):
    columns = ",".join(f"c{n}" for n in range(999))
    assert len(bring(f"name,{columns}\nAda,{','.join('x' * 999)}\n").left_out) == 999


def test_bidirectional_overrides_are_refused(bring):
    assert "invisible control character" in refusal(bring, "name\nA\u202eda\n")[0]


def test_something_else_at_the_path(db, bring):
    make_node(db, "/", "page", "People")
    with pytest.raises(Invalid, match="there is a page at /people"):
        bring("name\nAda\n")


def test_nobody_imports_where_they_may_not_write(db, root, bring):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=False, by=SYSTEM)
    with pytest.raises(NotAllowed):
        bring("name\nAda\n", by=somebody("eve"))
    bring("name\nAda\n")
    with pytest.raises(NotAllowed):
        bring("name,age\nAda,3\n", by=somebody("eve"))


def test_columns_are_found_by_many_names():
    columns = ["EMPLOYEE_NAME", "Work E-mail", "job-title", "Title", "DEPT", "Hire Date", "unknown"]
    found, doubled = mapped_columns(columns)
    assert found == {"name": 0, "email": 1, "job_title": 2, "department": 4, "hire_date": 5}
    assert doubled == {}


people = st.dictionaries(st.integers(0, 12), st.none() | st.integers(0, 12), max_size=12)


@given(people)
def test_circles_are_found_exactly(managers):
    found = cycles(managers)
    above_themselves = set()
    for start in managers:
        seen, at = set(), managers.get(start)
        while at is not None and at not in seen and at != start:
            seen.add(at)
            at = managers.get(at)
        if at == start:
            above_themselves.add(start)
    assert {each for circle in found for each in circle} == above_themselves
    assert sum(map(len, found)) == len(above_themselves)
    if not found:
        order = managers_first(managers, managers)
        assert sorted(order) == sorted(managers)
        for place, each in enumerate(order):
            assert managers[each] not in order[place:]


def test_all_that_is_kept_of_people_comes_in_and_comes_back_the_same(db, bring):
    """The directory's own export, as an import reads it."""
    bring(
        "name,pronouns,skills,working hours,out of office until,absence note,date of birth\n"
        'Ada Example,she/her,"Python, Esperanto",Mondays,2026-12-24,Ask Bob,1990-03-31\n'
    )
    ada = person(db, "ada-example").values
    assert (ada["pronouns"], ada["skills"], ada["working_hours"]) == ("she/her", "Python, Esperanto", "Mondays")
    assert (ada["absent_until"], ada["absence_note"], ada["birthday"]) == (dt.date(2026, 12, 24), "Ask Bob", "03-31")
    with people_file(db, SYSTEM, node_by_path(db, "/people"), [], "csv").stream as stream:
        written = stream.read()
    report = import_people(db, read_table(written, "people.csv"), "/people", by=SYSTEM)
    assert report.unchanged == ["/people/ada-example"]
    import_people(db, read_table(written, "people.csv"), "/again", by=SYSTEM)
    copied = entry_of(db, node_by_path(db, "/again/ada-example")).values
    assert dict(copied) == dict(ada)
