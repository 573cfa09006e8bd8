"""One permission engine: on random trees, the walk over the lineage and every list in SQL say the same."""

import inspect
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from myplatform.actions.access import ALWAYS
from myplatform.actions.arrangement import copy_node, move_node
from myplatform.actions.content import create_node
from myplatform.actions.groups import add_member, create_group, delete_group, remove_member
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import purge_node, restore_node, trash_node
from myplatform.actions.users import create_user
from myplatform.errors import Conflict, Invalid, Missing, Problem
from myplatform.identity import SYSTEM, anonymous
from myplatform.kinds import kind_named
from myplatform.models import Change, EffectiveGrant, Grant, Group, Node, OwnEntry, SearchDocument, User
from myplatform.permissions import ADMINISTRATORS, ROLE_PERMISSIONS, Permission, Role, Scope
from myplatform.queries.access import decide, explain, permissions_on
from myplatform.queries.changes import visible_change
from myplatform.queries.children import children_of, items_of, parse_items
from myplatform.queries.identities import identity_of_user
from myplatform.queries.kept import STATE, Answers, begin_keeping, newest_change
from myplatform.queries.navigation import navigation_rows, place_kinds
from myplatform.queries.nodes import lineage_of_id, node_by_id, node_by_path, permitted, visible_nodes
from myplatform.queries.reach import who_can_see
from myplatform.queries.search import search
from myplatform.queries.surroundings import surroundings
from myplatform.queries.visibility import may
from myplatform.resources import Home, NodeResource, Site, chain
from myplatform.security import SecurityPolicy
from tests.conftest import examples, make_node, somebody

NODES = Node.__table__
CHANGES = Change.__table__
USERS = ("ada", "bob", "cyd")
GROUPS = ("inner", "outer", "other")
PRINCIPALS = (*(f"user:{name}" for name in USERS), *(f"group:{name}" for name in GROUPS), "signed-in", "public")
ON_NODES = (
    Permission.VIEW,
    Permission.ADD,
    Permission.EDIT,
    Permission.EDIT_OWN,
    Permission.TRASH,
    Permission.SHARE,
    Permission.PURGE,
)
WORD = "needle"

number = st.integers(0, 30)
grants = st.lists(st.tuples(st.sampled_from(PRINCIPALS), st.sampled_from([role.value for role in Role])), max_size=3)
steps = st.one_of(
    st.tuples(st.just("create"), number, st.sampled_from(("folder", "page")), st.sampled_from(USERS)),
    st.tuples(st.just("create"), number, st.sampled_from(("folder", "page")), st.sampled_from(USERS)),
    st.tuples(st.just("share"), number, grants, st.booleans()),
    st.tuples(st.just("share"), number, grants, st.booleans()),
    st.tuples(st.just("move"), number, number),
    st.tuples(st.just("copy"), number, number, st.sampled_from(USERS)),
    st.tuples(st.just("trash"), number),
    st.tuples(st.just("restore"), number, st.none() | number),
    st.tuples(st.just("purge"), number),
    st.tuples(st.just("join"), st.sampled_from(USERS), st.sampled_from(GROUPS)),
    st.tuples(st.just("leave"), st.sampled_from(USERS), st.sampled_from(GROUPS)),
    st.tuples(st.just("disband"), st.sampled_from(GROUPS)),
    st.tuples(st.just("become"), st.sampled_from((*USERS, "root-admin")), number),
)

BEGINNING = (
    ("create", 0, "folder", "ada"),
    ("create", 1, "folder", "bob"),
    ("create", 2, "page", "ada"),
    ("create", 0, "folder", "cyd"),
    ("create", 4, "folder", "bob"),
    ("create", 5, "page", "cyd"),
    ("share", 1, [("group:outer", "editor")], True),
    ("share", 2, [("user:bob", "contributor")], True),
    ("share", 4, [("user:cyd", "manager")], False),
    ("share", 5, [("signed-in", "reader")], True),
    ("become", "bob", 3),
    ("become", "root-admin", 4),
)
"""Two branches in which grants lie above grants, so that every random step moves or changes some."""


class Tree:
    """A tree to which random things happen."""

    def __init__(self, db):
        self.db = db
        for name in USERS:
            create_user(db, name=name, display_name=name.title(), password=None, is_admin=False, by=SYSTEM)
        create_user(db, name="root-admin", display_name="Admin", password=None, is_admin=True, by=SYSTEM)
        groups = {name: create_group(db, by=SYSTEM, name=name) for name in GROUPS}
        add_member(db, groups["outer"], by=SYSTEM, member=groups["inner"])
        add_member(db, groups["inner"], by=SYSTEM, member=self.user("ada"))
        add_member(db, groups["other"], by=SYSTEM, member=self.user("bob"))

    def user(self, name):
        return self.db.query(User).filter_by(name=name).one()

    def group(self, name):
        found = self.db.query(Group).filter_by(name=name).one_or_none()
        return found or create_group(self.db, by=SYSTEM, name=name)

    def identity(self, name):
        return identity_of_user(self.db, name, public=True)

    def pick(self, index, *, trashed=False):
        condition = NODES.c.trash_id == NODES.c.id if trashed else NODES.c.trash_id.is_(None)
        ids = self.db.execute(select(NODES.c.id).where(condition).order_by(NODES.c.id)).scalars().all()
        if not ids:
            raise Missing
        return node_by_id(self.db, ids[index % len(ids)], in_trash=trashed)

    def create(self, parent, kind, by):
        text = {"body": WORD} if kind == "page" else {"keywords": WORD}
        values = {"title": kind.title(), **text}
        create_node(self.db, self.pick(parent), kind_named(kind), values, by=self.identity(by))

    def share(self, node, grants, inherits):
        set_grants(self.db, self.pick(node), [Granted(*each) for each in grants], inherits=inherits, by=SYSTEM)

    def move(self, node, to):
        move_node(self.db, self.pick(node), by=SYSTEM, to=self.pick(to))

    def copy(self, node, to, by):
        if self.db.query(Node).count() < 25:
            copy_node(self.db, self.pick(node), by=self.identity(by), to=self.pick(to))

    def trash(self, node):
        trash_node(self.db, self.pick(node), by=SYSTEM)

    def restore(self, node, to):
        place = self.pick(to) if to is not None else None
        restore_node(self.db, self.pick(node, trashed=True), by=SYSTEM, to=place)

    def purge(self, node):
        purge_node(self.db, self.pick(node, trashed=True), by=SYSTEM)

    def join(self, user, group):
        add_member(self.db, self.group(group), by=SYSTEM, member=self.user(user))

    def leave(self, user, group):
        remove_member(self.db, self.group(group), by=SYSTEM, member=self.user(user))

    def disband(self, group):
        delete_group(self.db, self.group(group), by=SYSTEM)

    def become(self, user, index):
        """Some node is the user's own entry; what kind it is does not matter to the engine."""
        user_id, node_id = self.user(user).id, self.pick(index).id
        self.db.execute(delete(OwnEntry).where((OwnEntry.user_id == user_id) | (OwnEntry.employee_id == node_id)))
        self.db.add(OwnEntry(user_id=user_id, employee_id=node_id))
        self.db.flush()

    def step(self, what, *arguments):
        """Do it, or, where it is refused, leave everything as it was."""
        try:
            with self.db.begin_nested():
                getattr(self, what)(*arguments)
        except Problem:
            pass


class Oracle:
    """What should hold, recomputed from the nodes and what people granted alone."""

    def __init__(self, db):
        self.nodes = {row.id: row for row in db.execute(select(NODES).order_by(NODES.c.id))}
        self.grants = {node_id: [] for node_id in self.nodes}
        for row in db.execute(select(Grant.node_id, Grant.principal, Grant.role)):
            self.grants[row.node_id].append((row.principal, row.role))

    def lineage(self, node):
        return [*self.lineage(self.nodes[node.parent_id]), node] if node.parent_id is not None else [node]

    def applying(self, node):
        found = {ALWAYS}
        for each in reversed(self.lineage(node)):
            found |= set(self.grants[each.id])
            if not each.inherits:
                break
        return found

    def access_root(self, node):
        above = reversed(self.lineage(node))
        return next(each.id for each in above if self.grants[each.id] or not each.inherits or each.parent_id is None)

    def permissions(self, node, asker):
        return set.intersection(*(self.permissions_alone(node, each) for each in asker.judged))

    def permissions_alone(self, node, asker):
        roles = {Role(role) for principal, role in self.applying(node) if principal in asker.principals}
        given = {permission for role in roles for permission in ROLE_PERMISSIONS[role]}
        if Role.CONTRIBUTOR in roles and node.created_by == asker.name:
            given |= {Permission.EDIT, Permission.TRASH}
        if roles and node.id == asker.entry_id:
            given |= {Permission.EDIT_OWN}
        return given


def check_bookkeeping(db, oracle):
    for node in oracle.nodes.values():
        lineage = oracle.lineage(node)
        assert node.path == ("/" + "/".join(each.slug for each in lineage[1:]))
        assert node.ancestry == "/" + "".join(f"{each.id}/" for each in lineage[:-1])
        assert node.access_id == oracle.access_root(node)
    roots = {node.access_id for node in oracle.nodes.values()}
    expected = {(root, *each) for root in roots for each in oracle.applying(oracle.nodes[root])}
    kept = {tuple(row) for row in db.execute(select(*EffectiveGrant.__table__.c))}
    assert {row for row in kept if row[0] in oracle.nodes} == expected
    live = [node.path for node in oracle.nodes.values() if node.trash_id is None]
    assert len(live) == len(set(live))
    assert set(db.execute(select(SearchDocument.c.node_id)).scalars()) == set(oracle.nodes)


def check_one_by_one(db, oracle, asker, lineages, picked):
    policy = SecurityPolicy()
    request = SimpleNamespace(credential=SimpleNamespace(identity=asker, has_bad_token=False))
    for node in oracle.nodes.values():
        expected = oracle.permissions(node, asker)
        lineage = lineages[node.id]
        resource = chain(lineage)
        assert {each for each in ON_NODES if policy.permits(request, resource, each)} == expected
        assert decide(lineage, asker).permissions == expected
        if node.id in picked:
            assert permissions_on(db, asker, node) == expected


def check_many_at_once(db, oracle, asker, root, picked):
    for permission in ON_NODES:
        found = set(db.execute(select(NODES.c.id).where(may(asker, permission))).scalars())
        assert found == {each.id for each in oracle.nodes.values() if permission in oracle.permissions(each, asker)}
    seen = {each.id: each for each in oracle.nodes.values() if Permission.VIEW in oracle.permissions(each, asker)}
    live = {each for each, node in seen.items() if node.trash_id is None}
    with keeping(db):
        for _ in ("counted", "kept"):
            query = parse_items(kind_named("folder"), [("depth", "all"), ("count", "true")])
            everything = items_of(db, asker, root, query)
            assert {item["id"] for item in everything.rows} == live - {root.id}
            assert everything.total == len(live - {root.id})
    hits = search(db, asker, WORD, limit=100, count=True)
    assert {hit.node.id for hit in hits.hits} == live - {root.id}
    assert hits.total == len(hits.hits)
    assert set(visible_nodes(db, asker, oracle.nodes)) == live
    changed = select(CHANGES.c.node_id).outerjoin(NODES, NODES.c.id == CHANGES.c.node_id)
    changed = changed.where(CHANGES.c.node_id.in_(oracle.nodes), visible_change(asker))
    assert set(db.execute(changed).scalars()) == set(seen)
    check_children(db, oracle, asker, live, picked)


ANSWERS = Answers()
"""One for all steps: what was counted before a step must not be found after it."""


@contextmanager
def keeping(db):
    """As requests that read keep what they count; no other transaction runs beside this one."""
    newest = db.execute(select(newest_change(db.get_bind().dialect.name))).scalar_one()
    begin_keeping(db, ANSWERS, f"1{newest[1:]}")
    yield
    del db.info[STATE]


def check_children(db, oracle, asker, live, picked):
    shown = {each for each in live if oracle.nodes[each].kind in place_kinds()}
    parents = [each.id for each in oracle.nodes.values() if each.trash_id is None]
    rows, _ = navigation_rows(db, asker, [each for each in parents if oracle.nodes[each].parent_id is not None])
    assert {row.id for row in rows} == {each for each in shown if oracle.nodes[each].parent_id in parents}
    for row in rows:
        assert bool(row.has_children) == any(oracle.nodes[each].parent_id == row.id for each in shown)
    places = sorted(picked.intersection(parents))
    for parent in places:
        expected = {each for each in live if oracle.nodes[each].parent_id == parent}
        assert {row.id for row in children_of(db, asker, parent, limit=100)} == expected
        if parent == places[len(live) % len(places)]:  # one of them, another for each asker
            check_place(db, oracle, asker, parent, expected)


def check_place(db, oracle, asker, parent, expected):
    """What PostgreSQL trims row by row: a place's list, whole or filtered with its number, and what stands around."""
    place = node_by_id(db, parent)
    for asked in ([], [("title__ne", "Nothing"), ("count", "true")]):
        listed = items_of(db, asker, place, parse_items(kind_named("folder"), asked))
        assert {item["id"] for item in listed.rows} == expected
        assert listed.total in (None, len(expected))
    around = surroundings(db, asker, [step.node for step in lineage_of_id(db, parent)])
    assert {row.id for row in (*around.below, *around.files)} == expected
    beside = {each.id for each in (around.previous, around.next) if each is not None}
    neighbours = expected_beside(oracle, asker, place)
    assert beside <= neighbours
    assert bool(beside) == bool(neighbours)


def expected_beside(oracle, asker, place):
    """Visible places beside one, in the same place."""
    beside = [each for each in oracle.nodes.values() if each.parent_id == place.parent_id and each.id != place.id]
    live = [each for each in beside if each.trash_id is None and each.kind in place_kinds()]
    seen = {each.id for each in live if Permission.VIEW in oracle.permissions(each, asker)}
    return seen if place.parent_id is not None else set()


def check(tree, step=None):
    """Everything agrees for everybody; after a step, what takes a statement a node is asked of every third node."""
    db = tree.db
    db.expire_all()
    oracle = Oracle(db)
    check_bookkeeping(db, oracle)
    askers = [tree.identity(name) for name in (*USERS, "root-admin")] + [
        anonymous(public=True),
        anonymous(public=False),
    ]
    askers += [replace(askers[one], seen_as=askers[other]) for one, other in ((0, 1), (2, 0), (3, 1), (1, 3))]
    root = node_by_path(db, "/")
    lineages = {each: lineage_of_id(db, each) for each in oracle.nodes}
    for number, asker in enumerate(askers):
        picked = {each for place, each in enumerate(oracle.nodes) if step is None or (place + number + step) % 3 == 0}
        check_one_by_one(db, oracle, asker, lineages, picked)
        check_many_at_once(db, oracle, asker, root, picked)


def everybody_agrees(tree, script):
    with tree.db.begin_nested() as savepoint:
        for number, step in enumerate(script):
            tree.step(*step)
            check(tree, number)
        savepoint.rollback()
    tree.db.expunge_all()


def test_lists_and_the_walk_over_the_lineage_agree_whatever_happens(db, root):
    profile = settings(
        max_examples=examples(6 if db.get_bind().dialect.name == "sqlite" else 3),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # scripts are short enough to read as they are
    )
    tree = Tree(db)
    for step in BEGINNING:
        getattr(tree, step[0])(*step[1:])
    check(tree)
    profile(given(tree=st.just(tree), script=st.lists(steps, min_size=2, max_size=5))(everybody_agrees))()


@pytest.fixture
def people(db, root):
    for name in USERS:
        create_user(db, name=name, display_name=name.title(), password=None, is_admin=False, by=SYSTEM)
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    return {name: somebody(name) for name in USERS}


def share(db, node, *given, inherits=True, by=SYSTEM):
    return set_grants(db, node, [Granted(*each) for each in given], inherits=inherits, by=by)


def test_nobody_grants_a_role_that_they_do_not_have(db, root, people):
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("user:ada", "editor"))
    for role in ("editor", "manager"):
        with pytest.raises(Invalid, match=f"you cannot give the role {role}"):
            share(db, folder, ("user:bob", role), by=people["bob"])
    with pytest.raises(Invalid, match="you cannot give the role manager"):
        share(db, folder, ("user:ada", "manager"), by=people["ada"])


def test_a_token_gives_no_role_beyond_its_scopes(db, root, people):
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("user:ada", "manager"))
    ada = identity_of_user(db, "ada", public=False)
    limited = type(ada)(**{**ada.__dict__, "scopes": frozenset({Scope.READ, Scope.ADMIN})})
    share(db, folder, ("user:ada", "manager"), ("user:bob", "reader"), by=ada)
    with pytest.raises(Invalid, match="you cannot give the role editor"):
        share(db, folder, ("user:bob", "editor"), by=limited)


def test_the_last_manager_cannot_lock_himself_out(db, root, people):
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("user:ada", "manager"))
    for kept, inherits in (([], True), ([("user:bob", "manager")], True), ([("user:ada", "editor")], False)):
        with pytest.raises(Conflict, match="could no longer share it"), db.begin_nested():
            share(db, folder, *kept, inherits=inherits, by=people["ada"])
    assert permitted(db, people["ada"], folder.id, Permission.SHARE)
    share(db, folder, by=SYSTEM)
    assert not permitted(db, people["ada"], folder.id, Permission.SHARE)


def test_administrators_always_get_in(db, root, people):
    admin = somebody("boss", is_admin=True)
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("user:ada", "manager"), inherits=False)
    page = make_node(db, "/folder", "page", "Page").node
    share(db, node_by_id(db, page.id), inherits=False)
    assert permissions_on(db, admin, node_by_id(db, page.id)) == set(ON_NODES) - {Permission.EDIT_OWN}
    assert permissions_on(db, people["ada"], node_by_id(db, page.id)) == set()
    with pytest.raises(Invalid, match="'administrators' is nobody here"):
        share(db, folder, (ADMINISTRATORS, "manager"))


def test_everything_wrong_with_grants_is_named_at_once(db, root, people):
    wrong = [("user:nobody", "reader"), ("group:none", "editor"), ("ada", "reader"), ("user:ada", "owner")]
    with pytest.raises(Invalid) as refused:
        share(db, root, *wrong)
    words = " ".join(error.message for error in refused.value.errors)
    assert all(each in words for each in ("'user:nobody'", "'group:none'", "'ada' is nobody", "'owner' is no role"))
    assert {error.field for error in refused.value.errors} == {"grants"}


def test_a_contributor_changes_what_is_theirs_and_nothing_else(db, root, people):
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("signed-in", "contributor"))
    folder = node_by_id(db, folder.id)
    page = create_node(db, folder, kind_named("page"), {"title": "Mine"}, by=people["ada"]).node
    both = {Permission.VIEW, Permission.ADD}
    assert permissions_on(db, people["ada"], page) == both | {Permission.EDIT, Permission.TRASH}
    assert permissions_on(db, people["bob"], page) == both
    assert permissions_on(db, people["ada"], folder) == both


def test_a_decision_names_grant_group_and_ancestor(db, root, people):
    group = create_group(db, by=SYSTEM, name="finance")
    outer = create_group(db, by=SYSTEM, name="company")
    add_member(db, group, by=SYSTEM, member=db.query(User).filter_by(name="ada").one())
    add_member(db, outer, by=SYSTEM, member=group)
    folder = make_node(db, "/", "folder", "Folder").node
    make_node(db, "/folder", "folder", "Below")
    page = make_node(db, "/folder/below", "page", "Page").node
    share(db, folder, ("group:company", "editor"), inherits=False)
    share(db, node_by_path(db, "/folder/below"), ("group:finance", "reader"))
    ada = identity_of_user(db, "ada", public=False)
    decision = explain(db, ada, page)
    assert [(each.principal, each.role, each.node.path) for each in decision.reasons] == [
        ("group:finance", Role.READER, "/folder/below"),
        ("group:company", Role.EDITOR, "/folder"),
    ]
    assert decision.stopped_at.path == "/folder"
    assert Permission.EDIT in decision.reasons[1].permissions
    assert not explain(db, people["bob"], page).reasons
    (reader,) = who_can_see(db, node_by_id(db, page.id))
    assert (reader.name, reader.role, set(reader.through)) == ("ada", Role.EDITOR, {"group:company", "group:finance"})


def test_a_deleted_group_takes_its_grants_along_also_from_the_trash(db, root, people):
    group = create_group(db, by=SYSTEM, name="finance")
    add_member(db, group, by=SYSTEM, member=db.query(User).filter_by(name="ada").one())
    folder = make_node(db, "/", "folder", "Folder").node
    share(db, folder, ("group:finance", "editor"), inherits=False)
    page = make_node(db, "/folder", "page", "Page").node
    trash_node(db, node_by_id(db, folder.id), by=SYSTEM)
    delete_group(db, group, by=SYSTEM)
    create_group(db, by=SYSTEM, name="finance")
    assert permissions_on(db, somebody("ada", "finance"), node_by_id(db, page.id, in_trash=True)) == set()


def test_what_is_restored_elsewhere_obeys_the_grants_there(db, root, people):
    for title, grant in (("A", ("user:ada", "reader")), ("B", ("user:bob", "reader"))):
        share(db, make_node(db, "/", "folder", title).node, grant, inherits=False)
    make_node(db, "/a", "folder", "Inside")
    page = make_node(db, "/a/inside", "page", "Page").node
    trashed, _ = trash_node(db, node_by_path(db, "/a/inside"), by=SYSTEM)
    restore_node(db, trashed, by=SYSTEM, to=node_by_path(db, "/b"))
    check_bookkeeping(db, Oracle(db))
    assert permitted(db, people["bob"], page.id)
    assert not permitted(db, people["ada"], page.id)


@pytest.mark.parametrize("resource", [NodeResource, Home, Site])
def test_access_lists_are_methods(resource):
    """A property that raised `AttributeError` would be taken for missing, and the parent's list would apply."""
    assert inspect.isfunction(inspect.getattr_static(resource, "__acl__"))


def test_a_mistake_in_an_access_list_lets_nobody_in(db, root, people):
    class Mistaken(NodeResource):
        def __acl__(self):
            return self.nothing

    make_node(db, "/", "folder", "Folder")
    above, step = lineage_of_id(db, node_by_path(db, "/folder").id)
    resource = Mistaken(Home(None, above), step)
    request = SimpleNamespace(credential=SimpleNamespace(identity=people["ada"], has_bad_token=False))
    assert SecurityPolicy().permits(request, resource.__parent__, Permission.VIEW)
    with pytest.raises(AttributeError, match="nothing"):
        SecurityPolicy().permits(request, resource, Permission.VIEW)


def test_access_that_is_revoked_is_gone_at_the_next_request(site):
    site.user("ada")
    site.user("bob")
    site.node("/", "folder", "Folder")
    site.node("/folder", "page", "Secret")
    site.grant("/", ("signed-in", "reader"))
    site.grant("/folder", ("user:ada", "reader"), inherits=False)
    ada, bob = site.client("ada"), site.client("bob")
    assert ada.get("/api/v1/content/folder/secret").json["title"] == "Secret"
    bob.get("/api/v1/content/folder/secret", status=404)
    with site.session() as db:
        set_grants(db, node_by_path(db, "/folder"), [Granted("user:bob", "reader")], inherits=False, by=SYSTEM)
    ada.get("/api/v1/content/folder/secret", status=404)
    assert ada.get("/api/v1/content/@items?depth=all").json["items"] == []
    assert bob.get("/api/v1/content/folder/secret").json["title"] == "Secret"
