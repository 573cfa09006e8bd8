"""Two people at once: one wins, the other is told, and the tree is right afterwards."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from myplatform.actions.arrangement import move_node
from myplatform.actions.comments import add_comment, remove_comment
from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.actions.files import Limits, Upload, add_file
from myplatform.actions.groups import create_group, delete_group
from myplatform.actions.ordering import order_children
from myplatform.actions.requests import ask_for_access, grant_request
from myplatform.actions.sharing import Granted, granted_on, set_grants
from myplatform.actions.trash import restore_node, trash_node
from myplatform.actions.users import create_user
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.errors import Conflict, Invalid, Missing
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import AccessRequest, EffectiveGrant, Grant, Node
from myplatform.models.node import UNPLACED
from myplatform.queries.changes import history
from myplatform.queries.comments import threads_of
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import entry_of, find_by_path, node_by_id, node_by_path
from tests.conftest import make_node, site_settings
from tests.racing import at_once, while_uncommitted
from tests.specimen import StrictSpecimen, known
from tests.test_permissions import Oracle, check_bookkeeping

NODES = Node.__table__


@pytest.fixture
def session(engine):
    """Opens committing sessions on a site with some folders."""
    factory = make_session_factory(engine)
    with open_session(factory) as db:
        ensure_root(db)
        for title in ("A", "B"):
            make_node(db, "/", "folder", title)
        make_node(db, "/a", "folder", "Inside")
        make_node(db, "/a", "page", "Page", body="first")
    return lambda: open_session(factory)


def sound(session):
    """Addresses, lineages and access are what they should be."""
    with session() as db:
        check_bookkeeping(db, Oracle(db))


def editing(node, body, version=1):
    return lambda db: edit_node(db, node, {"body": body}, by=SYSTEM, expected_version=version).node.version


def test_of_two_editors_one_wins_and_the_other_is_told(engine, session):
    with session() as db:
        page = node_by_path(db, "/a/page")
    won, lost = while_uncommitted(engine, editing(page, "mine"), editing(page, "yours"))
    assert won == 2
    assert isinstance(lost, Conflict)
    assert lost.current == 2
    with session() as db:
        assert entry_of(db, node_by_path(db, "/a/page")).values["body"] == "mine"
        assert len(history(db, page.id)) == 2


def test_of_many_editors_at_once_exactly_one_wins(engine, session):
    with session() as db:
        page = node_by_path(db, "/a/page")
    outcomes = at_once(engine, *(editing(page, f"text {number}") for number in range(5)))
    assert [each for each in outcomes if not isinstance(each, Conflict)] == [2]


def test_those_who_overwrite_knowingly_follow_each_other(engine, session):
    with session() as db:
        page = node_by_path(db, "/a/page")
    outcomes = at_once(engine, *(editing(page, f"text {number}", version=None) for number in range(8)))
    assert sorted(outcomes) == [2, 3, 4, 5, 6, 7, 8, 9]
    with session() as db:
        assert len(history(db, page.id)) == 9


def test_what_is_being_trashed_is_not_overwritten(engine, session):
    with session() as db:
        page = node_by_path(db, "/a/page")
    _trashed, lost = while_uncommitted(engine, lambda db: trash_node(db, page, by=SYSTEM), editing(page, "x", None))
    assert isinstance(lost, Missing)


def creating(parent, title, kind="page", slug=None, **values):
    def create(db):
        return create_node(
            db, node_by_path(db, parent), kind_named(kind), {"title": title, **values}, by=SYSTEM, slug=slug
        ).node

    return create


def test_the_same_name_at_once_is_numbered_unless_it_was_asked_for(engine, session):
    first, second = while_uncommitted(engine, creating("/b", "Same"), creating("/b", "Same"))
    assert (first.path, second.path) == ("/b/same", "/b/same-2")
    first, second = while_uncommitted(engine, creating("/b", "X", slug="x"), creating("/b", "X", slug="x"))
    assert first.path == "/b/x"
    assert isinstance(second, Conflict)
    assert second.field == "slug"


def test_many_at_once_all_get_a_name_of_their_own(engine, session):
    made = at_once(engine, *[creating("/b", "Same")] * 6)
    assert {each.path for each in made} == {"/b/same", *(f"/b/same-{number}" for number in range(2, 7))}


def test_two_uploads_of_one_name_at_once_are_both_kept(engine, session, files):
    import io

    def uploading(content):
        def upload(db):
            upload = Upload(io.BytesIO(content), "report.txt")
            limits = Limits(size=1000, pixels=1000)
            return add_file(db, files, node_by_path(db, "/b"), upload, by=SYSTEM, limits=limits).node.path

        return upload

    assert while_uncommitted(engine, uploading(b"one"), uploading(b"two")) == ("/b/report.txt", "/b/report-2.txt")


def moving(path, to, slug=None):
    def move(db):
        return move_node(db, node_by_path(db, path), by=SYSTEM, to=node_by_path(db, to), slug=slug).path

    return move


def test_a_goes_under_b_while_b_goes_under_a(engine, session):
    outcomes = at_once(engine, moving("/a", "/b"), moving("/b", "/a"))
    moved = [each for each in outcomes if isinstance(each, str)]
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert len(moved) == 1
    # Either it sees that the other has moved, or the database breaks the tie; then the request is tried again.
    assert isinstance(refused[0], Invalid | Missing | OperationalError)
    sound(session)


def test_what_moves_under_something_moving_follows_it(engine, session):
    while_uncommitted(engine, moving("/a", "/b"), moving("/a/page", "/a/inside"))
    sound(session)
    while_uncommitted(engine, moving("/b/a/inside", "/"), moving("/b", "/inside"))
    sound(session)


def sharing(path, *grants, inherits=True):
    def share(db):
        set_grants(db, node_by_path(db, path), [Granted(*each) for each in grants], inherits=inherits, by=SYSTEM)

    return share


def trashing(path):
    return lambda db: trash_node(db, node_by_path(db, path), by=SYSTEM)[0]


CHANGES_OF_THE_FOLDER = {
    "moved": moving("/a", "/b", "moved"),
    "shared": sharing("/a", ("signed-in", "reader")),
    "closed": sharing("/", ("signed-in", "reader")),
}


@pytest.mark.parametrize("change", CHANGES_OF_THE_FOLDER)
@pytest.mark.parametrize("parent", ["/a", "/a/inside"])
def test_a_child_made_while_its_folder_changes_belongs_where_the_folder_is(engine, session, change, parent):
    with session() as db:
        parent_row = node_by_path(db, parent)

    def create(db):
        return create_node(db, parent_row, kind_named("page"), {"title": "Child"}, by=SYSTEM).node.id

    for first, second in ((CHANGES_OF_THE_FOLDER[change], create), (create, CHANGES_OF_THE_FOLDER[change])):
        while_uncommitted(engine, first, second)
        sound(session)
        with session() as db:
            if (moved := find_by_path(db, "/b/moved")) is not None:
                move_node(db, moved, by=SYSTEM, to=node_by_path(db, "/"), slug="a")
            set_grants(db, node_by_path(db, "/a"), [], inherits=True, by=SYSTEM)
    with session() as db:
        children = db.execute(select(NODES.c.path).where(NODES.c.parent_id == parent_row.id)).scalars().all()
        assert {f"{parent}/child", f"{parent}/child-2"} <= set(children)


def test_nothing_is_made_in_a_folder_that_goes_to_the_trash(engine, session):
    with session() as db:
        folder = node_by_path(db, "/a/inside")

    def create(db):
        return create_node(db, folder, kind_named("page"), {"title": "Child"}, by=SYSTEM).node.id

    _, refused = while_uncommitted(engine, trashing("/a"), create)
    assert isinstance(refused, Missing)
    with session() as db:
        restore_node(db, node_by_id(db, folder.parent_id, in_trash=True), by=SYSTEM)
    child, _ = while_uncommitted(engine, create, trashing("/a"))
    with session() as db:
        assert node_by_id(db, child, in_trash=True).trash_id == folder.parent_id
    sound(session)


def test_nothing_moves_into_a_folder_that_goes_to_the_trash(engine, session):
    with session() as db:
        target, page = node_by_path(db, "/b"), node_by_path(db, "/a/page")

    def move(db):
        return move_node(db, page, by=SYSTEM, to=target)

    _, refused = while_uncommitted(engine, trashing("/b"), move)
    assert isinstance(refused, Missing)
    with session() as db:
        assert node_by_id(db, page.id).path == "/a/page"


def test_what_is_restored_into_a_moving_folder_follows_it(engine, session):
    with session() as db:
        page = trashing("/a/page")(db)

    def restore(db):
        return restore_node(db, node_by_id(db, page.id, in_trash=True), by=SYSTEM).id

    while_uncommitted(engine, moving("/a", "/b"), restore)
    sound(session)
    with session() as db:
        assert node_by_id(db, page.id).path == "/b/a/page"


def test_a_child_made_while_a_group_is_deleted_loses_it_too(engine, session):
    with session() as db:
        group = create_group(db, by=SYSTEM, name="finance")
        set_grants(db, node_by_path(db, "/a"), [Granted("group:finance", "editor")], inherits=True, by=SYSTEM)
        parent = node_by_path(db, "/a")

    def delete(db):
        delete_group(db, db.merge(group), by=SYSTEM)

    def create(db):
        return create_node(db, parent, kind_named("page"), {"title": "Child"}, by=SYSTEM)

    while_uncommitted(engine, delete, create)
    sound(session)
    with session() as db:
        for table in (Grant, EffectiveGrant):
            assert "group:finance" not in db.execute(select(table.principal)).scalars().all()


def test_of_two_orders_at_once_the_later_one_stands_whole(engine, session):
    with session() as db:
        ids = [make_node(db, "/b", "page", title).node.id for title in "xyz"]
        place = node_by_path(db, "/b")

    def order(*wanted):
        return lambda db: order_children(db, place, list(wanted), by=SYSTEM)

    x, _y, z = ids
    while_uncommitted(engine, order(*ids), order(z, x))
    with session() as db:
        assert history(db, place.id)[0].values == {"order": [ids, [z, x]]}
        positions = dict(db.execute(select(NODES.c.id, NODES.c.position).where(NODES.c.id.in_(ids))).all())
    assert [each for each in (z, x) if positions[each] < UNPLACED] == [z, x]
    assert [each for each in ids if positions[each] == UNPLACED] == [ids[1]]


@pytest.mark.parametrize("given_first", [True, False])
def test_a_role_given_while_its_group_is_deleted_is_not_left_for_a_namesake(engine, session, given_first):
    with session() as db:
        group = create_group(db, by=SYSTEM, name="finance")
        set_grants(db, node_by_path(db, "/a"), [Granted("group:finance", "editor")], inherits=True, by=SYSTEM)
        other = node_by_path(db, "/b")

    def give(db):
        return set_grants(db, other, [Granted("group:finance", "manager")], inherits=True, by=SYSTEM)[1]

    def delete(db):
        delete_group(db, db.merge(group), by=SYSTEM)

    _first, second = while_uncommitted(engine, *((give, delete) if given_first else (delete, give)))
    assert second is None if given_first else isinstance(second, Invalid)
    sound(session)
    with session() as db:
        for table in (Grant, EffectiveGrant):
            assert "group:finance" not in db.execute(select(table.principal)).scalars().all()


def test_what_is_written_of_a_deleted_group_begins_with_what_others_left(engine, session):
    with session() as db:
        group = create_group(db, by=SYSTEM, name="finance")
        create_user(db, name="bob", by=SYSTEM)
        place = node_by_path(db, "/a")
        both = [Granted("group:finance", "editor"), Granted("user:bob", "manager")]
        set_grants(db, place, both, inherits=True, by=SYSTEM)

    def take_from_bob(db):
        set_grants(db, place, both[:1], inherits=True, by=SYSTEM)

    def delete(db):
        delete_group(db, db.merge(group), by=SYSTEM)

    while_uncommitted(engine, take_from_bob, delete)
    with session() as db:
        assert history(db, place.id)[0].values == {"grants": [[["group:finance", "editor"]], []]}


@pytest.mark.parametrize("answered_first", [True, False])
def test_an_answer_given_while_its_thread_is_removed_is_not_lost_unnoticed(engine, session, answered_first):
    with session() as db:
        create_user(db, name="ada", is_admin=True, by=SYSTEM)
        ada = identity_of_user(db, "ada", public=False)
        page = node_by_path(db, "/a/page")
        thread_id = add_comment(db, page, "Which year?", by=ada).id

    def answer(db):
        return add_comment(db, page, "This one.", by=ada, thread_id=thread_id).id

    def remove(db):
        remove_comment(db, thread_id, by=ada)

    _first, second = while_uncommitted(engine, *((answer, remove) if answered_first else (remove, answer)))
    assert second is None if answered_first else isinstance(second, Missing)
    with session() as db:
        found = [(each.first.body, [answer.body for answer in each.answers]) for each in threads_of(db, page.id)]
    assert found == ([("", ["This one."])] if answered_first else [])


def test_a_unique_value_given_twice_at_once_is_kept_once(engine, session):
    with known(StrictSpecimen):
        StrictSpecimen.table.create(engine)
        values = {"text": "x", "body": "x", "tags": ["new"], "serial": "S-1"}
        works = [creating("/b", title, "strictspecimen", **values) for title in ("One", "Two")]
        made, refused = while_uncommitted(engine, *works)
        assert made.path == "/b/one"
        assert isinstance(refused, Invalid)
        assert refused.by_field() == {"serial": ["is taken: another strictspecimen has the same serial number"]}
        outcomes = at_once(
            engine, *(creating("/b", f"N{n}", "strictspecimen", **{**values, "serial": "S-2"}) for n in range(4))
        )
        assert sum(not isinstance(each, Exception) for each in outcomes) == 1


def test_the_place_of_a_node_is_the_same_in_trash_and_history(engine, session):
    """A restored node and a new one of the same name at once: both stand, one of them numbered."""
    with session() as db:
        page = trashing("/a/page")(db)

    def restore(db):
        return restore_node(db, node_by_id(db, page.id, in_trash=True), by=SYSTEM).path

    first, second = while_uncommitted(engine, creating("/a", "Page"), restore)
    assert first.path == "/a/page"
    assert second == "/a/page-2" or isinstance(second, Exception)
    sound(session)


def test_writers_on_sqlite_queue_for_the_file(tmp_path, sqlite_template):
    import shutil

    shutil.copy(sqlite_template, tmp_path / "site.sqlite")
    engine = make_engine(site_settings(f"sqlite:///{tmp_path}/site.sqlite", tmp_path))
    with open_session(make_session_factory(engine)) as db:
        ensure_root(db)
    made = at_once(engine, *[creating("/", "Same")] * 8)
    assert len({each.id for each in made}) == 8
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() >= 1000
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


def test_a_reader_on_sqlite_does_not_wait_for_a_writer(tmp_path, sqlite_template):
    import shutil

    shutil.copy(sqlite_template, tmp_path / "site.sqlite")
    engine = make_engine(site_settings(f"sqlite:///{tmp_path}/site.sqlite", tmp_path))
    factory = make_session_factory(engine)
    with open_session(factory) as db:
        ensure_root(db)
    with open_session(factory) as writer:
        make_node(writer, "/", "page", "Unfinished")
        with open_session(factory, writes=False) as reader:
            assert find_by_path(reader, "/unfinished") is None
    engine.dispose()


def test_of_two_who_answer_requests_at_once_both_are_heard(engine, session):
    """Otherwise a right that somebody takes away at the same moment would come back."""
    with session() as db:
        for name in ("bob", "cleo"):
            user = create_user(db, name=name, by=SYSTEM)
            asker = identity_of_user(db, user.name, public=False)
            ask_for_access(db, "/a", by=asker, per_day=5)
        ids = db.execute(select(AccessRequest.id).order_by(AccessRequest.id)).scalars().all()
    works = [lambda db, number=number: grant_request(db, number, "reader", by=SYSTEM) for number in ids]
    _done, answer = while_uncommitted(engine, *works)
    assert not isinstance(answer, Exception)
    with session() as db:
        granted = granted_on(db, node_by_path(db, "/a").id)
    assert granted == [Granted("user:bob", "reader"), Granted("user:cleo", "reader")]
    sound(session)
