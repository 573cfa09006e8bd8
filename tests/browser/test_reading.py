"""What scripts add to reading: contents that follow, images in full size, code that is copied."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.conftest import make_node
from tests.sample import png, put_file

WORDS = "Words that fill a line of the page. " * 60
BODY = "\n\n".join(
    (
        f"# First\n\n{WORDS}",
        f"# Second\n\n{WORDS}",
        "![The desk](desk.png)",
        "```python\nprint(1)\n```",
        f"# Third\n\n{WORDS}",
    )
)


def test_contents_follow_images_open_and_code_is_copied(windows: Windows) -> None:
    put_file(windows.live.site, "/", "desk.png", png(1000, 600))
    with windows.live.site.session() as db:
        make_node(db, "/", "page", "A long read", body=BODY)
    page = windows.open(
        "bob", permissions=["clipboard-read", "clipboard-write"], viewport={"width": 1440, "height": 700}
    )
    page.goto("/a-long-read")
    contents = page.get_by_role("navigation", name="On this page")
    expect(contents.locator("[aria-current=location]")).to_have_text("First")
    page.get_by_role("heading", name="Third").evaluate("element => element.scrollIntoView()")
    expect(contents.locator("[aria-current=location]")).to_have_text("Third")

    page.get_by_role("link", name="The desk").click()
    dialog = page.get_by_role("dialog", name="The desk")
    expect(dialog.get_by_role("img", name="The desk")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(f"{windows.live.address}/a-long-read")

    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "print(1)\n"

    page.get_by_label("More", exact=True).click()
    page.get_by_role("link", name="Permanent link").click()
    expect(page.get_by_role("status").filter(has_text="The link is copied")).to_be_visible()
    expect(page).to_have_url(f"{windows.live.address}/a-long-read")
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(page.get_by_role("heading", level=1)).to_have_text("A long read")


def test_on_a_phone_the_contents_are_closed_above_the_text(windows: Windows) -> None:
    page = windows.open("bob", viewport={"width": 390, "height": 800})
    page.goto("/handbook/leave")
    contents = page.get_by_role("navigation", name="On this page")
    expect(contents).to_have_count(0)
    page.locator("summary", has_text="On this page").click()
    contents.get_by_role("link", name="Days").click()
    expect(page).to_have_url(f"{windows.live.address}/handbook/leave#days")
