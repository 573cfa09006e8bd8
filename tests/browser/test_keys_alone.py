"""With keys alone: nothing here is clicked, and nothing gets the focus but by Tab, by arrows or by a shortcut."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from myplatform.actions.comments import add_comment
from myplatform.actions.notifying import notify_of_changes
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from tests.browser.conftest import Windows
from tests.browser.test_keyboard import shelf

MOST_STEPS = 60
HAS_FOCUS = "part => part === document.activeElement"


def reach(page: Any, wanted: Any, key: str = "Tab") -> None:
    """Press a key until a part of the page has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STEPS):
        if wanted.evaluate(HAS_FOCUS):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{MOST_STEPS} times {key} do not lead to {wanted}")


def from_content(page: Any) -> None:
    """Pass over what stands on every page."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_several_things_are_shared_and_taken_back(windows: Windows) -> None:
    path = shelf(windows, "Shared by keys")
    page = windows.open("ada")
    page.goto(path)
    main, keys = page.get_by_role("main"), page.keyboard
    from_content(page)
    reach(page, main.get_by_role("checkbox", name="Choose Alpha"))
    keys.press("Space")
    reach(page, main.get_by_role("checkbox", name="Choose Gamma"))
    keys.press("Space")
    reach(page, page.locator("#selection").get_by_role("button", name="Share"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Share 2 things")
    from_content(page)
    reach(page, page.get_by_label("Share with"))
    keys.type("financ")
    expect(page.get_by_role("option", name="Finance")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    reach(page, page.get_by_label("They"))
    keys.type("Can edit")
    reach(page, main.get_by_role("button", name="Share"))
    keys.press("Enter")
    expect(main).to_contain_text("1 person")
    from_content(page)
    reach(page, page.get_by_role("button", name="Share with Finance"))
    keys.press("Enter")
    expect(page.locator(".toasts [role=status]")).to_contain_text("Changed who can reach 2 things")
    keys.press("Control+Z")
    expect(page.locator(".toasts [role=status]")).to_contain_text("Changed who can reach 2 things")


def test_the_bell_leads_to_what_happened(windows: Windows) -> None:
    path = shelf(windows, "Rung")
    site = windows.live.site
    with site.session() as db:
        notify_of_changes(db, public=False)  # begins here: nobody hears of what was before
    with site.session() as db:
        ada = identity_of_user(db, "ada", public=False)
        add_comment(db, node_by_path(db, f"{path}/alpha"), "Look, @bob", by=ada)
    with site.session() as db:
        notify_of_changes(db, public=False)
    page = windows.open("bob")
    page.goto("/")
    reach(page, page.locator("#bell"))
    expect(page.locator("#bell")).to_have_accessible_name("Notifications, 1 unread")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    from_content(page)
    reach(page, page.get_by_role("button", name="Alpha"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alpha")
    expect(page.locator("#bell")).to_have_accessible_name("Notifications")


def test_a_job_is_asked_for_and_cancelled(windows: Windows) -> None:
    path = shelf(windows, "Taken out")
    page = windows.open("ada")
    page.goto(f"{path}/@transfer")
    from_content(page)
    reach(page, page.get_by_role("button", name="Export"))
    page.keyboard.press("Enter")
    state = page.locator("#job-state")
    expect(state).to_contain_text("Waiting")
    from_content(page)
    reach(page, state.get_by_role("button", name="Cancel"))
    page.keyboard.press("Enter")
    expect(state).to_contain_text("Cancelled")
    reach(page, state.get_by_role("button", name="Try again"))
    page.keyboard.press("Enter")
    expect(state).to_contain_text("Waiting")


def test_an_order_is_typed(windows: Windows) -> None:
    path = shelf(windows, "In order")
    page = windows.open("ada")
    page.goto(f"{path}/@order")
    from_content(page)
    reach(page, page.get_by_label("Place of Gamma"))
    page.keyboard.press("Control+A")
    page.keyboard.type("0.5")
    page.keyboard.press("Control+S")
    expect(page.locator(".toasts [role=status]")).to_contain_text("Changed the order")
    expect(page.get_by_role("main").get_by_role("rowheader").first).to_have_text("Gamma")


def test_two_edits_are_brought_together(windows: Windows) -> None:
    path = f"{shelf(windows, 'Twice')}/beta"
    page, other = windows.open("ada"), windows.open("ada")
    for window, words in ((page, "About Beta, mine."), (other, "About Beta, theirs.")):
        window.goto(f"{path}/@edit")
        reach(window, window.get_by_label("Text"))
        window.keyboard.press("Control+A")
        window.keyboard.type(words)
    other.keyboard.press("Control+S")
    expect(other.get_by_role("article")).to_contain_text("theirs")
    page.keyboard.press("Control+S")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two people edited this")
    from_content(page)
    reach(page, page.get_by_label("Keep theirs"))
    page.keyboard.press("ArrowRight")  # keys choose as they go
    expect(page.get_by_label("Keep yours")).to_be_checked()
    expect(page.get_by_label("Result")).to_have_value("About Beta, mine.")
    reach(page, page.get_by_role("button", name="Save merged"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("About Beta, mine.")


def test_a_table_grows_and_a_block_is_put_in(windows: Windows) -> None:
    path = f"{shelf(windows, 'Written')}/alpha"
    page = windows.open("ada", editor="visual")
    keys = page.keyboard
    page.goto(f"{path}/@edit")
    text = page.get_by_role("textbox", name="Text")
    from_content(page)
    reach(page, text)
    keys.press("Control+End")
    keys.press("Enter")
    keys.type("/table")
    expect(page.get_by_role("listbox", name="Put in").get_by_role("option", name="Table", exact=True)).to_be_visible()
    keys.press("Enter")
    for words in ("City", "Days", "Cost"):
        keys.type(words)
        keys.press("Tab")
    keys.press("Escape")  # in a table Tab goes on to the next cell
    reach(page, page.get_by_role("button", name="Style"), "Shift+Tab")
    reach(page, page.get_by_role("button", name="Rows and columns"), "ArrowRight")
    keys.press("Enter")
    reach(page, page.get_by_role("menuitem", name="Remove column"), "ArrowDown")
    keys.press("Enter")
    keys.press("Control+S")
    expect(page.get_by_role("article").get_by_role("columnheader")).to_have_text(["Days", "Cost"])


def test_things_are_trashed_and_restored(windows: Windows) -> None:
    path = shelf(windows, "Thrown away")
    page = windows.open("ada")
    keys, main = page.keyboard, page.get_by_role("main")
    page.goto(path)
    from_content(page)
    reach(page, main.get_by_role("checkbox", name="Choose Alpha"))
    keys.press("Control+A")
    reach(page, page.locator("#selection").get_by_role("button", name="Move to trash"))
    keys.press("Enter")
    expect(page.locator(".toasts [role=status]")).to_contain_text("Moved 4 things to the trash")
    page.goto("/-/trash")
    from_content(page)
    for title in ("Alpha", "Beta"):
        reach(page, main.get_by_role("checkbox", name=f"Choose {title}"))
        keys.press("Space")
    reach(page, page.locator("#selection").get_by_role("button", name="Restore"))
    keys.press("Enter")
    expect(page.locator(".toasts [role=status]")).to_contain_text("Restored 2 things")


def test_a_comment_is_written_answered_and_resolved(windows: Windows) -> None:
    path = f"{shelf(windows, 'Talked about')}/alpha"
    page = windows.open("ada")
    keys, comments = page.keyboard, page.locator("#comments")
    page.goto(path)
    from_content(page)
    reach(page, comments.get_by_label("Your comment"))
    keys.type("Is this right?")
    keys.press("Control+Enter")
    expect(comments).to_contain_text("Is this right?")
    reach(page, comments.locator("summary", has_text="Answer"))
    keys.press("Enter")
    reach(page, comments.get_by_role("textbox", name="Answer"))
    keys.type("It is.")
    keys.press("Control+Enter")
    expect(comments).to_contain_text("It is.")
    reach(page, comments.get_by_role("button", name="Resolve"))
    keys.press("Enter")
    expect(comments).to_contain_text("1 resolved thread")
