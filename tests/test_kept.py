"""What is counted is kept while nothing changes, and never a moment longer; test_permissions.py holds the law."""

import time
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from sqlalchemy import select

from myplatform.actions.groups import add_member, create_group, remove_member
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import trash_node
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Change, Group, User
from myplatform.queries import kept
from myplatform.queries.children import items_of, parse_items
from myplatform.queries.kept import Answers, begin_keeping, newest_change
from myplatform.queries.nodes import node_by_path
from tests.conftest import make_node, somebody

LIST = "/api/v1/content/people/@items?count=true"


@pytest.fixture
def directory(site):
    """A directory with three people that ada and ben may read, and ben may write in."""
    for name in ("ada", "ben"):
        site.user(name)
    site.node("/", "people", "People")
    for number in range(3):
        site.node("/people", "employee", f"Person {number}", department="HR")
    site.grant("/people", ("user:ada", "reader"), ("user:ben", "editor"))
    return site


def total(client):
    return client.get(LIST, status=200).json["total"]


def counted(site, client):
    """The total, and whether it was counted for this."""
    with site.statements as seen:
        number = total(client)
    return number, any("count(*)" in statement for statement in seen)


def once_kept(site, client):
    """The total as soon as it is kept: while a transaction runs anywhere on the server, it is counted each time."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        number, was_counted = counted(site, client)
        if not was_counted:
            return number
    raise AssertionError("the total was never kept")


def test_a_total_is_counted_once_for_all_who_see_the_same(directory):
    ada, ben = directory.client("ada"), directory.client("ben")
    assert once_kept(directory, ada) == 3
    assert counted(directory, ben) == (3, False)
    directory.node("/people", "employee", "Person 3")  # another state of the site, which ben asks about first
    assert counted(directory, ben) == (4, True)
    assert once_kept(directory, ben) == 4
    assert counted(directory, ada) == (4, False)


def test_a_total_is_anew_after_each_change_whoever_makes_it(directory):
    ada, ben = directory.client("ada"), directory.client("ben")
    assert total(ada) == 3
    ben.post_json("/api/v1/content/people", {"kind": "employee", "name": "Jane Roe"}, status=201)
    assert total(ada) == 4
    with directory.session() as db:
        trash_node(db, node_by_path(db, "/people/person-1"), by=SYSTEM)
    assert total(ada) == 3
    with directory.session() as db:
        set_grants(db, node_by_path(db, "/people/person-2"), [Granted("user:ben", "reader")], inherits=False, by=SYSTEM)
    assert (total(ada), total(ben)) == (2, 3)


def test_who_leaves_a_group_counts_without_its_rights_at_once(directory):
    with directory.session() as db:
        group = create_group(db, by=SYSTEM, name="staff")
        add_member(db, group, by=SYSTEM, member=db.query(User).filter_by(name="ada").one())
        grants = [Granted("group:staff", "reader")]
        set_grants(db, node_by_path(db, "/people/person-2"), grants, inherits=False, by=SYSTEM)
    ada = directory.client("ada")
    assert (total(ada), total(ada)) == (3, 3)
    with directory.session() as db:
        user = db.query(User).filter_by(name="ada").one()
        remove_member(db, db.query(Group).filter_by(name="staff").one(), by=SYSTEM, member=user)
    assert total(ada) == 2


def test_facets_follow_what_changes(directory):
    browser = directory.signed_in("ada")

    def departments():
        found = browser.get("/people", status=200).html.select("input[name=department]")
        return [each["value"] for each in found]

    assert departments() == departments() == ["HR"]
    directory.node("/people", "employee", "Person 3", department="Sales")
    assert departments() == ["HR", "Sales"]
    assert browser.get(f"/people?department={quote('Sales')}").html.find(string="Person 3")


def test_a_request_that_writes_keeps_nothing(directory):
    answers = directory.registry["answers"] = Answers()
    ben = directory.client("ben")
    ben.post_json("/api/v1/content/people", {"kind": "employee", "name": "Jane Roe"}, status=201)
    assert not answers._known


@contextmanager
def reading(site, answers):
    """A session as that of a request, in which each statement sees what is committed."""
    factory = site.registry["session_factory"]
    with factory() as db:
        options = {"isolation_level": "AUTOCOMMIT"} if db.get_bind().dialect.name == "postgresql" else {}
        db.connection(execution_options={"writes": False, **options})
        newest = db.execute(select(newest_change(db.get_bind().dialect.name))).scalar_one()
        begin_keeping(db, answers, newest)
        yield db


def people_seen(site, answers):
    with reading(site, answers) as db:
        place = node_by_path(db, "/people")
        return items_of(db, somebody("ada"), place, parse_items(kind_named("people"), [("count", "true")])).total


def test_nothing_is_kept_while_an_older_transaction_may_still_be_committed(directory):
    if directory.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    answers = Answers()
    slow = directory.registry["session_factory"]()
    make_node(slow, "/people", "employee", "Slow")
    directory.node("/", "page", "Quick")  # a higher number, committed first
    with reading(directory, answers) as db:
        assert db.info[kept.STATE].is_settled is False
    assert people_seen(directory, answers) == 3
    slow.commit()
    with directory.session() as db:  # the newest by number is the same as before
        by_number = select(Change.node_title).order_by(Change.transaction_number.desc())
        assert db.execute(by_number).scalars().first() == "Quick"
    assert people_seen(directory, answers) == 4
    slow.close()


def test_who_may_view_very_many_access_roots_counts_each_time(directory, monkeypatch):
    monkeypatch.setattr(kept, "MOST_ROOTS", 0)
    ada = directory.client("ada")
    total(ada)
    assert counted(directory, ada) == (3, True)
