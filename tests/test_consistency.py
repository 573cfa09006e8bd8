"""The consistency check: whatever is broken by hand is named, and nothing is found where people did what they may."""

import io

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import text

from myplatform.actions.arrangement import copy_node, move_node
from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.actions.files import Limits, Upload, add_file
from myplatform.actions.groups import add_member, create_group, delete_group
from myplatform.actions.holding import contents_kept
from myplatform.actions.own_entries import link_entry
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import purge_node, restore_node, trash_node
from myplatform.actions.users import create_user
from myplatform.data_checks import invariants, mend
from myplatform.database import make_session_factory, open_session, open_snapshot
from myplatform.errors import Missing, Problem
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Node
from myplatform.queries.consistency_files import Contents
from myplatform.queries.nodes import node_by_id, node_by_path
from tests.conftest import examples, make_node

WORDS = b"some words of a file"
LIMITS = Limits(size=1 << 20, pixels=1 << 20)


def found(db, files, *, hashes=False):
    """The ids of the invariants that are broken, with what was said of each."""
    db.flush()
    said = {each.id: list(each.faults(db)) for each in invariants(Contents(files, hashes))}
    return {name: faults for name, faults in said.items() if faults}


@pytest.fixture
def tree(db, root, files):
    """A small site with something of everything that can be broken."""
    ada = create_user(db, name="ada", display_name="Ada", password=None, is_admin=True, by=SYSTEM)
    outer = create_group(db, by=SYSTEM, name="outer")
    inner = create_group(db, by=SYSTEM, name="inner")
    create_group(db, by=SYSTEM, name="deep")
    add_member(db, outer, by=SYSTEM, member=inner)
    add_member(db, inner, by=SYSTEM, member=ada)
    make_node(db, "/", "folder", "A")
    b = make_node(db, "/a", "folder", "B").node
    make_node(db, "/a/b", "page", "Page", body="# Heading\n\nSome words. [Up](/a) [beside](other)")
    set_grants(db, node_by_id(db, b.id), [Granted("group:outer", "editor")], inherits=True, by=SYSTEM)
    upload = Upload(io.BytesIO(WORDS), "words.txt")
    add_file(db, files, node_by_path(db, "/a"), upload, by=SYSTEM, limits=LIMITS)
    make_node(db, "/", "people", "People")
    entry = make_node(db, "/people", "employee", "Ada Example").node
    link_entry(db, ada, entry, by=SYSTEM)
    gone = make_node(db, "/a", "page", "Gone").node
    trash_node(db, gone, by=SYSTEM)
    assert found(db, files, hashes=True) == {}
    return db


def without_foreign_keys(db):
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    db.execute(text("PRAGMA defer_foreign_keys = ON" if is_sqlite else "SET LOCAL session_replication_role = replica"))


A, B, PAGE = (f"(SELECT id FROM nodes WHERE path = '{path}')" for path in ("/a", "/a/b", "/a/b/page"))
NAMED = "FROM groups i, groups d WHERE i.name = 'inner' AND d.name = 'deep'"
UPLOAD = "(key, owner, place_id, file_name, length, received, expires_at)"
LAST = "(SELECT max(id) FROM changes)"
BROKEN = {
    "a second root": ("DAT101", "UPDATE nodes SET parent_id = NULL WHERE path = '/people'"),
    "a path": ("DAT102", "UPDATE nodes SET path = '/a/b/elsewhere' WHERE path = '/a/b/page'"),
    "an orphan": ("DAT103", "UPDATE nodes SET parent_id = 4711 WHERE path = '/a/b/page'"),
    "a circle": ("DAT104", f"UPDATE nodes SET parent_id = (SELECT x FROM (SELECT {B} AS x) y) WHERE path = '/a'"),
    "an ancestry": ("DAT105", "UPDATE nodes SET ancestry = '/1/4711/' WHERE path = '/a/b/page'"),
    "a deep path": ("DAT106", f"UPDATE nodes SET path = '{'/x' * 41}' WHERE path = '/a/b/page'"),
    "a page in a trashed place": (
        "DAT107",
        f"UPDATE nodes SET trash_id = {B}, trashed_at = created_at, trashed_by = 'ada' WHERE path = '/a/b'",
    ),
    "a page without fields": ("DAT108", f"DELETE FROM pages WHERE node_id = {PAGE}"),
    "fields of another kind": ("DAT108", f"INSERT INTO folders (node_id) VALUES ({PAGE})"),
    "a row of nothing": ("DAT109", f"UPDATE own_entries SET user_id = 4711 WHERE employee_id <> {A}"),
    "an access root": ("DAT201", "UPDATE nodes SET access_id = 1 WHERE path = '/a/b/page' AND access_id <> 1"),
    "a right too many": ("DAT202", f"INSERT INTO effective_grants VALUES ({B}, 'user:ada', 'manager')"),
    "a right too few": ("DAT202", "DELETE FROM effective_grants WHERE principal = 'group:outer'"),
    "rights at no access root": ("DAT202", f"INSERT INTO effective_grants VALUES ({PAGE}, 'public', 'reader')"),
    "a grant to nobody": ("DAT203", "UPDATE grants SET principal = 'user:nobody' WHERE principal = 'group:outer'"),
    "groups in groups": ("DAT204", f"INSERT INTO memberships (group_id, member_group_id) SELECT i.id, d.id {NAMED}"),
    "an entry that is a page": ("DAT205", f"UPDATE own_entries SET employee_id = {PAGE}"),
    "no administrator": ("DAT206", "UPDATE users SET is_admin = false"),
    "a node that search lacks": ("DAT301", f"DELETE FROM search_documents WHERE node_id = {PAGE}"),
    "words of yesterday": ("DAT301", f"UPDATE search_documents SET body = 'yesterday' WHERE node_id = {PAGE}"),
    "a document of nothing": ("DAT302", "INSERT INTO search_documents (node_id, title, body) VALUES (4711, 'x', 'y')"),
    "words missing as one types": ("DAT304", "DELETE FROM search_words WHERE word = 'heading'"),
    "a link that was not noted": ("DAT305", "DELETE FROM text_references WHERE target = '/a'"),
    "a sort title": ("DAT306", "UPDATE nodes SET sort_title = 'zzz' WHERE path = '/a/b'"),
    "a content without a row": ("DAT401", "DELETE FROM blobs"),
    "a size": ("DAT401", "UPDATE blobs SET size = 3"),
    "a file's size": ("DAT402", "UPDATE files SET size = 3"),
    "a state of reading": ("DAT403", "UPDATE file_texts SET state = 'sometimes'"),
    "an upload that has lost its bytes": (
        "DAT404",
        f"INSERT INTO uploads {UPLOAD} VALUES ('key', 'ada', {A}, 'x', 9, 3, '2999-01-01 00:00:00')",
    ),
    "a version that no change tells": ("DAT501", "UPDATE nodes SET version = 7 WHERE path = '/a/b'"),
    "a change ahead": ("DAT502", f"UPDATE changes SET transaction_number = 9000000000 WHERE id = {LAST}"),
    "an id that would come again": ("DAT503", "UPDATE changes SET node_id = 90000 WHERE node_path = '/a/gone'"),
}  # fmt: skip
CONSEQUENCES = {
    "a second root": {"DAT102", "DAT105", "DAT201", "DAT202"},
    "a path": {"DAT305"},
    "an orphan": {"DAT201", "DAT109"},
    "a circle": {"DAT102", "DAT105", "DAT201"},
    "a deep path": {"DAT102", "DAT305"},
    "a page without fields": {"DAT301", "DAT304", "DAT305"},
    "an access root": set(),
    "a right too few": set(),
    "a grant to nobody": {"DAT202"},
    "a document of nothing": {"DAT109", "DAT303"},
    "a content without a row": {"DAT402", "DAT403"},
    "a size": {"DAT402"},
    "words of yesterday": {"DAT303"},
    "an id that would come again": {"DAT501"},
}
"""What else is broken by the same blow."""


def test_what_is_broken_by_hand_is_named(tree, files):
    """One tree for all of them, as making it takes longest: each blow is undone before the next."""
    without_foreign_keys(tree)
    for what in BROKEN:
        blow = tree.begin_nested()
        try:
            judge(tree, files, what)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error
        blow.rollback()
        tree.expunge_all()


def judge(tree, files, what):
    name, blow = BROKEN[what]
    assert tree.execute(text(blow)).rowcount > 0
    broken = found(tree, files)
    assert name in broken
    assert set(broken) <= {name} | CONSEQUENCES.get(what, set())
    if not {"DAT101", "DAT102", "DAT103", "DAT104", "DAT105"} & set(broken):
        mend(tree, set(broken))
        derived = {each for each in found(tree, files) if each.startswith(("DAT2", "DAT3"))}
        assert derived <= {"DAT203", "DAT204", "DAT205", "DAT206"}
    else:
        assert mend(tree, set(broken)) == []


def test_an_index_that_does_not_fit_is_named_and_made_anew(tree, files):
    if tree.get_bind().dialect.name == "sqlite":
        tree.execute(text("INSERT INTO search_fts(search_fts) VALUES ('delete-all')"))
    else:
        tree.execute(text("UPDATE search_documents SET document = to_tsvector('other')"))
    assert set(found(tree, files)) == {"DAT303"}
    mend(tree, {"DAT303"})
    assert found(tree, files) == {}


def test_contents_that_are_gone_or_others_are_named(tree, files):
    (path,) = files.folder.glob("??/??/*")
    path.write_bytes(b"x" * len(WORDS))
    assert found(tree, files) == {}
    assert set(found(tree, files, hashes=True)) == {"DAT401"}
    path.unlink()
    assert [fault.what for fault in found(tree, files)["DAT401"]] == ["a file refers to it, but it is not in the store"]


def test_answers_of_another_thread_are_named(tree, files):
    insert = (
        "INSERT INTO comments (id, node_id, thread_id, author, body, created_at) "
        "SELECT {}, id, {}, 'ada', 'x', created_at FROM nodes WHERE path = '{}'"
    )
    for values in ((1, "NULL", "/a"), (2, 1, "/a/b")):
        tree.execute(text(insert.format(*values)))
    assert {fault.where for fault in found(tree, files)["DAT504"]} == {"comment 2"}


number = st.integers(0, 40)
principals = st.sampled_from(("user:ada", "group:g", "signed-in"))
roles = st.lists(st.tuples(principals, st.sampled_from(("reader", "manager"))), max_size=2)
kinds = st.sampled_from(("folder", "page", "people", "employee"))
bodies = st.sampled_from(("", "# H\n[x](y) [z](/a)"))


class Life(RuleBasedStateMachine):
    """What people do to a tree, refused or not."""

    db = files = None

    def __init__(self):
        super().__init__()
        self.savepoint = self.db.begin_nested()
        ensure_root(self.db)
        self.ada = create_user(self.db, name="ada", display_name="Ada", password=None, is_admin=True, by=SYSTEM)
        self.group = create_group(self.db, by=SYSTEM, name="g")

    def teardown(self):
        assert found(self.db, self.files) == {}
        self.savepoint.rollback()
        self.db.expunge_all()

    def node(self, index, *, trashed=False):
        condition = Node.trash_id == Node.id if trashed else Node.trash_id.is_(None)
        ids = [row.id for row in self.db.query(Node.id).filter(condition).order_by(Node.id)]
        if not ids:
            raise Missing
        return node_by_id(self.db, ids[index % len(ids)], in_trash=trashed)

    def attempt(self, work):
        try:
            with self.db.begin_nested():
                work()
        except Problem:
            pass

    @rule(parent=number, kind=kinds, body=bodies)
    def create(self, parent, kind, body):
        values = {"title": f"{kind} {parent}", **({"body": body} if kind != "employee" else {})}
        self.attempt(lambda: create_node(self.db, self.node(parent), kind_named(kind), values, by=SYSTEM))

    @rule(node=number, title=st.text("aB ü", min_size=1, max_size=4))
    def edit(self, node, title):
        self.attempt(lambda: edit_node(self.db, self.node(node), {"title": title}, by=SYSTEM, expected_version=None))

    @rule(parent=number, content=st.binary(max_size=3))
    def upload(self, parent, content):
        upload = Upload(io.BytesIO(content), "x.txt")
        self.attempt(lambda: add_file(self.db, self.files, self.node(parent), upload, by=SYSTEM, limits=LIMITS))

    @rule(node=number, to=number)
    def move(self, node, to):
        self.attempt(lambda: move_node(self.db, self.node(node), by=SYSTEM, to=self.node(to)))

    @rule(node=number, to=number)
    def copy(self, node, to):
        if self.db.query(Node).count() < 25:
            self.attempt(lambda: copy_node(self.db, self.node(node), by=SYSTEM, to=self.node(to)))

    @rule(node=number, grants=roles, inherits=st.booleans())
    def share(self, node, grants, inherits):
        given = [Granted(*each) for each in grants]
        self.attempt(lambda: set_grants(self.db, self.node(node), given, inherits=inherits, by=SYSTEM))

    @rule(node=number)
    def trash(self, node):
        self.attempt(lambda: trash_node(self.db, self.node(node), by=SYSTEM))

    @rule(node=number, to=number)
    def restore(self, node, to):
        self.attempt(lambda: restore_node(self.db, self.node(node, trashed=True), by=SYSTEM, to=self.node(to)))

    @rule(node=number)
    def purge(self, node):
        self.attempt(lambda: purge_node(self.db, self.node(node, trashed=True), by=SYSTEM))

    @rule(node=number)
    def become(self, node):
        self.attempt(lambda: link_entry(self.db, self.db.merge(self.ada), self.node(node), by=SYSTEM))

    @rule()
    def disband(self):
        def anew():
            delete_group(self.db, self.group, by=SYSTEM)
            self.group = create_group(self.db, by=SYSTEM, name="g")

        anew()


def test_whatever_people_do_the_data_stays_consistent(db, files):
    machine = type("LifeHere", (Life,), {"db": db, "files": files})
    profile = settings(
        max_examples=examples(5 if db.get_bind().dialect.name == "sqlite" else 2),
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    run_state_machine_as_test(machine, settings=profile)


def test_what_is_written_meanwhile_is_no_fault(engine, files):
    sessions = make_session_factory(engine)
    with open_session(sessions) as db:
        ensure_root(db)

    def write(number):
        with open_session(sessions) as db:
            place = make_node(db, "/", "folder", f"Place {number}").node
            upload = Upload(io.BytesIO(f"bytes {number}".encode()), "x.txt")
            add_file(db, files, place, upload, by=SYSTEM, limits=LIMITS)
            if number % 2:
                move_node(db, node_by_path(db, f"/place-{number - 1}"), by=SYSTEM, to=place)

    write(0)
    with contents_kept(engine), open_snapshot(sessions) as db:
        said = {}
        for number, each in enumerate(invariants(Contents(files)), 1):
            write(number)
            said[each.id] = list(each.faults(db))
        assert not {name: faults for name, faults in said.items() if faults}
