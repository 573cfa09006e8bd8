"""Values: all errors at once, and every kind of field from a form or JSON to its column, to history and back."""

import datetime as dt
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import func, select

from myplatform.actions.content import create_node, edit_node
from myplatform.actions.history import revert_node
from myplatform.errors import BadQuery, Invalid
from myplatform.fields import Text
from myplatform.identity import SYSTEM
from myplatform.kinds import Kind, kind_named
from myplatform.models import Change
from myplatform.queries.changes import history, values_at
from myplatform.queries.children import items_of, parse_items
from myplatform.queries.nodes import entry_of, node_by_path, values_of
from myplatform.values import from_form, from_json
from tests.conftest import make_node
from tests.specimen import KINDS, TAGS, Specimen, StrictSpecimen, known

MANY = settings(max_examples=60, deadline=None)

plain_letters = st.characters(exclude_categories=("C", "Z"))
words = st.text(plain_letters, min_size=1, max_size=40)
lines = st.text(st.one_of(plain_letters, st.sampled_from("\n \t")), min_size=1, max_size=80).filter(str.strip)
moments = st.datetimes(
    dt.datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    dt.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
VALUES = {
    "text": words,
    "body": lines,
    "number": st.integers(-(1 << 53), 1 << 53),
    "share": st.floats(-1e15, 1e15, allow_nan=False),
    "price": st.decimals(Decimal("-99999999999999.99"), Decimal("99999999999999.99"), places=2),
    "agreed": st.booleans(),
    "day": st.dates(),
    "moment": moments,
    "colour": st.sampled_from(("red", "green", "blue")),
    "tags": st.lists(st.sampled_from(TAGS), unique=True, min_size=1),
    "site": st.sampled_from(("https://example.com/", "http://example.com/a?b=c#d")),
    "mail": st.sampled_from(("ada@example.com", "o'neill+x@sub.example.org")),
}


@st.composite
def some_values(draw):
    """Some of the fields, each with a value or none."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    return {name: draw(st.one_of(st.none(), VALUES[name])) for name in names}


def as_json(values):
    return orjson.dumps(
        {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    )


def as_form(values):
    """What a browser sends for the values that a form shows."""
    sent = {}
    for name, value in values.items():
        field = Specimen.fields[name]
        if field.widget == "checkboxes":
            sent[name] = list(value or ())
        else:
            sent[name] = [field.to_form(value)] if field.widget != "checkbox" or value else []
    return sent


@pytest.fixture
def db(db):
    with known(*KINDS):
        for kind in KINDS:
            kind.table.create(db.connection())
        yield db


def specimen(db, title="One", **values):
    return create_node(db, node_by_path(db, "/"), Specimen, {"title": title, **values}, by=SYSTEM)


@MANY
@given(some_values())
def test_a_value_comes_through_json_as_it_was_given(values):
    assert from_json(Specimen, as_json(values), partial=True) == values


@MANY
@given(some_values())
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(values):
    values = {
        name: value
        for name, value in values.items()
        if Specimen.fields[name].widget != "checkbox" or value is not None
    }
    shown = {
        name: value.replace("\t", " ").strip() if name == "text" and value else value
        for name, value in values.items()
    }
    assert from_form(Specimen, as_form(shown), partial=True) == shown


@MANY
@given(first=some_values(), second=some_values())
def test_values_come_back_from_columns_and_from_history(db, root, first, second):
    values = from_json(Specimen, as_json({"title": "One", **first}), partial=False)
    with db.begin_nested() as savepoint:
        entry = create_node(db, node_by_path(db, "/"), Specimen, values, by=SYSTEM)
        stored = values_of(db, Specimen, entry.node.id)
        assert stored == {**dict.fromkeys(Specimen.fields), **first}
        edited = edit_node(
            db, entry.node, from_json(Specimen, as_json(second), partial=True), by=SYSTEM, expected_version=1
        )
        assert values_of(db, Specimen, entry.node.id) == {**stored, **second}
        if edited.node.version == 2:
            assert (
                orjson.loads(orjson.dumps(history(db, entry.node.id)[0].values))
                == history(db, entry.node.id)[0].values
            )
            values_at(db, entry_of(db, edited.node), 1)
            reverted = revert_node(db, edited.node, 1, by=SYSTEM, expected_version=2)
            assert values_of(db, Specimen, entry.node.id) == stored
            assert reverted.node.version == 3
        savepoint.rollback()


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, {"title": "is required"}),
        ({"title": ""}, {"title": "cannot be empty"}),
        ({"title": None}, {"title": "cannot be empty"}),
        ({"title": "x" * 201}, {"title": "can have at most 200 characters"}),
        ({"title": "a\nb"}, {"title": "must be on one line"}),
        ({"title": "a\x00b"}, {"title": "has an invisible control character (U+0000); remove it"}),
        ({"title": "a", "txt": "b"}, {"txt": "is not a field that can be set; did you mean 'text'?"}),
        ({"title": "a", "number": "7"}, {"number": "must be a whole number"}),
        ({"title": "a", "number": 1.5}, {"number": "must be a whole number"}),
        ({"title": "a", "number": True}, {"number": "must be a whole number"}),
        ({"title": "a", "number": 1 << 54}, {"number": "must be 9007199254740992 or less"}),
        ({"title": "a", "share": "much"}, {"share": "must be a number"}),
        ({"title": "a", "price": 1.005}, {"price": "can have at most 2 decimals"}),
        ({"title": "a", "price": "NaN"}, {"price": "must be a number"}),
        ({"title": "a", "agreed": "yes"}, {"agreed": "must be true or false"}),
        ({"title": "a", "day": "2026-02-30"}, {"day": "must be a date such as 2026-03-31"}),
        ({"title": "a", "day": "31.3.2026"}, {"day": "must be a date such as 2026-03-31"}),
        ({"title": "a", "moment": "0001-01-01T00:00:00+14:00"}, {"moment": "must be in the years 1 to 9999"}),
        ({"title": "a", "colour": "pink"}, {"colour": "must be one of 'red', 'green' or 'blue'"}),
        ({"title": "a", "tags": ["new", "pink"]}, {"tags": "must be one of 'new', 'old' or 'rare'"}),
        ({"title": "a", "tags": "new"}, {"tags": "must be a list"}),
        ({"title": "a", "site": "javascript:alert(1)"}, {"site": "does not have the right form"}),
        ({"title": "a", "mail": "ada"}, {"mail": "must be an e-mail address such as ada@example.com"}),
        (
            {"number": "x", "day": "x", "pirce": 1},
            {
                "title": "is required",
                "number": "must be a whole number",
                "day": "must be a date such as 2026-03-31",
                "pirce": "is not a field that can be set; did you mean 'price'?",
            },
        ),
    ],
)
def test_json_that_does_not_fit_is_named_field_by_field(values, wrong):
    with pytest.raises(Invalid) as refused:
        from_json(Specimen, orjson.dumps(values), partial=False)
    assert {error.field: error.message for error in refused.value.errors} == wrong


def test_a_form_names_every_wrong_input_at_once():
    sent = {
        "title": [" "],
        "number": ["many"],
        "price": ["12,50"],
        "day": ["soon"],
        "colour": ["pink"],
        "mail": ["x"],
    }
    with pytest.raises(Invalid) as refused:
        from_form(Specimen, sent, partial=False)
    assert set(refused.value.by_field()) == set(sent)


def test_a_required_field_cannot_be_emptied():
    required = StrictSpecimen
    for partial in (True, False):
        for values in ({"text": None, "body": None, "tags": None}, {"text": "", "body": "", "tags": []}):
            with pytest.raises(Invalid) as refused:
                from_json(required, {"title": "a", **values}, partial=partial)
            assert refused.value.by_field() == {name: ["cannot be empty"] for name in ("text", "body", "tags")}
    with pytest.raises(Invalid) as refused:
        from_form(required, {"title": ["a"], "text": [" "], "body": [""], "tags": []}, partial=True)
    assert set(refused.value.by_field()) == {"text", "body", "tags"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"title": "\\ud800"}', b'{"title": "\xff"}', b"NaN"]
)
def test_a_body_that_is_no_json_object_is_a_bad_query(body):
    with pytest.raises(BadQuery):
        from_json(Specimen, body, partial=False)


def test_what_is_empty_is_found_as_empty_however_it_came_in(db, root):
    specimen(db, "By JSON", **from_json(Specimen, {"text": "", "tags": []}, partial=True))
    specimen(db, "By form", **from_form(Specimen, {"text": [""], "tags": []}, partial=True))
    specimen(db, "Left out")
    specimen(db, "Full", text="x", tags=["new"])
    for name in ("text", "tags", "price", "day"):
        query = parse_items(kind_named("folder"), [("kind", "specimen"), (f"{name}__isnull", "true")])
        found = {item["title"] for item in items_of(db, SYSTEM, root, query).rows}
        assert found >= {"By JSON", "By form", "Left out"}, name
        assert ("Full" in found) == (name in ("price", "day"))


def test_amounts_stay_exact(db, root):
    amount = Decimal("99999999999999.99")
    entry = specimen(db, price=amount)
    assert values_of(db, Specimen, entry.node.id)["price"] == amount
    query = parse_items(kind_named("folder"), [("kind", "specimen"), ("price", "99999999999999.99")])
    assert [item["price"] for item in items_of(db, SYSTEM, root, query).rows] == [amount]


def test_a_link_is_given_by_id_or_path_and_names_what_the_asker_sees(db, root):
    page = make_node(db, "/", "page", "Page").node
    by_path = specimen(db, "By path", link="/page")
    by_id = specimen(db, "By id", link=page.id)
    assert by_path.values["link"] == by_id.values["link"] == page.id
    with pytest.raises(Invalid, match="names nothing that you can see"):
        specimen(db, "Nowhere", link="/nowhere")
    with pytest.raises(Invalid, match="must name a employee, but /page is a page"):
        specimen(db, "Nobody", lent_to=page.id)


def test_every_value_of_a_new_node_is_in_its_first_change(db, root):
    entry = specimen(db, price=Decimal("1.50"), day=dt.date(2026, 3, 31), tags=["new"])
    changed = db.execute(select(Change.values).where(Change.node_id == entry.node.id)).scalar_one()
    assert changed == {
        "title": [None, "One"],
        "price": [None, "1.50"],
        "day": [None, "2026-03-31"],
        "tags": [None, ["new"]],
    }
    assert db.execute(select(func.count()).select_from(Specimen.table)).scalar_one() == 1


def test_every_field_describes_itself_as_json_schema():
    for field in Specimen.fields.values():
        assert TypeAdapter(field.annotation()).json_schema()


@pytest.mark.parametrize("name", ["count", "id", "title", "sort", "name", "label", "check", "node_id", "a__b", "_a"])
def test_a_field_cannot_have_a_name_that_means_something_else(name):
    with pytest.raises(ValueError, match="a field cannot be called so"):
        type("Odd", (Kind,), {"name": "odd", name: Text()} if name != "name" else {"name": Text()})
