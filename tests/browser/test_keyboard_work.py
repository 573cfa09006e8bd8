"""Work done by keys alone: nothing is clicked, and what is used is reached from the page's start by Tab."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from myplatform.actions.comments import add_comment
from myplatform.actions.content import edit_node
from myplatform.actions.jobs import enqueue
from myplatform.actions.notifying import notify_of_changes
from myplatform.identity import SYSTEM
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from tests.browser.conftest import Windows

MOST_STEPS = 80
CLOSED_AND_PRESSED = """() => {
  const dialog = document.querySelector("dialog[open]");
  dialog.querySelector("input:not([type=hidden])").focus();
  dialog.close();
  const key = { key: "?", bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", key));
}"""


def into(page: Any) -> None:
    """From the start of a page into its content, as the first link of each page offers."""
    expect(page.locator(":focus")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def reach(page: Any, wanted: Any, key: str = "Tab") -> None:
    """Step on until the focus is on what is wanted."""
    expect(wanted).to_be_visible()
    for _step in range(MOST_STEPS):
        page.keyboard.press(key)
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by {key}")


def use(page: Any, role: str, name: str, within: Any = None) -> None:
    """Step to it and press Enter."""
    reach(page, (within or page.get_by_role("main")).get_by_role(role, name=name, exact=True))
    page.keyboard.press("Enter")


def choose_rows(page: Any, first: str, count: int) -> Any:
    """Choose rows from the named one on; the bar of what can be done with them."""
    into(page)
    reach(page, page.get_by_role("main").get_by_role("link", name=first, exact=True))
    page.keyboard.press("Space")
    for _row in range(count - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    bar = page.locator("#selection")
    expect(bar.get_by_role("status")).to_have_text(f"{count} chosen")
    return bar


def test_several_things_are_shared_moved_trashed_and_restored(windows: Windows) -> None:
    path, page = windows.shelf("By keys"), windows.open("ada")
    keys, main, toast = page.keyboard, page.get_by_role("main"), page.locator(".toasts [role=status]")
    page.goto(path)
    use(page, "button", "Share", choose_rows(page, "Alpha", 3))
    expect(page.get_by_role("heading", level=1)).to_have_text("Share 3 things")
    into(page)
    reach(page, page.get_by_label("Share with"))
    keys.type("financ")
    expect(page.get_by_role("option", name="Finance")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    reach(page, page.get_by_label("They"))
    keys.type("can e")
    use(page, "button", "Share")
    expect(main.get_by_role("button", name="Share with Finance")).to_be_visible()
    into(page)
    use(page, "button", "Share with Finance")
    expect(toast).to_contain_text("Changed who can reach 3 things")
    with page.expect_navigation():
        keys.press("Control+Z")

    page.goto(path)
    use(page, "button", "Move", choose_rows(page, "Alpha", 2))
    expect(page.get_by_role("heading", level=1)).to_have_text("Move 2 things")
    expect(main.get_by_role("combobox")).to_be_focused()
    keys.press("Control+A")
    keys.type(f"{path}/box")
    keys.press("Escape")
    keys.press("Enter")
    expect(toast).to_contain_text("Moved 2 things")
    keys.press("Control+Z")
    expect(main.get_by_role("rowheader")).to_have_count(4)

    page.goto(path)
    use(page, "button", "Move to trash", choose_rows(page, "Alpha", 2))
    expect(toast).to_contain_text("Moved 2 things to the trash")
    page.goto("/-/trash")
    into(page)
    box = page.get_by_role("checkbox", name="Choose Alpha")
    reach(page, box)
    keys.press("Space")
    expect(box).to_be_checked()
    use(page, "button", "Restore", page.locator("#selection"))
    expect(box).to_have_count(0)
    page.goto(path)
    expect(main.get_by_role("rowheader")).to_have_text(["Alpha", "Box", "Gamma"])


def test_children_are_put_in_order_and_a_file_comes_in(windows: Windows) -> None:
    path, page = windows.shelf("Ordered"), windows.open("ada")
    rows = page.get_by_role("main").get_by_role("rowheader")
    page.goto(path)
    reach(page, page.locator("summary").filter(has_text="More").or_(page.locator("summary[aria-label=More]")).first)
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("link", name="Order by hand"), "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order by hand")
    into(page)
    reach(page, page.get_by_label("Place of Gamma"))
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Gamma", "Alpha", "Beta", "Box"])
    page.keyboard.press("n")
    reach(page, page.get_by_role("link", name="Upload files"), "ArrowDown")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Notes."})
    expect(rows).to_have_text(["Gamma", "Alpha", "Beta", "Box", re.compile("notes.txt")])


def test_what_is_new_is_opened_from_the_bell_and_a_job_is_stopped(windows: Windows) -> None:
    site = windows.live.site
    path = site.node("/handbook", "page", "Named", body="Words.").node.path
    with site.session() as db:
        notify_of_changes(db, public=False)
        add_comment(db, node_by_path(db, path), "Look, @ada.", by=identity_of_user(db, "bob", public=False))
        notify_of_changes(db, public=False)
        enqueue(db, "export_zip", {}, by=identity_of_user(db, "ada", public=False), title="Stopped")
    page = windows.open("ada")
    page.goto("/")
    reach(page, page.locator("#bell"))
    page.keyboard.press("Enter")
    line = page.locator(".notifications li").filter(has_text="Named")
    expect(line).to_have_class("unread")
    into(page)
    use(page, "button", "Named")
    expect(page).to_have_url(re.compile("/handbook/named#comment-"))
    page.goto("/-/notifications")
    expect(line).not_to_have_class("unread")
    page.goto("/-/jobs")
    into(page)
    reach(page, page.get_by_role("link", name=re.compile("Stopped")))
    page.keyboard.press("Enter")
    expect(page.locator("#job-state")).to_contain_text("Waiting")
    into(page)
    use(page, "button", "Cancel")
    expect(page.locator("#job-state")).to_contain_text("Cancelled")


def test_two_edits_are_merged_and_talked_about(windows: Windows) -> None:
    site = windows.live.site
    path = site.node("/handbook", "page", "Both", body="At noon.").node.path
    page = windows.open("ada")
    page.goto(f"{path}/@edit")
    into(page)
    reach(page, page.get_by_label("Text"))
    page.keyboard.press("Control+A")
    page.keyboard.type("At one.")
    with site.session() as db:
        edit_node(db, node_by_path(db, path), {"body": "At two."}, by=SYSTEM, expected_version=None)
    page.keyboard.press("Control+S")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two people edited this")
    into(page)
    reach(page, page.get_by_label("Keep theirs"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Keep yours")).to_be_checked()
    use(page, "button", "Save merged")
    expect(page.get_by_role("article")).to_contain_text("At one.")
    into(page)
    reach(page, page.get_by_role("main").get_by_role("textbox").first)
    page.keyboard.type("Is it so?")
    page.keyboard.press("Control+Enter")
    comment = page.locator("#comments")
    expect(comment).to_contain_text("Is it so?")
    use(page, "button", "Resolve", comment)
    expect(comment.get_by_role("button", name="Reopen").or_(comment.get_by_text("Resolved")).first).to_be_visible()


def test_keys_are_heard_right_after_a_dialog_closes(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/leave")
    page.keyboard.press("F2")
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()
    page.evaluate(CLOSED_AND_PRESSED)  # before the browser has drawn: the field has the focus still
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_a_table_is_put_in_and_loses_a_row(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Gridded").node.path
    page = windows.open("ada", editor="visual")
    keys = page.keyboard
    page.goto(f"{path}/@edit")
    reach(page, page.get_by_role("textbox", name="Text"))
    keys.type("/tab")
    keys.press("Enter")
    for word in ("City", "Days", "Cost", "London"):
        keys.type(word)
        keys.press("Tab")
    keys.press("Escape")
    reach(page, page.get_by_role("button", name="Markdown"), "Shift+Tab")
    reach(page, page.get_by_role("toolbar").locator("button[tabindex='0']"), "Shift+Tab")
    reach(page, page.get_by_role("button", name="Rows and columns"), "ArrowRight")
    keys.press("Enter")
    reach(page, page.get_by_role("menuitem", name="Remove row"), "ArrowDown")
    keys.press("Enter")
    keys.press("Control+S")
    expect(page.get_by_role("article").get_by_role("row")).to_have_count(2)
