"""The directory of people, and sharing with some of them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.sample import png


def test_colleagues_are_sorted_filtered_and_looked_up(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    names = page.get_by_role("rowheader")
    expect(names).to_have_text([re.compile("Ada"), re.compile("Grace"), re.compile("Linus")])
    page.get_by_role("columnheader", name="Job title", exact=True).get_by_role("link").click()
    expect(names).to_have_text([re.compile("Linus"), re.compile("Grace"), re.compile("Ada")])
    expect(page.get_by_role("columnheader", name="Job title", exact=True)).to_have_attribute("aria-sort", "ascending")
    page.locator("summary", has_text="Department").click()
    page.get_by_role("checkbox", name="Engineering 2").check()  # shows what fits by itself
    expect(names).to_have_text([re.compile("Grace"), re.compile("Ada")])
    expect(page).to_have_url(re.compile("department=Engineering"))
    page.go_back()
    expect(names).to_have_count(3)
    page.get_by_role("searchbox", name="Search people").press_sequentially("control")
    expect(names).to_have_text([re.compile("Linus")])
    expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search people")).to_be_focused()
    page.get_by_role("link", name="Linus Muster").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Linus Muster")
    expect(page.get_by_role("link", name="Write an e-mail")).to_have_attribute("href", "mailto:linus@example.com")
    page.get_by_role("link", name="Ada Example").click()
    expect(page.get_by_role("heading", level=2, name="Reports to Ada Example")).to_be_visible()
    expect(page.get_by_role("link", name="Linus Muster")).to_be_visible()


def test_a_folder_is_shared_with_one_group(windows: Windows) -> None:
    windows.live.site.node("/", "folder", "Bids")
    windows.live.site.node("/bids", "page", "Offer", body="Ten percent.")
    ada, member, outsider = windows.open("ada"), windows.open("bob"), windows.open("cy")
    ada.goto("/bids")
    ada.get_by_role("link", name="Share").click()
    ada.get_by_role("button", name="Stop inheriting").click()
    row = ada.get_by_role("table", name="Shared here").get_by_role("row", name=re.compile("Everyone signed in"))
    row.get_by_role("button", name="Remove").click()
    expect(ada.get_by_role("status")).to_be_visible()
    ada.get_by_label("Share with").fill("Finance")
    ada.get_by_role("button", name="Share", exact=True).click()
    expect(ada.get_by_role("table", name="Shared here").get_by_role("rowheader")).to_contain_text(["Finance"])
    expect(ada.get_by_role("table", name="Who can see this")).to_contain_text("Bob")
    expect(ada.get_by_role("table", name="Who can see this")).not_to_contain_text("Cy")

    assert member.goto("/bids/offer").status == 200
    expect(member.get_by_role("article")).to_contain_text("Ten percent.")
    assert outsider.goto("/bids/offer").status == 404
    expect(outsider.get_by_role("heading", level=1)).to_have_text("Nothing here")
    hidden = outsider.get_by_role("main").inner_text()
    assert outsider.goto("/bids/nothing").status == 404
    missing = outsider.get_by_role("main").inner_text()
    number = re.compile("request [0-9a-f]+")
    assert number.sub("", hidden) == number.sub("", missing)
    outsider.goto("/")
    expect(outsider.get_by_role("main")).to_be_visible()
    expect(outsider.get_by_text("Bids")).to_have_count(0)


def test_the_chart_is_walked_by_keyboard(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/people/@chart")
    tree = page.get_by_role("tree", name="Who reports to whom")
    ada = tree.get_by_role("treeitem", name=re.compile("Ada Example"))
    expect(ada).to_have_attribute("aria-expanded", "true")
    ada.focus()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("treeitem", name=re.compile("Grace Sample"))).to_be_focused()
    page.keyboard.press("End")
    expect(tree.get_by_role("treeitem", name=re.compile("Linus Muster"))).to_be_focused()
    page.keyboard.press("g")
    expect(tree.get_by_role("treeitem", name=re.compile("Grace Sample"))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(ada).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(ada).to_have_attribute("aria-expanded", "false")
    expect(tree.get_by_role("treeitem")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Example")


def test_a_square_of_a_photo_is_chosen_with_the_keyboard(windows: Windows) -> None:
    page = windows.open("ada")
    windows.live.site.node("/people", "employee", "Photographed Example")
    page.goto("/people/photographed-example/@photo")
    page.get_by_label("Image").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": png(400, 200)})
    size = page.get_by_role("slider", name="Size")
    expect(size).to_have_value("200")
    size.focus()
    page.keyboard.press("Home")
    expect(size).to_have_value("25")
    page.get_by_role("slider", name="From left to right").press("Home")
    page.get_by_role("button", name="Save photo").click()
    photo = page.locator("article img.avatar")
    expect(photo).to_be_visible()
    assert photo.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [25, 25]
