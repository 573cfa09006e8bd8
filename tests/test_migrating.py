"""Migrations of a site in use: what each statement does, that the release before still runs, and who waits for whom."""

import datetime as dt
import io
import threading

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from myplatform import migrating
from myplatform.database import make_engine
from myplatform.migrating import Patience, alembic_config, alone, bring_to, current_revision, head_revision, upgrade
from myplatform.migrating_plan import Effect, annotated, effects_of, statements_of
from tests.conftest import site_settings
from tests.released_schema import described, released

ON_POSTGRESQL = pytest.mark.parametrize("empty_engine", ["postgresql"], indirect=True)
IMPATIENT = Patience(for_lock=dt.timedelta(milliseconds=50), tries=2)
NOTED: dict[str, str] = {}
"""Statements of new revisions that hold up a site in use, by their beginning, with the reason why that is borne."""


@pytest.mark.parametrize(
    ("statement", "lock", "table", "breaks"),
    [
        ("CREATE TABLE new (id BIGINT, FOREIGN KEY(x) REFERENCES nodes (id))", "SHARE ROW EXCLUSIVE", "nodes", False),
        ("CREATE INDEX ix ON nodes (slug)", "SHARE", "nodes", False),
        ("CREATE UNIQUE INDEX CONCURRENTLY ix ON nodes (slug)", "SHARE UPDATE EXCLUSIVE", "nodes", False),
        ("ALTER TABLE nodes ADD COLUMN x TEXT", "ACCESS EXCLUSIVE", "nodes", False),
        ("ALTER TABLE nodes ADD COLUMN x TEXT NOT NULL", "ACCESS EXCLUSIVE", "nodes", True),
        ("ALTER TABLE nodes ADD COLUMN x TEXT DEFAULT '' NOT NULL", "ACCESS EXCLUSIVE", "nodes", False),
        ("ALTER TABLE nodes ALTER COLUMN x SET NOT NULL", "ACCESS EXCLUSIVE", "nodes", True),
        ("ALTER TABLE nodes ALTER COLUMN x TYPE BIGINT", "ACCESS EXCLUSIVE", "nodes", True),
        ("ALTER TABLE nodes RENAME x TO y", "ACCESS EXCLUSIVE", "nodes", True),
        ("ALTER TABLE nodes DROP COLUMN x", "ACCESS EXCLUSIVE", "nodes", True),
        ("ALTER TABLE nodes DROP CONSTRAINT x", "ACCESS EXCLUSIVE", "nodes", False),
        ("ALTER TABLE nodes ADD CONSTRAINT x CHECK (y) NOT VALID", "SHARE ROW EXCLUSIVE", "nodes", False),
        ("ALTER TABLE nodes VALIDATE CONSTRAINT x", "SHARE UPDATE EXCLUSIVE", "nodes", False),
        ("DROP TABLE nodes", "ACCESS EXCLUSIVE", "nodes", True),
        ("UPDATE nodes SET x = 1", "ROW EXCLUSIVE", "nodes", False),
        ("DO $$ BEGIN CREATE EXTENSION x; CREATE INDEX i ON words (w); END $$", "SHARE", "words", False),
        ("VACUUM FULL nodes", "ACCESS EXCLUSIVE", "", False),
    ],
)
def test_what_a_statement_does_is_known(statement, lock, table, breaks):
    effect = effects_of(f"-- a comment\n{statement};", set())[-1]
    assert (effect.lock, effect.table, bool(effect.breaks)) == (lock, table, breaks)


def test_what_is_new_in_a_plan_holds_up_nobody():
    new = set()
    effects_of("CREATE TABLE fresh (id BIGINT)", new)
    assert effects_of("CREATE INDEX ix ON fresh (id)", new) == [Effect("none", note="fresh is new")]


def script(since):
    output = io.StringIO()
    config = alembic_config()
    config.output_buffer = output
    config.attributes["url"] = "postgresql+psycopg://nobody/nothing"
    command.upgrade(config, f"{since}:head", sql=True)
    return output.getvalue()


def test_a_plan_keeps_its_statements_and_says_their_locks():
    plain = script("0002")
    told = annotated(plain)
    assert len(list(statements_of(plain))) > 20
    assert "-- lock: ACCESS EXCLUSIVE on pages; for a moment" in told
    assert "-- lock: SHARE on nodes; reads the whole table; writers wait" in told
    assert "not known here" not in annotated(script("base"))
    without = "\n".join(line for line in told.splitlines() if not line.startswith("-- lock:"))
    assert without.split() == plain.split()


def test_new_revisions_let_the_previous_release_go_on():
    new_tables, wrong = set(), []
    for statement in statements_of(script(released()["revision"])):
        for effect in effects_of(statement, new_tables):
            holds_up = "whole table; writers wait" in effect.note or "rewrites the table" in effect.note
            bare = " ".join(line for line in statement.split("\n") if not line.startswith("--")).strip()
            if (effect.breaks or holds_up) and not any(bare.startswith(noted) for noted in NOTED):
                wrong.append(f"{bare[:80]}: {effect}")
    assert wrong == [], "expand first, contract in a later release; indexes of old tables CONCURRENTLY, or in NOTED"


def test_the_released_schema_is_still_there(engine):
    with engine.connect() as connection:
        now = described(connection)
    for table, before in released()["tables"].items():
        columns = now[table]["columns"]
        assert now[table]["unique"] == before["unique"], table
        for name, (sort, is_nullable) in before["columns"].items():
            assert columns[name][0] == sort, (table, name)
            assert columns[name][1] or not is_nullable, (table, name)
        defaults = {each["name"]: each["default"] for each in inspect(engine).get_columns(table)}
        for name in columns.keys() - before["columns"].keys():
            assert columns[name][1] or defaults[name] is not None, f"the previous release writes {table} without {name}"


@ON_POSTGRESQL
def test_what_was_interrupted_goes_on_where_it_was(empty_engine):
    with alone(empty_engine) as connection:
        bring_to(connection, "0005")
    with empty_engine.connect() as connection:
        connection.execute(text("LOCK TABLE changes IN ACCESS SHARE MODE"))  # as a long reading does
        connection.execute(text("LOCK TABLE sessions IN ACCESS SHARE MODE"))
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(empty_engine, IMPATIENT)
    assert current_revision(empty_engine) == "0007"  # 0008 alters sessions
    assert upgrade(empty_engine) is True
    assert current_revision(empty_engine) == head_revision()


@ON_POSTGRESQL
def test_a_lock_that_is_in_use_is_tried_again(empty_engine, monkeypatch):
    with alone(empty_engine) as connection:
        bring_to(connection, "0007")
    blocker = empty_engine.connect()
    blocker.execute(text("LOCK TABLE sessions IN ACCESS SHARE MODE"))
    tries = threading.Semaphore(0)
    monkeypatch.setattr(migrating.time, "sleep", lambda _seconds: (blocker.close(), tries.release()))
    assert upgrade(empty_engine, IMPATIENT) is True
    assert tries.acquire(blocking=False)
    assert current_revision(empty_engine) == head_revision()


@ON_POSTGRESQL
def test_nothing_is_left_of_what_a_migration_held(empty_engine):
    upgrade(empty_engine)
    with empty_engine.connect() as connection:
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        held += "(SELECT oid FROM pg_database WHERE datname = current_database())"
        assert connection.execute(text(held)).scalar_one() == 0
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"


@ON_POSTGRESQL
def test_a_pool_of_one_connection_is_enough(empty_engine, tmp_path):
    url = empty_engine.url.render_as_string(hide_password=False)
    smallest = {"database.pool_size": "1", "database.pool_overflow": "0"}
    engine = make_engine(site_settings(url, tmp_path, **smallest))
    assert upgrade(engine) is True
    assert upgrade(engine) is False
    engine.dispose()
