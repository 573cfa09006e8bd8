"""Without a mouse, and with one: choosing, dragging, the drawer."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows


def test_keys_are_listed_and_open_menus(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/leave")
    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_contain_text("Search")
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_role("link", name="Page", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Page", exact=True)).to_be_hidden()


def test_choosing_rows_by_keyboard_and_undoing_for_all(windows: Windows) -> None:
    path = windows.shelf("Rows")
    page = windows.open("ada")
    page.goto(path)
    main, bar = page.get_by_role("main"), page.locator("#selection")
    expect(bar).to_be_hidden()
    main.get_by_role("link", name="Alpha").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(bar.get_by_role("status")).to_have_text("3 chosen")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("Control+A")
    expect(bar.get_by_role("status")).to_have_text("4 chosen")
    page.get_by_role("checkbox", name="Choose Box").uncheck()
    bar.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".toasts [role=status]")).to_contain_text("Moved 3 things to the trash")
    expect(main.get_by_role("rowheader")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(main.get_by_role("rowheader")).to_have_count(4)


def test_dragging_a_row_into_a_folder_and_undoing(windows: Windows) -> None:
    path = windows.shelf("Dragged")
    page = windows.open("ada")
    page.goto(path)
    rows = page.get_by_role("main").get_by_role("rowheader")
    page.get_by_role("main").get_by_role("link", name="Beta").drag_to(rows.filter(has_text="Box"))
    expect(page.locator(".toasts [role=status]")).to_contain_text("Moved “Beta”")
    expect(rows).to_have_text(["Alpha", "Box", "Gamma"])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Beta")
    page.goto(path)
    gamma, alpha = (rows.filter(has_text=title) for title in ("Gamma", "Alpha"))
    gamma.get_by_role("link").drag_to(alpha, target_position={"x": 60, "y": 3})
    expect(page.locator(".toasts [role=status]")).to_contain_text("Changed the order")
    expect(rows).to_have_text(["Gamma", "Alpha", "Beta", "Box"])


def test_the_drawer_of_a_phone_keeps_the_focus(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 390, "height": 844})
    page.goto("/handbook/leave")
    drawer, menu = page.get_by_role("navigation", name="Main"), page.get_by_role("button", name="Menu")
    menu.click()
    expect(drawer).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#sidebar')")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(menu).to_be_focused()
