"""Reading, finding and writing pages, alone and with somebody else at the same time."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.conftest import PASSWORD
from tests.sample import png


def test_signing_in_reading_and_finding(windows: Windows) -> None:
    page = windows.open()
    page.goto("/handbook/leave")
    page.get_by_label("Name or e-mail address").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave")
    page.keyboard.press("/")
    finder = page.get_by_role("combobox", name="Find a place, a person or an action")
    expect(finder).to_be_focused()
    finder.fill("parental")
    finder.press("Enter")
    expect(page).to_have_url(f"{windows.live.address}/handbook/leave/parental-leave")
    expect(page.get_by_role("main").get_by_role("link", name="leave", exact=True)).to_be_visible()


def test_two_people_edit_a_page(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Travel", body="By train.")
    ada, other = windows.open("ada"), windows.open("ada")
    ada.goto("/handbook/travel/@edit")
    ada.get_by_label("Text").fill("By train, first class.")
    other.goto("/handbook/travel/@edit")
    other.get_by_label("Text").fill("By bicycle.")
    other.get_by_role("button", name="Save page").click()
    expect(other.get_by_role("article")).to_contain_text("By bicycle.")

    ada.get_by_role("button", name="Save page").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text("Two people edited this")
    result = ada.get_by_label("Result")
    ada.get_by_label("Keep theirs").check()
    expect(result).to_have_value("By bicycle.")
    ada.get_by_label("Keep both").check()
    expect(result).to_have_value("By bicycle.\nBy train, first class.")
    result.fill("By train or bicycle.")
    ada.get_by_label("Keep yours").check()
    expect(ada.get_by_role("status")).to_contain_text("written in the result yourself")
    expect(result).to_have_value("By train or bicycle.")
    ada.get_by_text("Both whole texts").click()
    expect(ada.get_by_label("Text as it stands now")).to_have_value("By bicycle.")
    expect(ada.get_by_label("Text as you wrote it")).to_have_value("By train, first class.")
    ada.get_by_role("button", name="Save merged").click()
    expect(ada.get_by_role("article")).to_contain_text("By train or bicycle.")

    ada.get_by_label("More", exact=True).click()
    ada.get_by_role("link", name="History").click()
    ada.get_by_role("link", name="Version 1").click()
    ada.get_by_role("button", name="Go back to this version").click()
    expect(ada.get_by_role("status")).to_contain_text("Went back to an earlier version")
    expect(ada.get_by_role("article").locator(".prose")).to_have_text("By train.")


def test_a_new_page_with_an_image(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/@upload")
    page.get_by_label("Files").set_input_files({"name": "lobby.png", "mimeType": "image/png", "buffer": png()})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("lobby.png")
    image = page.get_by_role("img", name="lobby.png")
    expect(image).to_have_js_property("naturalWidth", 40)

    page.goto("/handbook")
    page.get_by_text("New", exact=True).click()
    page.get_by_role("link", name="Page", exact=True).click()
    page.get_by_label("Title").fill("The lobby")
    page.get_by_label("Text").fill("Here it is:\n\n![The lobby in the morning](lobby.png)\n")
    page.get_by_role("button", name="Create page").click()
    expect(page.get_by_role("status")).to_contain_text("Created “The lobby”")
    expect(page.get_by_role("img", name="The lobby in the morning")).to_have_js_property("naturalWidth", 40)
    expect(page).to_have_url(f"{windows.live.address}/handbook/the-lobby")
