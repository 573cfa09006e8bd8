"""The sidebar's tree: paged, always with the current place, open where it was left open, quick among very many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from webtest import TestApp

from myplatform.actions.sharing import Granted, set_grants
from myplatform.collation import sort_key
from myplatform.identity import SYSTEM
from myplatform.models import Node
from myplatform.models.node import UNPLACED
from myplatform.queries.navigation import LEVEL_LIMIT, cursor_behind, places_inside
from myplatform.queries.nodes import NodeRow, node_by_path
from tests.conftest import Site, make_node, somebody

READER = somebody("rea")
NODES = Node.__table__


def many(db: Session, parent: NodeRow, titles: list[str], positions: list[int] | None = None) -> None:
    """Pages below a node, put in at once."""
    rows = [
        {
            "parent_id": parent.id,
            "kind": "page",
            "slug": f"p{number}",
            "path": f"{parent.path.rstrip('/')}/p{number}",
            "ancestry": f"{parent.ancestry}{parent.id}/",
            "title": title,
            "sort_title": sort_key(title),
            "position": positions[number] if positions else UNPLACED,
            "created_by": "system",
            "modified_by": "system",
            "access_id": parent.access_id,
        }
        for number, title in enumerate(titles)
    ]
    db.execute(insert(NODES), rows)


@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_paging_gives_every_visible_sibling_exactly_once_and_in_order(db: Session, root: NodeRow, data) -> None:
    count = data.draw(st.integers(0, 2 * LEVEL_LIMIT + 3))
    titles = data.draw(st.lists(st.sampled_from(["a", "B", "ä", "Zoë", "10", "9"]), min_size=count, max_size=count))
    positions = data.draw(st.lists(st.sampled_from([1024, 2048, UNPLACED]), min_size=count, max_size=count))
    hidden = data.draw(st.sets(st.integers(0, max(count - 1, 0)), max_size=3))
    with db.begin_nested() as savepoint:
        place = make_node(db, "/", "folder", "Many").node
        if titles:
            many(db, place, titles, positions)
        set_grants(db, node_by_path(db, "/"), [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
        for number in hidden if titles else ():
            set_grants(db, node_by_path(db, f"/many/p{number}"), [], inherits=False, by=SYSTEM)
        seen, cursor = [], None
        while True:
            rows = places_inside(db, READER, place.id, cursor)
            seen += [row.id for row in rows[:LEVEL_LIMIT]]
            if len(rows) <= LEVEL_LIMIT:
                break
            cursor = cursor_behind(rows[LEVEL_LIMIT - 1])
        order = (NODES.c.position, NODES.c.sort_title, NODES.c.id)
        all_ids = db.execute(select(NODES.c.id, NODES.c.path).where(NODES.c.parent_id == place.id).order_by(*order))
        kept_out = {f"/many/p{number}" for number in hidden}
        assert seen == [row.id for row in all_ids if row.path not in kept_out]
        savepoint.rollback()


@pytest.fixture
def crowd(site: Site) -> None:
    """A folder with 120 pages."""
    site.node("/", "folder", "Crowd")
    with site.session() as db:
        many(db, node_by_path(db, "/crowd"), [f"Page {number:03}" for number in range(120)])


def shown(page) -> list[str]:
    """The titles in the tree of a page."""
    return [link["title"] for link in page.html.select(".tree a[data-path]")]


@pytest.fixture
def ada(site: Site) -> TestApp:
    """The browser of an administrator."""
    site.user("ada", is_admin=True)
    return site.signed_in("ada")


@pytest.mark.usefixtures("crowd")
def test_the_current_place_is_there_though_its_turn_has_not_come(ada: TestApp) -> None:
    page = ada.get("/crowd/p99")
    assert shown(page) == ["Crowd", *(f"Page {number:03}" for number in range(50)), "Page 099"]
    assert page.html.select_one('.tree [aria-current="page"]')["title"] == "Page 099"
    more = page.html.select_one(".tree a[data-more-branches]")
    assert more["href"] == "/crowd"  # without scripts
    titles, address = [], more["data-more-branches"]
    while address:
        branch = ada.get(address).html
        titles += [link["title"] for link in branch.select("a[data-path]")]
        following = branch.select_one("a[data-more-branches]")
        address = following["data-more-branches"] if following else None
    assert titles == [f"Page {number:03}" for number in range(50, 120)]


@pytest.mark.usefixtures("crowd")
def test_branches_left_open_come_open(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Quiet")
    site.node("/quiet", "page", "Alone")
    crowd, quiet = (ada.get(path).html.select_one("[data-ordered]")["data-ordered"] for path in ("/crowd", "/quiet"))
    ada.set_cookie("open-branches", f"{crowd}.{quiet}.nonsense.999999.{'9' * 30}")
    with site.statements as seen:
        page = ada.get("/-/account")
    assert len(shown(page)) == 53
    assert "Alone" in shown(page)
    assert sum("has_children" in each for each in seen) == 1


def test_a_cursor_that_was_not_given_out_is_refused(site: Site, ada: TestApp) -> None:
    node = site.node("/", "folder", "Crowd").node
    assert ada.get(f"/-/branches/{node.id}?after=nonsense", status=400)
    ada.get(f"/-/branches/{node.id}?after=", status=200)


def test_ten_thousand_siblings_cost_no_more_statements(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Crowd")
    with site.session() as db:
        many(db, node_by_path(db, "/crowd"), ["Some page"] * 10_000)
    ada.get("/crowd/p7000")
    with site.statements as seen:
        ada.get("/crowd/p7000", status=200)
    assert len(seen) <= 9


def test_a_branch_that_was_open_and_is_hidden_by_now_hides_nothing_else(site: Site, ada: TestApp) -> None:
    site.user("bob")
    bob = site.signed_in("bob")
    hidden = site.node("/", "folder", "Alpha").node
    site.node("/alpha", "folder", "Inside")
    site.node("/", "folder", "Zeta")
    site.grant("/alpha/inside", ("user:bob", "reader"))
    site.grant("/alpha", inherits=False)
    bob.set_cookie("open-branches", str(hidden.id))
    assert shown(bob.get("/-/account")) == ["Zeta"]
