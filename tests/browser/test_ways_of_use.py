"""On a phone, with nothing but a keyboard, without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.conftest import PASSWORD


def test_a_phone(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Lunch", body="At noon.")
    page = windows.open("ada", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/")
    drawer = page.get_by_role("navigation", name="Main")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name="Handbook").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Handbook")
    expect(drawer).to_be_hidden()
    page.get_by_role("main").get_by_role("link", name="Lunch").tap()
    page.get_by_role("link", name="Edit").tap()
    page.get_by_label("Text").fill("At one.")
    page.get_by_role("button", name="Save page").tap()
    expect(page.get_by_role("article")).to_contain_text("At one.")
    for path in ("/", "/handbook", "/handbook/leave", "/people", "/handbook/leave/@sharing", "/-/admin/users"):
        page.goto(path)
        overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overhang == 0, path


def test_a_keyboard(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Keys", body="In the box.")
    page = windows.open("ada")
    page.goto("/handbook/keys")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_contain_text("Search")
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_role("link", name="Page", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Page", exact=True)).to_be_hidden()
    page.keyboard.press("e")
    text = page.get_by_label("Text")
    expect(text).to_have_value("In the box.")
    text.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("In the drawer / e.")  # while typing, letters are only letters
    page.keyboard.press("Control+S")
    expect(page.get_by_role("article")).to_contain_text("In the drawer / e.")
    page.keyboard.press("/")
    page.keyboard.type("drawer")
    expect(page.get_by_role("option", name="Keys").first).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Keys")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")


def test_leaving_a_form_with_changes_asks(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/leave/@edit")
    page.get_by_label("Keywords").fill("holidays")
    asked = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Home").first.click(no_wait_after=True)
    expect(page.get_by_label("Keywords")).to_have_value("holidays")
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(page.get_by_label("Keywords")).to_have_value("holidays")
    assert set(asked) == {"beforeunload"}
    page.remove_listener("dialog", stay)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave")


def test_without_scripts(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Paper", body="Twice a year.")
    page = windows.open(java_script_enabled=False)
    page.goto("/handbook/paper")
    page.get_by_label("Name or e-mail address").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("article")).to_contain_text("Twice a year.")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Text").fill("Once a year.")
    page.get_by_role("button", name="Save page").click()
    expect(page.get_by_role("article")).to_contain_text("Once a year.")
    search = page.get_by_role("searchbox", name="Search").first
    search.fill("once")
    search.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Paper").click()
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paper")
