"""What opens on a page, in both themes; pages at 200 % zoom, without jumps; the living style page."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import myplatform
from tests.browser.conftest import Windows
from tests.browser.judging import faults_of
from tests.sample import BLOCKS, png, put_file

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SETTLED = """async () => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return window.shifted;
}"""
OVERFLOWING = """() => [...document.querySelectorAll("main section")].flatMap((section) => {
  const room = section.getBoundingClientRect();
  return [...section.querySelectorAll(":scope > *")]
    .filter((part) => part.getBoundingClientRect().right > room.right + 24 && part.checkVisibility())
    .map((part) => `${section.querySelector("h2")?.textContent}: ${part.className || part.tagName}`);
})"""
BACKGROUND = """() => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""
"""Red, green and blue behind the page."""
PARTS = ("Buttons", "Fields", "Table", "Cards, avatars, chips", "Telling people", "Places", "People", "Files")
PARTS += ("Writing", "Two edits", "Comments 2", "Sharing", "Finding", "Choosing and uploading", "Text", "Icons")


def palette(page: Any) -> None:
    page.keyboard.press("Control+K")
    page.keyboard.type("leave")
    expect(page.get_by_role("option", name="Parental leave").first).to_be_visible()


def shortcuts(page: Any) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def moving(page: Any) -> None:
    page.keyboard.press("m")
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Place")).to_be_focused()


def renaming(page: Any) -> None:
    page.keyboard.press("F2")
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()


def zoomed(page: Any) -> None:
    page.get_by_role("main").get_by_role("link", name="The office").click()
    expect(page.get_by_role("dialog", name="The office")).to_be_visible()


def choosing(page: Any) -> None:
    page.get_by_role("checkbox", name="Choose Leave").check()
    expect(page.locator("#selection")).to_be_visible()


def uploading(page: Any) -> None:
    page.locator("form[data-uploads] input[type=file]").set_input_files(
        {"name": "seen.txt", "mimeType": "text/plain", "buffer": b"Seen."}
    )
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("Uploaded 1 of 1")


def toast(page: Any) -> None:
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".toasts [role=status]")).to_be_visible()


def cropping(page: Any) -> None:
    page.get_by_label("Image").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": png(400, 200)})
    expect(page.get_by_role("slider", name="Size")).to_be_visible()


def sharing(page: Any) -> None:
    page.get_by_label("Share with").fill("Finance")
    page.get_by_role("option", name="Finance").click()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog", name="Finance can view")).to_be_visible()


def commenting(page: Any) -> None:
    page.get_by_label("Your comment").fill("Is this still so?")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.locator(".thread summary", has_text="Answer").click()
    expect(page.locator(".thread textarea")).to_be_visible()


def drafting(page: Any) -> None:
    page.get_by_label("Text").fill("Another thought.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("This is your unsaved draft")).to_be_visible()


def new_menu(page: Any) -> None:
    page.keyboard.press("n")
    expect(page.get_by_role("link", name="Page", exact=True)).to_be_visible()


def facet(page: Any) -> None:
    page.locator("summary", has_text="Department").click()
    expect(page.get_by_role("checkbox", name="Engineering 2")).to_be_visible()


def unfolded(page: Any) -> None:
    page.evaluate("() => document.querySelectorAll('main details:not(.menu)').forEach((each) => { each.open = true; })")
    page.get_by_role("checkbox", name="Choose Travel").check()
    expect(page.locator("#selection")).to_be_visible()


def sample_menu(page: Any) -> None:
    page.locator("main summary", has_text="A menu").click()
    expect(page.get_by_role("link", name="History h")).to_be_visible()


def seeing(page: Any) -> None:
    page.get_by_label("See this place as").fill("bob")
    page.get_by_role("button", name="See as").click()
    expect(page.get_by_text("You are seeing the site as Bob")).to_be_visible()


def seen_enough(page: Any) -> None:
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You are seeing the site as Bob")).to_have_count(0)


def branches(page: Any) -> None:
    page.get_by_label("Who reports to Ada Example").click()
    expect(page.get_by_role("main")).to_contain_text("Linus")


def still_correct(page: Any) -> None:
    page.get_by_role("button", name="Still correct").first.click()
    expect(page.get_by_role("dialog", name="Is it still correct?")).to_be_visible()


def copying(page: Any) -> None:
    page.get_by_label("More", exact=True).click()
    page.get_by_role("link", name="Copy", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Place")).to_be_visible()


def drawn(page: Any) -> None:
    expect(page.locator(".prose .block")).to_have_count(10)


def own_menu(page: Any) -> None:
    page.get_by_role("navigation", name="Main").locator("summary", has_text="Ada").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def more_menu(page: Any) -> None:
    page.get_by_label("More", exact=True).click()
    expect(page.get_by_role("link", name="History")).to_be_visible()


def places_between(page: Any) -> None:
    page.get_by_label("Places in between").click()
    expect(page.locator(".breadcrumbs .menu-panel")).to_be_visible()


def columns(page: Any) -> None:
    page.get_by_label("Columns", exact=True).click()
    expect(page.get_by_role("checkbox", name="Changed")).to_be_visible()


def exporting(page: Any) -> None:
    page.get_by_label("Export", exact=True).click()
    expect(page.get_by_role("link", name="All these people as CSV")).to_be_visible()


def level(page: Any) -> None:
    page.get_by_label("More", exact=True).click()
    page.locator(".menu-panel").get_by_role("link", name="Notifications").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def comment_menu(page: Any) -> None:
    page.locator(".comment").get_by_label("Comment", exact=True).first.click()
    expect(page.locator(".comment .menu-panel").first).to_be_visible()


def dropping(page: Any) -> None:
    rows = page.get_by_role("main").get_by_role("rowheader")
    page.get_by_role("main").get_by_role("link", name="Dragged").drag_to(rows.filter(has_text="Open to all"))
    expect(page.get_by_role("dialog").get_by_role("button", name="Move anyway")).to_be_visible()


def clashing(page: Any) -> None:
    file = {"name": "taken.txt", "mimeType": "text/plain", "buffer": b"Again."}
    page.locator("form[data-uploads] input[type=file]").set_input_files(file)
    expect(page.get_by_role("dialog", name="Some names are taken")).to_be_visible()


def suggested(page: Any) -> None:
    page.get_by_label("Share with").fill("Fin")
    expect(page.get_by_role("option", name="Finance")).to_be_visible()


def sample_dialog(page: Any) -> None:
    page.get_by_role("button", name="Open a dialog").click()
    expect(page.get_by_role("dialog", name="Delete for good?")).to_be_visible()


OPENED = {
    "finding": [
        ("/handbook", palette),
        ("/handbook", shortcuts),
        ("/handbook", own_menu),
        ("/handbook", columns),
        ("/people", facet),
        ("/people", exporting),
        ("/looked-at/in/here/there", places_between),
    ],
    "showing": [
        ("/-/style", unfolded),
        ("/-/style", sample_menu),
        ("/-/style", sample_dialog),
        ("/people/@chart", branches),
        ("/looked-at/blocks", drawn),
        ("/looked-at/old", still_correct),
        ("/board/@sharing", seeing),
        ("/board", seen_enough),
    ],
    "arranging": [
        ("/handbook", new_menu),
        ("/handbook", more_menu),
        ("/handbook", level),
        ("/looked-at", moving),
        ("/looked-at", renaming),
        ("/looked-at", copying),
        ("/looked-at/closed", dropping),
        ("/handbook", choosing),
        ("/looked-at/thrown-away", toast),
    ],
    "writing": [
        ("/handbook/leave", zoomed),
        ("/looked-at", uploading),
        ("/looked-at", clashing),
        ("/people/ada-example/@photo", cropping),
        ("/board/@sharing", suggested),
        ("/board/@sharing", sharing),
        ("/looked-at/talked-about", commenting),
        ("/looked-at/talked-about", comment_menu),
        ("/looked-at/talked-about/@edit", drafting),
    ],
}
OPEN_MENU = "details.menu[open]"
OPEN_DIALOG = "dialog[open]"
IN_THE_PAGE = (seen_enough, drawn, branches, cropping, suggested, commenting, drafting)
IN_MENUS = (own_menu, more_menu, new_menu, columns, facet, exporting, places_between, comment_menu, sample_menu)
IN_DIALOGS = (palette, shortcuts, sample_dialog, still_correct, level, moving, renaming, copying, dropping)
IN_DIALOGS += (zoomed, clashing, sharing)
WITHIN = {
    **dict.fromkeys(IN_MENUS, OPEN_MENU),
    **dict.fromkeys(IN_DIALOGS, OPEN_DIALOG),
    **dict.fromkeys(IN_THE_PAGE, "main"),
    uploading: "section.uploads",
    choosing: "#selection",
    toast: ".toasts",
}
"""What is judged where the page itself is judged as it stands, in test_accessibility."""
OPENS = re.compile(r"parts\.(?:menu|dialog)\(|<dialog|<details class=.menu|[( ]popover[ =]|lement\(.dialog|dialog=true")
WHERE_OPENED = {
    "templates/comment_parts.jinja2": [comment_menu],
    "templates/folder_tools.jinja2": [columns],
    "templates/layout.jinja2": [shortcuts, places_between],
    "templates/node_parts.jinja2": [new_menu, more_menu, level, moving, renaming, copying],
    "templates/palette.jinja2": [palette],
    "templates/parts.jinja2": [sample_menu, sample_dialog],
    "templates/people.jinja2": [facet, exporting],
    "templates/review_parts.jinja2": [still_correct],
    "templates/sidebar.jinja2": [own_menu],
    "templates/style.jinja2": [sample_menu, sample_dialog, unfolded],
    "js/dialogs.js": [moving, dropping],
    "js/previews.js": [sharing],
    "js/upload-clashes.js": [clashing],
    "js/zoom.js": [zoomed],
}
"""What opens the menus and dialogs of each file; the drawer of a phone is opened in test_accessibility."""
IN_THE_EDITOR = {"js/editor/linking.js"}
"""Opened and judged in test_editor."""


def test_nothing_that_opens_is_forgotten() -> None:
    roots = (Path(myplatform.__file__).parent, Path(__file__).parents[2] / "frontend")
    files = {
        path.relative_to(root).as_posix()
        for root, pattern in zip(roots, ("templates/**/*.jinja2", "js/**/*.js"), strict=True)
        for path in root.glob(pattern)
        if OPENS.search(path.read_text())
    }
    assert files == set(WHERE_OPENED) | IN_THE_EDITOR, "what a file opens needs to be opened here"
    opened = {open_it for group in OPENED.values() for _path, open_it in group}
    assert {each for group in WHERE_OPENED.values() for each in group} <= opened


@pytest.mark.parametrize("opened", OPENED)
def test_what_opens_has_no_faults(windows: Windows, opened: str) -> None:
    place = windows.live.site.node("/", "folder", "Looked at").node.path
    put_file(windows.live.site, place, "taken.txt", b"Taken.")
    if opened == "finding":
        for parent, title in ((place, "In"), (f"{place}/in", "Here"), (f"{place}/in/here", "There")):
            windows.live.site.node(parent, "folder", title)
    if opened == "arranging":
        closed = windows.live.site.node(place, "folder", "Closed").node.path
        windows.live.site.node(closed, "page", "Dragged")
        windows.live.site.node(closed, "folder", "Open to all")
        windows.live.site.grant(f"{closed}/open-to-all", ("user:cy", "editor"))
    for title in ("Thrown away", "Talked about"):
        windows.live.site.node(place, "page", title, body="Some words.")
    windows.live.site.node(place, "page", "Blocks", body=BLOCKS)
    windows.live.site.node(place, "page", "Old", body="Old.", review_by=dt.date(2020, 1, 1))
    page = windows.open("ada")
    faults = []
    for path, open_it in OPENED[opened]:
        page.goto(path.replace("/looked-at", place))
        open_it(page)
        coloured = "main" if open_it is unfolded else None
        found = faults_of(page, WITHIN.get(open_it), coloured=coloured)
        faults += [f"{open_it.__name__}: {fault}" for fault in found]
    assert faults == []


def test_at_200_percent_nothing_scrolls_sideways(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 720, "height": 450}, device_scale_factor=2)
    wide = {}
    for path in ("/", "/handbook", "/handbook/leave", "/handbook/leave/@edit", "/handbook/@sharing", "/people"):
        page.goto(path)
        wide[path] = page.evaluate(SIDEWAYS)
    for path in ("/people/ada-example", "/people/@chart", "/-/search?q=leave", "/handbook/leave/@history", "/-/trash"):
        page.goto(path)
        wide[path] = page.evaluate(SIDEWAYS)
    assert {path: by for path, by in wide.items() if by > 0} == {}


def test_nothing_jumps_while_a_page_loads(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 1440, "height": 900})
    page.add_init_script(SHIFTS)
    shifted = {}
    for path in ("/", "/handbook", "/handbook/leave", "/people"):
        page.goto(path)
        shifted[path] = page.evaluate(SETTLED)
    assert {path: by for path, by in shifted.items() if by >= 0.05} == {}


@pytest.mark.parametrize("width", [1440, 390])
def test_the_style_page_shows_every_part(windows: Windows, width: int) -> None:
    page = windows.open("ada", viewport={"width": width, "height": 900})
    page.goto("/-/style")
    for part in PARTS:
        headings = page.get_by_role("main").get_by_role("heading", level=2, name=part, exact=True)
        expect(headings.first).to_be_visible()
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate("document.documentElement.scrollHeight") > 2000
    page.emulate_media(color_scheme="light")
    light = page.evaluate(BACKGROUND)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(BACKGROUND)
    assert min(light) > 180
    assert max(dark) < 90
