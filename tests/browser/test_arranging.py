"""Moving, throwing away, and taking it back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows


def test_moving_and_undoing_from_the_toast(windows: Windows) -> None:
    windows.live.site.node("/handbook", "folder", "Parking")
    windows.live.site.node("/handbook/parking", "page", "Bicycles")
    page = windows.open("ada")
    page.goto("/handbook/parking")
    page.get_by_label("More", exact=True).click()
    page.get_by_role("link", name="Move m").click()
    page.get_by_role("dialog").get_by_role("combobox", name="Place").fill("/empty-room")
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Parking”")
    expect(page).to_have_url(f"{windows.live.address}/empty-room/parking")
    page.goto("/handbook/parking/bicycles")
    expect(page).to_have_url(f"{windows.live.address}/empty-room/parking/bicycles")

    page.goto("/empty-room/parking")
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Parking” to the trash")
    expect(page).to_have_url(f"{windows.live.address}/empty-room")  # without what a reload would show again
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Parking")
    page.get_by_role("main").get_by_role("link", name="Bicycles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bicycles")


def test_restoring_and_deleting_for_good(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Fax machine")
    page = windows.open("ada")
    row = page.get_by_role("row", name="Fax machine")
    page.goto("/handbook/fax-machine")
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("link", name="Trash", exact=True).click()
    row.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fax machine")
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("link", name="Trash", exact=True).click()
    row.get_by_role("link", name="Delete for good").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trash")
    expect(page.get_by_role("row", name="Fax machine")).to_have_count(0)
