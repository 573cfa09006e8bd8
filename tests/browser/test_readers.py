"""Readers unlike the one who wrote it: in German, from right to left, without motion."""

from __future__ import annotations

import re
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import expect

from myplatform.languages import FOLDERS
from tests.browser.conftest import Windows
from tests.browser.test_open_parts import SIDEWAYS

PAGES = ("/", "/handbook", "/handbook/leave", "/handbook/leave/@edit", "/handbook/leave/@history", "/handbook/@sharing")
PAGES += ("/people", "/people/ada-example", "/people/@chart", "/-/search?q=leave", "/-/search?q=zzz", "/-/trash")
PAGES += ("/-/recent", "/-/drafts", "/-/requests", "/-/account", "/handbook/@upload", "/handbook/leave/@move")
PAGES += ("/-/admin/users", "/-/admin/appearance")
WORDS = """() => {
  const found = new Set();
  const add = (text) => { const words = text?.replace(/\\s+/g, " ").trim(); if (words) found.add(words); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const theirs = "script, style, template, datalist, [dir=auto], .prose, textarea, pre, kbd";
    if (!parent.closest(theirs)) add(walker.currentNode.data);
  }
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    for (const name of ["aria-label", "title", "placeholder"]) add(each.getAttribute(name));
  }
  return [...found];
}"""
MOVING = """() => [...document.querySelectorAll("*")].flatMap((each) => ["", "::before", "::after"].flatMap((part) => {
  const style = getComputedStyle(each, part || null);
  const lasts = (durations) => durations.split(",").some((each) => parseFloat(each) > 0);
  const moves = lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration));
  return moves ? [`${each.tagName} ${each.className} ${part}`] : [];
}))"""


def english() -> set[str]:
    """What is said otherwise in German, of more than one word or letter, without values put in."""
    with (FOLDERS[0] / "de" / "LC_MESSAGES" / "myplatform.po").open("rb") as file:
        catalogue = read_po(file)
    pairs = [(message.id, message.string) for message in catalogue if isinstance(message.id, str) and message.id]
    translations = {german for _, german in pairs}
    return {word for word, german in pairs if word != german and "%(" not in word and word not in translations}


def test_german_from_sign_in_to_saving(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Kantine", body="Offen.")
    page = windows.open("ada", locale="de-DE")
    page.goto("/handbook/kantine")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("link", name="Bearbeiten").click()
    page.get_by_label("Text").fill("Mittags offen.")
    page.get_by_role("button", name="Seite speichern").click()
    expect(page.get_by_role("article")).to_contain_text("Mittags offen.")
    page.get_by_label("Mehr", exact=True).click()
    page.get_by_role("button", name="In den Papierkorb").click()
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kantine")


def test_no_english_is_left_in_german_and_nothing_is_too_wide(windows: Windows) -> None:
    page = windows.open("ada", locale="de-DE", viewport={"width": 390, "height": 844})
    words, left, wide = english(), {}, {}
    assert len(words) > 500
    for path in PAGES:
        page.goto(path)
        if found := sorted(words & set(page.evaluate(WORDS))):
            left[path] = found
        if page.evaluate(SIDEWAYS) > 0:
            wide[path] = page.evaluate(SIDEWAYS)
    assert left == {}
    assert wide == {}


def test_nothing_moves_for_those_who_want_no_motion(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Still", body="Life.")
    page = windows.open("ada")  # as all tests: with reduced motion
    moving: dict[str, Any] = {}
    for path in ("/", "/handbook", "/handbook/leave", "/people/@chart", "/-/style"):
        page.goto(path)
        moving[path] = page.evaluate(MOVING)
    page.goto("/handbook/still")
    page.keyboard.press("Control+K")
    expect(page.get_by_role("dialog", name="Find or do")).to_be_visible()
    moving["palette"] = page.evaluate(MOVING)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("F2")
    expect(page.get_by_role("dialog")).to_be_visible()
    moving["dialog"] = page.evaluate(MOVING)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    moving["toast"] = page.evaluate(MOVING)
    assert {where: found for where, found in moving.items() if found} == {}


def test_text_from_right_to_left_stands_on_the_right(windows: Windows) -> None:
    title = "دليل الموظف"
    body = "هذا نص عربي.\n\nAnd an English one."
    path = windows.live.site.node("/handbook", "page", title, body=body).node.path
    page = windows.open("ada", viewport={"width": 390, "height": 844})
    page.goto(path)
    direction = "(element) => getComputedStyle(element).direction"
    assert page.get_by_role("heading", level=1).evaluate(direction) == "rtl"
    texts = page.get_by_role("article").locator("p")
    assert [texts.nth(place).evaluate(direction) for place in (0, 1)] == ["rtl", "ltr"]
    assert page.evaluate(SIDEWAYS) <= 0
    page.goto("/handbook")
    assert page.get_by_role("main").get_by_role("link", name=title).evaluate(direction) == "rtl"
    expect(page.get_by_role("main")).to_contain_text(re.compile("Leave"))
