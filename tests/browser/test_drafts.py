"""What is typed survives a closed tab and an ended session."""

from __future__ import annotations

from playwright.sync_api import expect

from myplatform.models import BrowserSession
from tests.browser.conftest import Windows
from tests.conftest import PASSWORD

TYPE_AND_GO = """(title) => {
  title.value = "Parking space";
  title.dispatchEvent(new Event("input", { bubbles: true }));
  dispatchEvent(new Event("pagehide"));
}"""
"""At once, so that no time goes by after which it would be sent anyway."""


def test_a_closed_tab_loses_nothing(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Parking", body="In the yard.").node.path
    page, elsewhere = windows.open("ada", hurries=True), windows.open("ada", hurries=True)
    page.goto(f"{path}/@edit")
    page.get_by_label("Text").fill("In the street.")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    with page.expect_response(f"**{path}/@draft"):  # what was typed just now is sent when the tab goes
        page.get_by_label("Title").evaluate(TYPE_AND_GO)
    page.close()
    elsewhere.goto(f"{path}/@edit")
    expect(elsewhere.get_by_label("Text")).to_have_value("In the street.")
    expect(elsewhere.get_by_label("Title")).to_have_value("Parking space")
    expect(elsewhere.get_by_text("This is your unsaved draft")).to_be_visible()
    elsewhere.get_by_role("button", name="Save page").click()
    expect(elsewhere.get_by_role("article")).to_contain_text("In the street.")
    elsewhere.goto("/-/drafts")
    expect(elsewhere.get_by_role("main").get_by_role("link", name="Parking space")).to_have_count(0)


def test_a_session_that_ends_while_typing_loses_nothing(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Bicycles", body="In the yard.").node.path
    page = windows.open("ada", hurries=True)
    page.goto(f"{path}/@edit")
    with windows.live.site.session() as db:
        db.query(BrowserSession).delete()
    page.get_by_label("Text").fill("In the cellar.")
    state = page.locator("[data-draft-state]")
    expect(state).to_contain_text("You are signed out; your text is kept in this browser.")
    with page.expect_popup() as opened:
        state.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.get_by_label("Name or e-mail address").fill("ada")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_label("Text")).to_be_visible()

    page.get_by_label("Text").fill("In the cellar, locked.")
    expect(state).to_contain_text("Draft saved")
    page.get_by_role("button", name="Save page").click()
    expect(page.get_by_role("article")).to_contain_text("In the cellar, locked.")
    refused = (f"{path}/@draft", f"{path}/@preview")
    windows.complaints = [each for each in windows.complaints if not each.endswith(refused)]
