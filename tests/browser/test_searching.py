"""Search that answers as one types: the address keeps step, going back works, searches are remembered here alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Windows


def test_results_come_as_one_types(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/-/search")
    box = page.get_by_role("searchbox", name="Words to find")
    box.press_sequentially("parental")
    results = page.locator("#results")
    expect(results.get_by_role("link", name="Parental leave")).to_be_visible()
    expect(page.locator("form[data-instant] + [role=status]")).to_have_text(re.compile("result.* for “parental”"))
    expect(page).to_have_url(re.compile(r"/-/search\?q=parental$"))
    expect(box).to_be_focused()
    box.press("Enter")
    page.get_by_role("link", name="Newest").click()
    expect(page).to_have_url(re.compile("sort=-changed"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/-/search\?q=parental$"))
    expect(page.get_by_role("link", name="Relevance")).to_have_attribute("aria-current", "true")
    box.fill("parentla leaev")
    page.get_by_role("main").get_by_role("link", name="parental leave", exact=True).click()
    expect(box).to_have_value("parental leave")
    results.get_by_role("link", name="Parental leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Parental leave")
    page.goto("/-/search")
    recent = page.get_by_role("region", name="Recent searches")
    expect(recent.get_by_role("link").first).to_have_text("parental leave")
    recent.get_by_role("button", name="Forget “parental leave”").click()
    recent.get_by_role("button", name="Forget them all").click()
    expect(recent).to_be_hidden()
    box.fill("office")
    box.press("Enter")
    expect(page).to_have_url(re.compile("q=office"))
