"""The list grammar: pages that follow each other without gap or repetition, filters held to plain Python."""

import base64
import datetime as dt
import itertools
from decimal import Decimal
from functools import cmp_to_key
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from myplatform.actions.content import ensure_root
from myplatform.collation import sort_key
from myplatform.errors import BadQuery
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Node, utc_now
from myplatform.models.node import UNPLACED
from myplatform.queries.children import collection_of, items_of, parse_items
from myplatform.queries.listing import MAX_LIMIT, parse
from tests.conftest import make_node
from tests.specimen import Specimen, known

SOME = settings(max_examples=40, deadline=None)
MIDNIGHT = dt.datetime(2026, 3, 29, tzinfo=dt.UTC)
WORDS = ("a", "A", "ab", "Ä", "ä", "Äb", "%", "_b", "\\", "/x", "100%", "z z")
DOMAINS = {
    "title": st.sampled_from(("One", "one", "Öne", "Two", "two words", "10", "9", "%", "_")),
    "text": st.sampled_from((None, *WORDS)),
    "colour": st.sampled_from((None, "red", "green", "blue")),
    "number": st.sampled_from((None, -1, 0, 1, 7, 1 << 53)),
    "share": st.sampled_from((None, -1.5, 0.0, 0.1, 1e15)),
    "price": st.sampled_from((None, Decimal("-0.01"), Decimal("0.10"), Decimal("99999999999999.99"))),
    "agreed": st.sampled_from((None, True, False)),
    "day": st.sampled_from((None, dt.date(1, 1, 1), dt.date(2026, 2, 28), dt.date(9999, 12, 31))),
    "moment": st.sampled_from(
        (None, MIDNIGHT, MIDNIGHT + dt.timedelta(milliseconds=1), MIDNIGHT + dt.timedelta(days=1))
    ),
}
rows_ = st.lists(st.fixed_dictionaries(DOMAINS), max_size=14)
sorts = st.lists(st.tuples(st.sampled_from(sorted(DOMAINS)), st.booleans()), max_size=3, unique_by=lambda each: each[0])


@pytest.fixture
def db(db):
    with known(Specimen):
        Specimen.table.create(db.connection())
        ensure_root(db)
        yield db


@pytest.fixture
def put(db, root):
    """Puts rows into the root at once and gives them back with their ids."""
    numbers = itertools.count(1000)

    def put(rows):
        made = [{**row, "id": next(numbers)} for row in rows]
        nodes = [
            {
                "id": row["id"],
                "parent_id": root.id,
                "kind": "specimen",
                "slug": f"s{row['id']}",
                "path": f"/s{row['id']}",
                "ancestry": f"/{root.id}/",
                "title": row["title"],
                "sort_title": sort_key(row["title"]),
                "position": UNPLACED,
                "created_by": "system",
                "modified_by": "system",
                "created_at": utc_now(),
                "modified_at": utc_now(),
                "access_id": root.access_id,
            }
            for row in made
        ]
        if made:
            db.execute(insert(Node.__table__), nodes)
            values = [
                {"node_id": row["id"], **{n: v for n, v in row.items() if n not in ("id", "title")}} for row in made
            ]
            db.execute(insert(Specimen.table), values)
        return made

    return put


def page(db, root, *params):
    return items_of(db, SYSTEM, root, parse_items(kind_named("folder"), [("kind", "specimen"), *params]))


def compared(name, value):
    return sort_key(value) if name == "title" and value is not None else value


def in_order(rows, sort):
    """Oracle: empty values last in either direction, the id last, in the direction of what stands before it."""
    order = [*(sort or [("title", False)]), ("id", sort[-1][1] if sort else False)]

    def compare(one, other):
        for name, down in order:
            first, second = compared(name, one[name]), compared(name, other[name])
            if first == second:
                continue
            if first is None or second is None:
                return 1 if first is None else -1
            return (1 if first > second else -1) * (-1 if down else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))


@SOME
@given(rows=rows_, later=rows_, sort=sorts, limit=st.integers(1, 5))
def test_pages_follow_each_other_whatever_is_inserted_between(db, root, put, rows, later, sort, limit):
    with db.begin_nested() as savepoint:
        made, later = put(rows), list(later)
        params = [
            ("limit", str(limit)),
            *([("sort", ",".join(f"{'-' * down}{name}" for name, down in sort))] if sort else []),
        ]
        seen, added, cursor = [], [], ()
        while True:
            found = page(db, root, *params, *cursor)
            assert len(found.rows) <= limit
            seen += [row["id"] for row in found.rows]
            if found.next_cursor is None:
                break
            cursor = [("cursor", found.next_cursor)]
            added += put(later[:2])
            later = later[2:]
        assert len(seen) == len(set(seen))
        originals = {row["id"] for row in made}
        assert [each for each in seen if each in originals] == [row["id"] for row in in_order(made, sort)]
        whole = [row["id"] for row in in_order(made + added, sort)]
        assert seen == [each for each in whole if each in set(seen)]
        savepoint.rollback()


def written(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def fold(name, text):
    return sort_key(text) if name == "title" else "".join(c.lower() if c.isascii() else c for c in text)


ORACLE = {
    "": lambda name, value, wanted: value == wanted,
    "ne": lambda name, value, wanted: value != wanted,
    "in": lambda name, value, wanted: value in wanted and value is not None,
    "isnull": lambda name, value, wanted: (value is None) == wanted,
    "gt": lambda name, value, wanted: value is not None and value > wanted,
    "gte": lambda name, value, wanted: value is not None and value >= wanted,
    "lt": lambda name, value, wanted: value is not None and value < wanted,
    "lte": lambda name, value, wanted: value is not None and value <= wanted,
    "contains": lambda name, value, wanted: value is not None and fold(name, wanted) in fold(name, value),
    "startswith": lambda name, value, wanted: value is not None and fold(name, value).startswith(fold(name, wanted)),
}


@st.composite
def filters(draw):
    name = draw(st.sampled_from(sorted(DOMAINS)))
    field = collection_of(Specimen).columns[name].field
    operator = draw(st.sampled_from(sorted(field.operators)))
    values = DOMAINS[name].filter(lambda value: value is not None)
    if operator == "isnull":
        wanted = draw(st.booleans())
    elif operator == "in":
        wanted = draw(st.lists(values, max_size=3))
    else:
        wanted = draw(values)
    return name, operator, wanted


@SOME
@example(rows=[{**dict.fromkeys(DOMAINS), "title": "One", "text": "Äb"}], wanted=[("text", "contains", "Ä")])
@example(rows=[{**dict.fromkeys(DOMAINS), "title": "One", "text": "Äb"}], wanted=[("text", "startswith", "ÄB")])
@given(rows=rows_, wanted=st.lists(filters(), min_size=1, max_size=3, unique_by=lambda each: each[:2]))
def test_filters_find_what_plain_python_finds(db, root, put, rows, wanted):
    with db.begin_nested() as savepoint:
        made = put(rows)
        params = [
            (
                f"{name}__{operator}" if operator else name,
                ",".join(map(written, value)) if operator == "in" else written(value),
            )
            for name, operator, value in wanted
        ]
        found = page(db, root, *params, ("count", "true"), ("sort", "id"))
        expected = [
            row["id"]
            for row in made
            if all(ORACLE[operator](name, row[name], value) for name, operator, value in wanted)
        ]
        assert [row["id"] for row in found.rows] == expected
        assert found.total == len(expected)
        savepoint.rollback()


def test_the_total_counts_what_is_listed_also_where_the_kind_follows_from_a_field(db, root, put):
    put([dict.fromkeys(DOMAINS) | {"title": "One"}])
    make_node(db, "/", "page", "Page")
    make_node(db, "/", "folder", "Folder")
    folder = kind_named("folder")
    for query in ("sort=share&count=true", "fields=price&count=true", "price__isnull=true&count=true", "count=true"):
        found = items_of(db, SYSTEM, root, parse_items(folder, parse_qsl(query)))
        assert found.total == len(found.rows), query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("nothing=1", "'nothing' is no field to filter by"),
        ("colour__near=red", "colour cannot be filtered by '__near'"),
        ("body=x", "body cannot be filtered by '__'"),
        ("number=many", "must be a whole number"),
        ("day__gt=soon", "must be a date such as 2026-03-31"),
        ("price=0.001", "at most 2 decimals"),
        ("moment=0001-01-01T00:00:00%2B14:00", "years 1 to 9999"),
        ("agreed=perhaps", "must be true or false"),
        ("agreed__isnull=yes", "must be true or false"),
        ("colour=pink", "must be one of"),
        ("link=a", "must be a whole number"),
        ("text__contains=" + "x" * 60_000, "longer than"),
        ("sort=nothing", "'nothing' is no field to sort by"),
        ("sort=id,kind,path,slug,title,version", "at most five"),
        ("fields=nothing", "'nothing' is no field"),
        ("limit=0", "limit must be a number from 1 to 1000"),
        ("limit=1001", "limit must be a number from 1 to 1000"),
        ("limit=²", "limit must be a number from 1 to 1000"),
        ("count=1", "count must be true or false"),
        ("depth=2", "depth must be 1 or all"),
        ("kind=nothing", "There is no kind 'nothing'"),
        ("limit=1&limit=2", "given twice"),
        ("text=%00", "NUL"),
        ("cursor=nonsense!", "not one that was given out"),
        ("cursor=WzFd", "another sort order"),
        ("&".join(["text__ne=x"] * 21), "more than 20 filters"),
    ],
)
def test_what_cannot_be_understood_is_named(db, root, query, words):
    params = [("kind", "specimen"), *parse_qsl(query)]
    if query.startswith("kind="):
        params = params[1:]
    with pytest.raises(BadQuery) as refused:
        items_of(db, SYSTEM, root, parse_items(kind_named("folder"), params))
    assert words in refused.value.message


def test_a_limit_is_at_most_a_thousand():
    assert parse(collection_of(None), [("limit", str(MAX_LIMIT))]).limit == MAX_LIMIT


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=5),
            st.just([]),
            st.sampled_from(("NaN", "1e999", "0001-01-01", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00")),
        ),
        max_size=4,
    ),
    name=st.sampled_from(sorted(DOMAINS)),
)
def test_a_forged_cursor_is_refused_or_harmless(db, root, values, name):
    try:
        content = orjson.dumps([f"{name},id", *values])
    except TypeError:
        return  # numbers and texts that JSON cannot hold
    cursor = base64.urlsafe_b64encode(content).decode().rstrip("=")
    try:
        found = page(db, root, ("sort", name), ("cursor", cursor))
    except BadQuery:
        return
    assert found.rows == []


def test_what_changed_after_a_node_leaves_that_node_out(db, root):
    first = make_node(db, "/", "page", "First").node
    second = make_node(db, "/", "page", "Second").node
    folder = kind_named("folder")
    query = parse_items(folder, [("modified__gt", first.modified_at.isoformat())])
    assert [item["id"] for item in items_of(db, SYSTEM, root, query).rows] == [second.id]
