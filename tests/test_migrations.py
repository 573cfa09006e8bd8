"""The schema: what migrations make is what the models say, on both databases, and plug-ins' kinds follow."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from myplatform import fields
from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.identity import SYSTEM
from myplatform.kinds import Kind
from myplatform.migrating import current_revision, head_revision, is_up_to_date, plan, upgrade
from myplatform.models import Base, Change
from myplatform.models.search import FTS_TABLE, TRIGRAM_INDEX
from myplatform.queries.changes import feed
from myplatform.queries.nodes import node_by_path, values_of
from tests.conftest import make_node, site_settings
from tests.racing import Racer
from tests.specimen import known


def differences(engine):
    """What would have to change for the database to be what the models say; the full-text tables are SQLite's own,
    the index of similar words is only where its extension is."""

    def is_ours(found, name, kind, _reflected, _compared):
        if engine.dialect.name == "sqlite" and (kind, name) == ("index", "ix_search_documents_document"):
            return False
        if (kind, name) == ("index", TRIGRAM_INDEX):
            return False
        if engine.dialect.name == "sqlite" and kind == "foreign_key_constraint":
            # SQLAlchemy does not read whole what was added with its column.
            return (found.table.name, found.column_keys) != ("pages", ["owner"])
        return not (kind == "table" and name.startswith(FTS_TABLE))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_ours})
        return compare_metadata(context, Base.metadata)


def test_migrations_make_what_the_models_say(engine):
    assert differences(engine) == []
    assert current_revision(engine) == head_revision()
    assert is_up_to_date(engine)


def test_upgrading_again_changes_nothing(engine, statements):
    assert upgrade(engine) is False
    written = [each for each in statements if not each.lstrip().upper().startswith(("SELECT", "SET LOCAL"))]
    assert written == []


def test_an_empty_database_is_brought_up_to_date_once_by_many_processes(empty_engine):
    assert not is_up_to_date(empty_engine)
    engines = [make_engine(site_settings(_url(empty_engine), Path("/nowhere"))) for _ in range(3)]
    racers = [_Upgrade(each) for each in engines]
    assert sorted(racer.outcome() for racer in racers) == [False, False, True]
    assert is_up_to_date(empty_engine)
    for each in engines:
        each.dispose()


class _Upgrade(Racer):
    """Brings the schema up to date in a thread."""

    def __init__(self, engine):
        super().__init__(engine, lambda _db: None)

    def run(self):
        try:
            self.result = upgrade(self.engine)
        except Exception as error:  # noqa: BLE001 - told to the test
            self.error = error


def _url(engine):
    return engine.url.render_as_string(hide_password=False)


def test_the_plan_is_sql_that_does_the_same(empty_engine):
    planned = plan(empty_engine)
    assert "CREATE TABLE nodes" in planned
    if empty_engine.dialect.name == "sqlite":
        with sqlite3.connect(empty_engine.url.database) as connection:
            connection.executescript(planned)
    else:
        url = empty_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(planned)
    assert differences(empty_engine) == []
    assert upgrade(empty_engine) is False
    assert plan(empty_engine) == ""


def gadget(**own):
    """A kind as a plug-in's version has it; its table stays out of the other tests' way."""
    made = type("Gadget", (Kind,), {"name": "gadget", **own})
    Base.metadata.remove(made.table)
    return made


def test_tables_and_new_fields_of_plug_ins_are_added_and_nothing_is_dropped(engine):
    factory = make_session_factory(engine)
    first = gadget(serial=fields.Text("Serial", unique=True), old=fields.Text("Old"))
    with known(first):
        assert upgrade(engine) is True
        with open_session(factory) as db:
            ensure_root(db)
            values = {"title": "One", "serial": "S-1", "old": "kept"}
            create_node(db, node_by_path(db, "/"), first, values, by=SYSTEM)
    second = gadget(
        serial=fields.Text("Serial", unique=True),
        price=fields.Money("Price"),
        bought=fields.Date("Bought"),
        tags=fields.Choices("Tags", options=("new", "old")),
        status=fields.Choice("Status", options=("in use", "spare"), indexed=True),
        lent_to=fields.Person("Lent to", indexed=True),
    )
    with known(second):
        assert not is_up_to_date(engine)
        assert "ADD COLUMN lent_to" in plan(engine)
        assert upgrade(engine) is True
        assert upgrade(engine) is False
        assert is_up_to_date(engine)
        inspector = inspect(engine)
        columns = {column["name"] for column in inspector.get_columns("gadgets")}
        assert columns == {"node_id", "serial", "old", "price", "bought", "tags", "status", "lent_to"}
        indexed = {tuple(index["column_names"]) for index in inspector.get_indexes("gadgets")}
        assert {("serial",), ("status",), ("lent_to",)} <= indexed
        references = {tuple(each["constrained_columns"]) for each in inspector.get_foreign_keys("gadgets")}
        assert references == {("node_id",), ("lent_to",)}
        with open_session(factory) as db:
            assert values_of(db, second, node_by_path(db, "/one").id)["serial"] == "S-1"
            make_node(db, "/", "people", "People")
            ada = make_node(db, "/people", "employee", "Ada Example").node
            node = node_by_path(db, "/one")
            edited = edit_node(db, node, {"status": "spare", "lent_to": ada.id}, by=SYSTEM, expected_version=1)
            assert edited.values["lent_to"] == ada.id
            assert db.execute(text("SELECT old FROM gadgets")).scalar_one() == "kept"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_restored_elsewhere_goes_on_where_its_feed_was(engine):
    """There transactions are counted anew: numbers of old changes would be ahead of all that are still to come."""
    factory = make_session_factory(engine)
    with open_session(factory) as db:
        ensure_root(db)
    with open_session(factory) as db:
        make_node(db, "/", "page", "Before")
        db.execute(text("UPDATE changes SET transaction_number = transaction_number + 5000000"))  # as restored
    assert upgrade(engine) is False
    with open_session(factory) as db:
        before = feed(db, SYSTEM, after=None, limit=100)
    assert [row.node_path for row in before.rows] == ["/", "/before"]
    for title in ("After", "Later"):
        with open_session(factory) as db:
            make_node(db, "/", "page", title)
    with open_session(factory) as db:
        after = feed(db, SYSTEM, after=before.cursor, limit=100)
        assert [row.node_path for row in after.rows] == ["/after", "/later"]
        numbers = db.execute(select(Change.transaction_number).order_by(Change.id)).scalars().all()
    assert numbers == sorted(numbers)
    assert numbers[2] > 5_000_000
    assert upgrade(engine) is False
    with open_session(factory) as db:
        assert feed(db, SYSTEM, after=after.cursor, limit=100).rows == []
