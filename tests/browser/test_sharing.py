"""Sharing by the keyboard alone, with the preview in a dialog; seeing the site as somebody else."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows


def test_sharing_with_a_group_by_keyboard(windows: Windows) -> None:
    windows.live.site.node("/board", "page", "Agenda")
    page = windows.open("ada")
    page.goto("/board/agenda/@sharing")
    page.get_by_label("Share with").focus()
    page.keyboard.type("financ")
    expect(page.get_by_role("option", name="Finance")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take Finance out")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    preview = page.get_by_role("dialog", name="Finance can edit")
    expect(preview).to_contain_text("1 person gains access: can edit")
    expect(preview).to_contain_text("Bob")
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    expect(page.get_by_text("Finance can edit — set here")).to_be_hidden()
    page.get_by_role("button", name="Share", exact=True).press("Enter")
    expect(preview.get_by_role("button", name="Share with Finance")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Finance can edit — set here")).to_be_visible()
    bob = windows.open("bob")
    bob.goto("/board/agenda")
    expect(bob.get_by_role("heading", level=1)).to_have_text("Agenda")
    page.keyboard.press("Control+Z")
    expect(page.get_by_text("Finance can edit — set here")).to_be_hidden()
    bob.goto("/board/agenda")
    expect(bob.get_by_role("heading", level=1)).to_have_text("Nothing here")


def test_sharing_several_things_of_a_folder_and_taking_it_back(windows: Windows) -> None:
    for title in ("Rota", "Wages"):
        windows.live.site.node("/board", "page", title)
    page = windows.open("ada")
    page.goto("/board")
    for title in ("Rota", "Wages"):
        page.get_by_role("checkbox", name=f"Choose {title}").check()
    page.locator("#selection").get_by_role("button", name="Share").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Share 2 things")
    page.get_by_label("Share with").fill("financ")
    page.get_by_role("option", name="Finance").click()
    page.get_by_label("They").select_option("editor")
    page.get_by_role("main").get_by_role("button", name="Share").click()
    expect(page.get_by_role("main")).to_contain_text("1 person gains access: can edit")
    page.get_by_role("button", name="Share with Finance").click()
    expect(page.get_by_text("Changed who can reach 2 things")).to_be_visible()
    bob = windows.open("bob")
    bob.goto("/board/wages")
    expect(bob.get_by_role("heading", level=1)).to_have_text("Wages")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Changed who can reach 2 things")).to_be_visible()
    bob.goto("/board/wages")
    expect(bob.get_by_role("heading", level=1)).to_have_text("Nothing here")


def test_a_role_is_changed_where_it_stands_or_left_as_it_was(windows: Windows) -> None:
    windows.live.site.node("/board", "page", "Votes")
    windows.live.site.grant("/board/votes", ("user:bob", "reader"))
    page = windows.open("ada")
    page.goto("/board/votes/@sharing")
    choice = page.get_by_label("What Bob may do")
    choice.select_option("editor")
    preview = page.get_by_role("dialog", name="Bob can edit")
    expect(preview).to_contain_text("1 person may do more")
    preview.get_by_role("link", name="Back").click()
    expect(choice).to_have_value("reader")
    choice.select_option("manager")
    page.get_by_role("button", name="Change the role").click()
    expect(page.get_by_text("Bob can manage — set here")).to_be_visible()


def test_seeing_the_site_as_somebody_else(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/@sharing")
    page.get_by_label("See this place as").fill("bob")
    page.get_by_role("option", name="Bob").click()
    page.get_by_role("button", name="See as").click()
    banner = page.get_by_role("region", name="Seeing the site as somebody else")
    expect(banner).to_contain_text("You are seeing the site as Bob (read-only).")
    page.goto("/board")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    banner.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sharing of “Handbook”")
