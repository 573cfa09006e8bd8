"""Leaving what was typed, going without JavaScript, on a narrow window and on paper."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.conftest import PASSWORD


def test_leaving_a_form_with_changes_asks(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/-/admin/new-group")
    title = page.get_by_label("Title")
    title.fill("Holidays")
    asked = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Home").first.click(no_wait_after=True)
    expect(title).to_have_value("Holidays")
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(title).to_have_value("Holidays")
    assert set(asked) == {"beforeunload"}
    page.remove_listener("dialog", stay)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Administration")


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
    page.get_by_role("main").get_by_role("link", name="Paper", exact=True).click()
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paper")


def test_on_a_narrow_window_every_action_stands_within_it(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 320, "height": 640}, locale="de")
    page.goto("/handbook")
    actions = page.locator(".actions .button")
    expect(actions).to_have_text(["Bearbeiten", "Neu", "Teilen", ""])
    ends = actions.evaluate_all("all => all.map((each) => each.getBoundingClientRect().right)")
    room, taken = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert max(ends) <= room
    assert taken <= room


def test_paper_has_a_lists_columns_and_nothing_to_press(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 640, "height": 900})
    page.goto("/people")
    name = page.get_by_role("columnheader", name="Name")
    job, location = (page.get_by_role("columnheader", name=each) for each in ("Job title", "Location"))
    box = page.get_by_label("Choose Ada Example")
    expect(box).to_be_visible()
    expect(location).to_be_hidden()
    page.emulate_media(media="print")
    expect(location).to_be_visible()
    expect(box).to_be_hidden()
    assert name.bounding_box()["x"] < job.bounding_box()["x"] < location.bounding_box()["x"]
