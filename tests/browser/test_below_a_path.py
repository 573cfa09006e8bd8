"""A site below a path: what scripts ask for and where they lead stays below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.conftest import Windows, served
from tests.conftest import PASSWORD, Site
from tests.sample import png

PREFIX = "/intranet"


@pytest.fixture
def windows(chromium: Any, empty_site: Callable[..., Site]) -> Iterator[Windows]:
    """Windows on a site of which the web server has more than this."""
    port = servers.free_port()
    site = empty_site(**{"site.url": f"http://127.0.0.1:{port}{PREFIX}"})
    site.user("ada", is_admin=True)
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Travel", body="By train.")
    with served(site, port, PREFIX) as live, Windows(chromium, live) as windows:
        yield windows
    assert windows.complaints == []  # that nothing was asked for elsewhere, too


def test_scripts_stay_below_it(windows: Windows) -> None:
    page, here = windows.open(editor="visual"), windows.live.address
    heading, toast = page.get_by_role("heading", level=1), page.locator(".toasts [role=status]")
    page.goto(f"{here}/handbook")
    page.get_by_label("Name or e-mail address").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(heading).to_have_text("Handbook")

    page.keyboard.press("Control+K")
    page.keyboard.type("trav")
    expect(page.get_by_role("option", name="Travel").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{here}/handbook/travel")

    page.keyboard.press("e")
    page.locator("[contenteditable=true]").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" See [[handb")
    expect(page.get_by_role("option", name="Handbook")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+S")
    page.get_by_role("article").get_by_role("link", name="Handbook").click()
    expect(page).to_have_url(f"{here}/handbook")

    page.locator("form[data-uploads] input[type=file]").set_input_files(
        [{"name": "desk.png", "mimeType": "image/png", "buffer": png()}]
    )
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("Uploaded 1 of 1")
    page.get_by_role("main").get_by_role("link", name="desk.png").click()
    expect(page.get_by_role("img", name="desk.png")).to_have_js_property("naturalWidth", 40)
    page.keyboard.press("Delete")
    expect(toast).to_contain_text("Moved “desk.png” to the trash")
    expect(page).to_have_url(f"{here}/handbook")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(f"{here}/handbook/desk.png")
