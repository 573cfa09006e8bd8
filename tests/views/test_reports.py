"""Reports of access: who can see a place and why, what a person or a group can reach; pages and exports."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from myplatform.actions.groups import add_member, create_group
from myplatform.identity import SYSTEM
from myplatform.models import Group, User


@pytest.fixture
def places(site, ada):
    """A room that the finance group may edit and cy manages, with a cellar of her own inside."""
    for name in ("bob", "cy", "dan"):
        site.user(name)
    with site.session() as db:
        group, outer = create_group(db, by=SYSTEM, name="finance"), create_group(db, by=SYSTEM, name="office")
        add_member(db, outer, by=SYSTEM, member=group)
        add_member(db, group, by=SYSTEM, member=db.scalar(select(User).where(User.name == "bob")))
    site.node("/", "folder", "Room")
    site.node("/room", "folder", "=Cellar")
    site.grant("/room", ("group:finance", "editor"), ("user:cy", "manager"), ("group:office", "reader"), inherits=False)
    site.grant("/room/cellar", ("user:cy", "reader"), ("user:bob", "reader"))


def lines_of(page):
    return [" ".join(row.get_text(" ").split()).replace(" ,", ",") for row in page.html.select("tbody tr")]


def table_of(answer):
    assert answer.content_type == "text/csv"
    return list(csv.reader(StringIO(answer.body.decode("utf-8-sig"))))


def test_everybody_is_listed_with_role_and_reason(site, places, sign_in):
    page = sign_in("cy").get("/room/cellar/@access")
    assert lines_of(page) == [
        "Ada can manage Administrators",
        "Bob can edit themselves — from =Cellar, office — from Room, finance — from Room",
        "Cy can manage themselves — from Room",
    ]
    assert "1 person can edit, 2 people can manage" in " ".join(page.html.select_one(".lead").text.split())


def test_the_list_is_found_filtered_and_exported(site, places, ada):
    assert lines_of(ada.get("/room/@access?q=bo")) == ["Bob can edit office — from Room, finance — from Room"]
    assert [line[:3] for line in lines_of(ada.get("/room/@access?role=manager"))] == ["Ada", "Cy "]
    assert "Nobody of that name and role" in ada.get("/room/@access?q=zzz")
    ada.get("/room/@access?role=king", status=400)
    head, *rows = table_of(ada.get("/room/@access?role=editor&format=csv"))
    assert head == ["User", "Name", "Role", "Through", "From"]
    assert rows == [["bob", "Bob", "can edit", "office; finance", "/room"]]


def test_the_list_goes_on(site, places, ada, monkeypatch):
    monkeypatch.setattr("myplatform.views.reports.PAGE", 2)
    page = ada.get("/room/@access")
    assert len(lines_of(page)) == 2
    assert [line[:3] for line in lines_of(page.click("Load more"))] == ["Cy "]
    monkeypatch.setattr("myplatform.views.reports.PAGE", 1)
    page = ada.get("/-/admin/groups/finance/access")
    assert [line.split()[0] for line in lines_of(page) + lines_of(page.click("Load more"))] == ["Room", "=Cellar"]


def test_what_somebody_reaches_as_far_as_the_asker_shares_it(site, places, ada, sign_in):
    site.grant("/", ("signed-in", "reader"))
    for page in (ada.get("/-/admin/users/bob/access"), ada.get("/-/access/bob")):
        assert [line.split()[0] for line in lines_of(page)] == ["Home", "Room", "=Cellar"]
    cy = sign_in("cy")
    assert [line.split()[0] for line in lines_of(cy.get("/-/access/bob"))] == ["Room", "=Cellar"]
    assert lines_of(cy.get("/-/access/group/finance"))[0] == "Room /room can edit finance, office 1"
    cy.get("/-/admin/users/bob/access", status=403)
    bob = sign_in("bob")
    bob.get("/-/access/cy", status=404)
    bob.get("/-/access/group/finance", status=404)
    assert [line.split()[0] for line in lines_of(bob.get("/-/access/bob"))] == ["Home", "Room", "=Cellar"]
    table = table_of(ada.get("/-/admin/users/bob/access?format=csv"))
    assert table[-1] == ["/room/cellar", "'=Cellar", "can edit", "finance; office; bob".replace("bob", "Bob"), "1"]


def test_who_may_not_ask(site, places, sign_in):
    bob = sign_in("bob")
    bob.get("/room/@access", status=403)
    sign_in("dan").get("/room/@access", status=404)
    with site.session() as db:
        assert db.scalar(select(Group.name).where(Group.name == "finance"))


def test_reports_take_few_statements(site, places, ada):
    ada.get("/room")
    with site.statements as seen:
        ada.get("/room/@access", status=200)
    assert len(seen) <= 11
    with site.statements as seen:
        ada.get("/-/access/bob", status=200)
    assert len(seen) <= 8
