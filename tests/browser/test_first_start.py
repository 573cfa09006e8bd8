"""What the first administrator of a new site does first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from myplatform.actions.links import make_setup_link
from tests.browser.conftest import Windows, served
from tests.conftest import PASSWORD, Site


def test_the_one_time_link_makes_the_first_administrator(chromium: Any, empty_site: Callable[[], Site]) -> None:
    site = empty_site()
    with site.session() as db:
        link = f"/-/setup/{make_setup_link(db)}"
    with served(site) as live, Windows(chromium, live) as windows:
        page = windows.open()
        page.goto(link)
        page.get_by_label("Your name").fill("Ada Example")
        page.get_by_label("User name").fill("ada")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Make the administrator").click()
        expect(page.get_by_role("alert").get_by_role("link")).to_have_text(re.compile("Password"))
        expect(page.get_by_label("User name")).to_have_value("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the administrator").click()
        expect(page).to_have_url(f"{live.address}/")
        page.get_by_role("link", name="Administration").click()
        expect(page.get_by_role("table").get_by_text("Ada Example")).to_be_visible()
        assert page.goto(link).status == 404
        page.goto("/")
        page.get_by_role("navigation", name="Main").get_by_text("Ada Example").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.get_by_label("Name or e-mail address").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Administration")).to_be_visible()
    assert windows.complaints == []
