"""What is pressed twice, what answers late, and what comes back from the browser's own memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Windows


def sent_to(page: Any, ending: str) -> list[str]:
    """Notes the addresses of that ending to which something is posted."""
    posted: list[str] = []
    page.on("request", lambda each: posted.append(each.url) if each.method == "POST" and each.url.endswith(ending) else 0)
    return posted


def test_what_is_pressed_twice_is_sent_once(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Pressed twice").node.path
    page = windows.open("ada")
    page.goto(path)
    posted = sent_to(page, "/@comments")
    page.get_by_label("Your comment").fill("Once only.")
    page.get_by_role("button", name="Comment", exact=True).dblclick()
    expect(page.locator("#comments").get_by_text("Once only.")).to_have_count(1)
    assert len(posted) == 1
    page.goto(f"{path}/@edit")
    posted = sent_to(page, "/@edit")
    page.get_by_label("Title").fill("Pressed three times")
    page.get_by_role("button", name="Save page").click(click_count=3, delay=5)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pressed three times")
    assert len(posted) == 1
