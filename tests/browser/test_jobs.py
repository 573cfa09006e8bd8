"""The page of a job: it shows by itself how far the job is, and what came of it."""

from __future__ import annotations

from playwright.sync_api import expect

from myplatform.jobs.running import run_one
from tests.browser.conftest import Windows


def test_an_export_is_seen_to_end(windows: Windows) -> None:
    page = windows.open("ada", hurries=True)
    page.goto("/handbook")
    page.get_by_role("button", name="More").or_(page.get_by_label("More")).first.click()
    page.get_by_role("link", name="Import and export").click()
    page.get_by_role("button", name="Export").click()
    state = page.locator("#job-state")
    expect(state).to_contain_text("Waiting")
    page.get_by_role("button", name="Cancel").focus()
    assert run_one(windows.live.site.registry, "w")
    expect(state).to_contain_text("Done")
    expect(state.get_by_role("link", name="Download")).to_be_focused()
