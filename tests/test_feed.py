"""The change feed: no change is missed or seen twice, nothing is shown that may not be, and what is gone is told."""

import random
import threading

import pytest
from sqlalchemy import select

from myplatform.actions.arrangement import move_node
from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.actions.groups import create_group, delete_group
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import purge_node, restore_node, trash_node
from myplatform.database import make_session_factory, open_session
from myplatform.errors import BadQuery
from myplatform.identity import SYSTEM, anonymous
from myplatform.kinds import kind_named
from myplatform.models import Change
from myplatform.queries.changes import feed
from myplatform.queries.nodes import node_by_id, node_by_path
from tests.conftest import make_node, somebody
from tests.racing import PATIENCE

CHANGES = Change.__table__


@pytest.fixture
def session(engine):
    """Opens committing sessions on a site that everybody who signs in may read."""
    factory = make_session_factory(engine)
    with open_session(factory) as db:
        root = ensure_root(db)
        set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    return lambda **options: open_session(factory, **options)


class Reader:
    """A program that follows the feed in small steps, beside one that goes by ids as a naive program would."""

    def __init__(self, session, asker=SYSTEM):
        self.session, self.asker = session, asker
        self.cursor = None
        self.seen = []
        self.naive_seen = [0]

    def look(self, limit=3):
        """One page; whether there was anything."""
        with self.session(writes=False) as db:
            found = feed(db, self.asker, after=self.cursor, limit=limit)
            self.cursor = found.cursor
            self.seen += [row.id for row in found.rows]
            newer = select(CHANGES.c.id).where(CHANGES.c.id > self.naive_seen[-1]).order_by(CHANGES.c.id)
            self.naive_seen += db.execute(newer).scalars().all()
        return bool(found.rows)

    def catch_up(self):
        """Everything there is."""
        while self.look():
            pass


def committed(session):
    with session(writes=False) as db:
        return db.execute(select(CHANGES.c.id).where(CHANGES.c.node_id.is_not(None))).scalars().all()


def add(db, title="Page"):
    return create_node(db, node_by_path(db, "/"), kind_named("page"), {"title": title}, by=SYSTEM).node


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(6))
def test_commits_out_of_order_are_neither_missed_nor_repeated(engine, session, seed):
    """SQLite has one writer at a time: there commits are in the order of ids."""
    reader = Reader(session)
    reader.catch_up()
    order = random.Random(seed)
    factory = make_session_factory(engine)
    running = []
    for number in range(12):
        db = factory()
        add(db, f"Page {number}")  # its id is taken here, its commit comes later
        running.append(db)
        if len(running) == 4:
            running.pop(order.randrange(1, 4) if number < 11 else 0).commit()
            reader.look(limit=2)
    while running:
        running.pop(order.randrange(len(running))).commit()
        reader.look(limit=2)
    reader.catch_up()
    assert sorted(reader.seen) == sorted(committed(session))
    assert len(reader.seen) == len(set(reader.seen))
    assert set(reader.naive_seen) < set(committed(session)) | {0}  # the schedule does what it is meant to do


def test_a_reader_beside_many_writers_sees_every_change_once(engine, session):
    writers, each = 4, 6
    begin, over = threading.Barrier(writers + 1), threading.Event()
    reader, errors = Reader(session), []

    def write(name):
        try:
            begin.wait(PATIENCE)
            for number in range(each):
                with session() as db:
                    node = add(db, f"{name} {number}")
                    edit_node(db, node, {"body": "text"}, by=SYSTEM, expected_version=1)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    def read():
        try:
            begin.wait(PATIENCE)
            while not over.is_set():
                reader.look()
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=write, args=(f"Writer {number}",), daemon=True) for number in range(writers)]
    watching = threading.Thread(target=read, daemon=True)
    for thread in (*threads, watching):
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    over.set()
    watching.join(PATIENCE)
    reader.catch_up()
    assert errors == []
    assert len(committed(session)) == 2 + writers * each * 2  # the root was made and shared before
    assert sorted(reader.seen) == sorted(committed(session))
    assert len(reader.seen) == len(set(reader.seen))


def test_what_is_rolled_back_never_shows(engine, session):
    reader = Reader(session)
    reader.catch_up()
    with make_session_factory(engine)() as db:
        add(db, "Never")
        db.rollback()
    with session() as db:
        kept = add(db).id
    reader.seen.clear()
    reader.catch_up()
    with session() as db:
        assert db.execute(select(CHANGES.c.node_id).where(CHANGES.c.id.in_(reader.seen))).scalars().all() == [kept]


def rows_of(session, asker, **options):
    with session() as db:
        options = {name: node_by_path(db, value) if name == "under" else value for name, value in options.items()}
        return [(row.action, row.node_path) for row in feed(db, asker, after=None, limit=1000, **options).rows]


def test_the_feed_shows_what_the_asker_may_see_now(engine, session):
    with session() as db:
        make_node(db, "/", "folder", "Private")
        make_node(db, "/private", "page", "Secret")
        add(db, "Open")
    ada, bob = somebody("ada"), somebody("bob")
    with session() as db:
        from myplatform.actions.users import create_user

        create_user(db, name="ada", display_name="Ada Example", password=None, is_admin=False, by=SYSTEM)
        set_grants(db, node_by_path(db, "/private"), [Granted("user:ada", "reader")], inherits=False, by=SYSTEM)
    assert ("created", "/private/secret") in rows_of(session, ada)
    assert {path for _, path in rows_of(session, bob)} == {"/", "/open"}
    assert rows_of(session, anonymous(public=True)) == []
    with session() as db:
        set_grants(db, node_by_path(db, "/private"), [], inherits=True, by=SYSTEM)
    assert ("created", "/private/secret") in rows_of(session, bob)


def test_what_is_deleted_for_good_is_told_to_those_who_could_see_it(engine, session):
    with session() as db:
        from myplatform.actions.users import create_user

        create_user(db, name="ada", display_name="Ada Example", password=None, is_admin=False, by=SYSTEM)
        create_group(db, by=SYSTEM, name="finance")
        make_node(db, "/", "folder", "Private")
        grants = [Granted("user:ada", "reader"), Granted("group:finance", "reader")]
        set_grants(db, node_by_path(db, "/private"), grants, inherits=False, by=SYSTEM)
        make_node(db, "/private", "page", "Secret")
    with session() as db:
        trashed, _ = trash_node(db, node_by_path(db, "/private"), by=SYSTEM)
    with session() as db:
        purge_node(db, node_by_id(db, trashed.id, in_trash=True), by=SYSTEM)
    with session() as db:
        add(db, "Later")
    for asker in (somebody("ada"), somebody("boss", is_admin=True), somebody("cyd", "finance")):
        told = rows_of(session, asker)
        assert [path for action, path in told if action == "purged"] == ["/private/secret", "/private"]
        assert told[-1] == ("created", "/later")
    assert {path for _, path in rows_of(session, somebody("bob"))} == {"/", "/later"}
    with session() as db:
        from myplatform.models import Group

        delete_group(db, db.query(Group).filter_by(name="finance").one(), by=SYSTEM)
        create_group(db, by=SYSTEM, name="finance")
    assert {path for _, path in rows_of(session, somebody("cyd", "finance"))} == {"/", "/later"}


def test_every_node_that_moves_is_trashed_or_restored_has_a_change(engine, session):
    with session() as db:
        make_node(db, "/", "folder", "A")
        make_node(db, "/a", "page", "Page")
        make_node(db, "/", "folder", "B")
    steps = (
        lambda db: move_node(db, node_by_path(db, "/a"), by=SYSTEM, to=node_by_path(db, "/b")),
        lambda db: trash_node(db, node_by_path(db, "/b/a"), by=SYSTEM)[0],
    )
    for step in steps:
        with session() as db:
            node = step(db)
    with session() as db:
        restore_node(db, node_by_id(db, node.id, in_trash=True), by=SYSTEM)
    told = [each for each in rows_of(session, SYSTEM) if each[0] in ("moved", "trashed", "restored")]
    paths = ("/b/a/page", "/b/a")
    assert sorted(told) == sorted((action, path) for action in ("moved", "trashed", "restored") for path in paths)


def test_the_feed_can_be_of_one_place_or_kind(engine, session):
    with session() as db:
        make_node(db, "/", "folder", "A")
        make_node(db, "/a", "page", "Page")
        gone = make_node(db, "/a", "page", "Gone").node
        make_node(db, "/", "page", "A-b")
    with session() as db:
        trash_node(db, node_by_id(db, gone.id), by=SYSTEM)
    with session() as db:
        purge_node(db, node_by_id(db, gone.id, in_trash=True), by=SYSTEM)
    of_place = rows_of(session, SYSTEM, under="/a")
    assert of_place == [
        ("created", "/a"),
        ("created", "/a/page"),
        ("created", "/a/gone"),
        ("trashed", "/a/gone"),
        ("purged", "/a/gone"),
    ]
    assert {path for _, path in rows_of(session, SYSTEM, kind="folder")} == {"/", "/a"}
    assert [path for _, path in rows_of(session, SYSTEM, under="/a", kind="folder")] == ["/a"]


def test_what_leaves_a_place_is_told_to_those_who_follow_the_place(engine, session):
    with session() as db:
        make_node(db, "/", "folder", "A")
        make_node(db, "/a", "folder", "Sub")
        make_node(db, "/a/sub", "page", "Page")
    with session() as db:
        move_node(db, node_by_path(db, "/a/sub"), by=SYSTEM, to=node_by_path(db, "/"))
    assert ("moved", "/sub") in rows_of(session, SYSTEM, under="/a")
    assert ("moved", "/sub/page") in rows_of(session, SYSTEM, under="/a")


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "MS4y_", "LTUuMQ", "MS4xLjE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5LjE", "ä", "\0"]
)
def test_a_cursor_that_was_not_given_out_is_refused(db, root, cursor):
    with pytest.raises(BadQuery, match="not one that was given out") as refused:
        feed(db, SYSTEM, after=cursor, limit=10)
    assert refused.value.field == "after"


def test_a_cursor_at_the_end_stays_good(engine, session):
    reader = Reader(session)
    reader.catch_up()
    before = reader.cursor
    assert not reader.look()
    assert reader.cursor == before
    with session() as db:
        node = add(db)
    with session() as db:
        (row,) = feed(db, SYSTEM, after=before, limit=10).rows
        assert (row.node_id, row.action) == (node.id, "created")


def test_what_the_asker_may_not_see_is_passed_once(site):
    site.node("/", "folder", "Hidden")
    site.grant("/hidden", inherits=False)
    with site.session() as db:
        first = feed(db, somebody("eve"), after=None, limit=10)
        assert [row.node_path for row in first.rows] == ["/", "/"]
    with site.session() as db:
        assert feed(db, SYSTEM, after=first.cursor, limit=10).rows == []
        assert feed(db, SYSTEM, after=None, limit=10).rows[-1].node_path == "/hidden"
