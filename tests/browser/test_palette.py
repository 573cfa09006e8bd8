"""The command palette by keyboard only."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows


def chosen(page: Page, text: str) -> None:
    """Wait until the chosen suggestion is this one, and the field says so."""
    option = page.locator("#palette [role=option][aria-selected=true]")
    expect(option).to_contain_text(text)
    field = page.get_by_role("combobox", name="Find a place")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))


def test_the_palette_finds_places_and_people_and_does_things(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook")
    page.keyboard.press("Control+K")
    expect(page.get_by_role("dialog", name="Find or do")).to_be_visible()
    expect(page.get_by_role("option", name="New: Page")).to_be_visible()
    page.keyboard.type("parental le")
    chosen(page, "Parental leave")
    expect(page.locator("[aria-selected=true] mark")).to_have_text(["Parental", "le"])
    page.keyboard.press("ArrowUp")
    chosen(page, "Search everything for “parental le”")
    page.keyboard.press("Home")
    chosen(page, "Parental leave")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/handbook/leave/parental-leave$"))
    page.keyboard.press("/")
    page.keyboard.type("theme dark")
    chosen(page, "Theme: Dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("dialog", name="Find or do")).to_be_hidden()
    page.keyboard.press("Control+K")
    page.keyboard.type("zzz")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    page.keyboard.press("Control+K")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Find or do")).to_be_hidden()
