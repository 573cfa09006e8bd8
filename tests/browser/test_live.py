"""Two people in two windows: each sees what the other does, and nobody's page jumps."""

import re

import pytest
from playwright.sync_api import expect

from myplatform.actions.comments import add_comment
from myplatform.actions.content import edit_node
from myplatform.actions.notifying import notify_of_changes
from myplatform.actions.trash import trash_node
from myplatform.jobs.running import run_one
from myplatform.live import rounds
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from tests.browser.conftest import Windows, served
from tests.conftest import Site, site_settings


@pytest.fixture
def windows(chromium, sqlite_template, tmp_path, monkeypatch):
    """Windows on a site with the live service."""
    monkeypatch.setattr(rounds, "PRESENCE_EVERY", 0.03)
    import shutil

    shutil.copy(sqlite_template, tmp_path / "site.sqlite")
    settings = site_settings(f"sqlite:///{tmp_path}/site.sqlite", tmp_path, **{"live.listen": "127.0.0.1:0"})
    site = Site(settings)
    from myplatform.actions.content import ensure_root

    with site.session() as db:
        ensure_root(db)
    for name in ("ada", "bob"):
        site.user(name)
    site.grant("/", ("signed-in", "editor"))
    site.node("/", "folder", "Folder")
    for title in ("One", "Two"):
        site.node("/folder", "page", title, body="Text")
    with site.session() as db:
        notify_of_changes(db, public=False)  # whoever reads changes first begins with those that come then
    with served(site) as live:
        site.registry["address"] = live.address
        with Windows(chromium, live) as windows:
            yield windows
        site.registry["live_embedded"].stop()
    assert windows.complaints == []


def act(windows, function):
    """Let Ada do something elsewhere."""
    with windows.live.site.session() as db:
        return function(db, identity_of_user(db, "ada", public=False))


def edit(windows, path, **values):
    act(windows, lambda db, ada: edit_node(db, node_by_path(db, path), values, by=ada, expected_version=None))


def test_a_list_renews_itself_and_keeps_what_is_chosen_and_focused(windows):
    page = windows.open("bob", hurries=True)
    page.goto("/folder")
    page.get_by_label("Choose Two").check()
    page.get_by_role("link", name="Two").last.focus()
    windows.live.site.node("/folder", "page", "Three")
    expect(page.locator("#listing").get_by_role("link", name="Three")).to_be_visible()
    expect(page.get_by_label("Choose Two")).to_be_checked()
    expect(page.locator("#listing").get_by_role("link", name="Two")).to_be_focused()
    act(windows, lambda db, ada: trash_node(db, node_by_path(db, "/folder/one"), by=ada))
    expect(page.locator("#listing").get_by_role("link", name="One")).to_have_count(0)


def test_a_page_that_is_read_offers_what_changed(windows):
    page = windows.open("bob", hurries=True)
    page.goto("/folder/one")
    expect(page.locator("#present li")).to_have_count(0)
    edit(windows, "/folder/one", body="Something else")
    notice = page.locator("#live-notice")
    expect(notice).to_contain_text("This page was changed by Ada.")
    expect(page.locator(".prose")).to_have_text("Text")
    notice.get_by_role("button", name="Show").click()
    expect(page.locator(".prose")).to_have_text("Something else")
    expect(notice).to_be_empty()
    act(windows, lambda db, ada: add_comment(db, node_by_path(db, "/folder/one"), "Well said", by=ada))
    expect(page.locator("#comments")).to_contain_text("Well said")


def test_people_see_who_else_is_here_and_who_is_editing(windows):
    bob, ada = windows.open("bob", hurries=True), windows.open("ada", hurries=True)
    bob.goto("/folder/one")
    ada.goto("/folder/one")
    expect(bob.locator("#present")).to_contain_text("Ada is here")
    expect(ada.locator("#present")).to_contain_text("Bob is here")
    ada.goto("/folder/one/@edit")
    expect(bob.locator("#present")).to_contain_text("Ada is editing")
    ada.goto("/folder/two")
    expect(bob.locator("#present li")).to_have_count(0)


def test_a_job_that_ends_before_anybody_listens_is_seen_to_end(windows):
    page, site = windows.open("bob", hurries=True), windows.live.site
    ended = []

    def late(route):
        ended.append(run_one(site.registry, "w"))
        route.continue_()

    page.goto("/folder/@transfer")
    page.route(re.compile(r"/app\b.*\.js"), late)
    page.get_by_role("button", name="Export").click()
    expect(page.locator("#job-state")).to_contain_text("Done", timeout=8000)
    assert ended == [True]


def test_the_bell_rings_by_itself(windows):
    page = windows.open("bob", hurries=True)
    page.goto("/folder/two")
    act(windows, lambda db, ada: add_comment(db, node_by_path(db, "/folder/one"), "Look, @bob", by=ada))
    expect(page.locator("#bell .bell-count")).to_have_text("1")
    expect(page.locator("#live-said")).to_have_text(re.compile("1 unread"))


def test_what_is_typed_while_news_are_under_way_stays(windows):
    page = windows.open("bob")
    page.goto("/folder/one")
    held = []

    def keep_first(route):
        held.append(route) if not held else route.continue_()

    page.route("**/folder/one", keep_first)
    act(windows, lambda db, ada: add_comment(db, node_by_path(db, "/folder/one"), "First", by=ada))
    with page.expect_request("**/folder/one"):
        pass
    box = page.get_by_label("Your comment")
    box.fill("Half a thou")
    with page.expect_event("requestfinished"):
        held[0].continue_()
    expect(box).to_have_value("Half a thou")
    box.fill("")
    box.blur()
    expect(page.locator("#comments")).to_contain_text("First")


def test_a_page_that_comes_back_has_one_socket(windows):
    page = windows.open("bob")
    sockets = []
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - Playwright wants a function of ours
    page.clock.install()
    page.goto("/folder/one")
    expect(page.locator("#present")).to_be_attached()
    page.wait_for_function("document.readyState === 'complete'")
    with page.expect_websocket():
        page.evaluate("dispatchEvent(new Event('pagehide'))")
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    while not sockets[0].is_closed():
        page.wait_for_timeout(20)
    page.clock.fast_forward(70_000)
    edit(windows, "/folder/one", body="Something else")
    expect(page.locator("#live-notice")).to_contain_text("This page was changed by Ada.")
    assert len(sockets) == 2
