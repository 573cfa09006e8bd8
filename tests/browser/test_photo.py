"""The photo of a profile."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.sample import png


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
    expect(photo).to_have_js_property("naturalWidth", 25)
    expect(photo).to_have_js_property("naturalHeight", 25)
