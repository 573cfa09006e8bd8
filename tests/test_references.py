"""What links here, and what else stands around a page, as far as the asker may see it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from myplatform.actions.arrangement import copy_node, move_node
from myplatform.actions.content import edit_node
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.trash import restore_node, trash_node
from myplatform.identity import SYSTEM
from myplatform.models import Reference
from myplatform.queries.nodes import lineage_of_path, node_by_path
from myplatform.queries.references import named_nodes
from myplatform.queries.surroundings import links_to, surroundings
from tests.conftest import make_node, somebody

BOB = somebody("bob")


@pytest.fixture
def tree(db, root):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    make_node(db, "/", "folder", "Handbook")
    make_node(db, "/", "folder", "Rules")
    make_node(db, "/handbook", "page", "Leave")
    return db


def lineage(db, path):
    return [step.node for step in lineage_of_path(db, path)]


def linking(db, path="/handbook/leave", asker=BOB):
    return [row.title for row in links_to(db, asker, lineage(db, path))]


def test_links_of_every_sort_are_found(tree):
    leave = node_by_path(tree, "/handbook/leave")
    make_node(tree, "/rules", "page", "By path", body="[x](/handbook/leave#days)")
    make_node(tree, "/rules", "page", "By number", body=f"[x](/-/id/{leave.id})")
    make_node(tree, "/handbook", "page", "Beside", body="[x](leave.md) and again [x](./leave)")
    make_node(tree, "/", "page", "In a note", body="```note\n[x](handbook/leave)\n```")
    make_node(tree, "/", "folder", "As an image", body="![x](/handbook/leave)")
    make_node(tree, "/", "page", "Another", body="[x](/handbook) `[x](/handbook/leave)`")
    edit_node(tree, leave, {"body": "[self](leave)"}, by=SYSTEM, expected_version=None)
    assert linking(tree) == ["As an image", "Beside", "By number", "By path", "In a note"]
    assert linking(tree, "/handbook") == ["Another"]


def test_what_is_longer_than_any_path_is_no_link(tree):
    """And can be saved: an index of PostgreSQL holds no such text."""
    nowhere = "".join(f"{number:x}" for number in range(3000))
    page = make_node(tree, "/", "page", "Long", body=f"[x](/{nowhere}) [y](../{nowhere}) [z](/handbook/leave)").node
    targets = tree.execute(select(Reference.target).where(Reference.source_id == page.id)).scalars().all()
    assert targets == ["/handbook/leave"]


def test_what_the_asker_may_not_see_links_nowhere(tree):
    hidden = make_node(tree, "/rules", "page", "Secret", body="[x](/handbook/leave)").node
    set_grants(tree, hidden, [], inherits=False, by=SYSTEM)
    assert linking(tree) == []
    assert linking(tree, asker=somebody("ada", is_admin=True)) == ["Secret"]


def test_editing_and_the_trash_take_links_away_and_give_them_back(tree):
    page = make_node(tree, "/rules", "page", "Linking", body="[x](/handbook/leave)").node
    page = edit_node(tree, page, {"body": "no more"}, by=SYSTEM, expected_version=None).node
    assert linking(tree) == []
    page = edit_node(tree, page, {"body": "[x](/handbook/leave) [y](/rules)"}, by=SYSTEM, expected_version=None).node
    assert linking(tree) == ["Linking"]
    trash_node(tree, page, by=SYSTEM, expected_version=None)
    assert linking(tree) == []
    restore_node(tree, page, by=SYSTEM)
    assert linking(tree) == ["Linking"]
    copy_node(tree, node_by_path(tree, "/rules/linking"), by=SYSTEM, to=node_by_path(tree, "/"), title="Copied")
    assert linking(tree) == ["Copied", "Linking"]


def test_old_addresses_lead_to_the_node_also_where_a_folder_above_it_moved(tree):
    make_node(tree, "/", "page", "Outside", body="[x](/handbook/leave)")
    move_node(tree, node_by_path(tree, "/handbook"), by=SYSTEM, to=node_by_path(tree, "/rules"), slug="book")
    assert linking(tree, "/rules/book/leave") == ["Outside"]
    found = named_nodes(tree, BOB, ["/handbook/leave", "/handbook/gone", "/nowhere"])
    assert [row.path for row in found.values()] == ["/rules/book/leave"]
    make_node(tree, "/", "folder", "Handbook")
    make_node(tree, "/handbook", "page", "Leave")
    assert linking(tree, "/rules/book/leave") == []
    assert linking(tree, "/handbook/leave") == ["Outside"]


def test_relative_links_move_along(tree):
    make_node(tree, "/handbook", "page", "Beside", body="[x](leave)")
    make_node(tree, "/rules", "page", "Leave")
    move_node(tree, node_by_path(tree, "/handbook/beside"), by=SYSTEM, to=node_by_path(tree, "/rules"))
    assert linking(tree) == []
    assert linking(tree, "/rules/leave") == ["Beside"]
    move_node(tree, node_by_path(tree, "/rules"), by=SYSTEM, slug="laws")
    assert linking(tree, "/laws/leave") == ["Beside"]


def test_texts_without_links_cost_nothing_more(tree, statements):
    def written(body):
        statements.clear()
        make_node(tree, "/rules", "page", "Page", body=body)
        return sum("text_references" in each for each in statements)

    assert written("no links") == 0
    assert written("[a](/a) [b](/b) [c](/c)") == 1


def test_what_stands_around_a_page_is_one_statement(tree, statements):
    for title in ("Alpha", "Middle", "Zulu"):
        make_node(tree, "/handbook", "page", title)
    middle = node_by_path(tree, "/handbook/middle")
    make_node(tree, "/handbook/middle", "page", "Part")
    values = {"file_name": "plan.pdf", "media_type": "application/pdf", "size": 7, "sha256": "0" * 64}
    make_node(tree, "/handbook/middle", "file", "plan.pdf", **values)
    hidden = make_node(tree, "/handbook", "page", "Nearer").node
    set_grants(tree, hidden, [], inherits=False, by=SYSTEM)
    for number in range(12):
        make_node(tree, "/rules", "page", f"Rule {number:02}", body=f"[x](/-/id/{middle.id})")
    steps = lineage(tree, "/handbook/middle")
    statements.clear()
    around = surroundings(tree, BOB, steps)
    assert len(statements) == 1
    assert [row.title for row in around.below] == ["Part"]
    assert [(row.title, row.size) for row in around.files] == [("plan.pdf", 7)]
    assert (around.previous.title, around.next.title) == ("Leave", "Zulu")
    assert [row.title for row in around.links] == [f"Rule {number:02}" for number in range(10)]
    assert around.has_more_links
    home = surroundings(tree, BOB, lineage(tree, "/"))
    assert (home.previous, home.next) == (None, None)
