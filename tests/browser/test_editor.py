"""The editor of Markdown: what is typed, put in, pasted and uploaded, and what is stored of it."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import expect

from myplatform.actions.content import edit_node
from myplatform.identity import SYSTEM
from myplatform.queries.nodes import node_by_path
from tests.browser.conftest import Windows
from tests.browser.judging import faults_of
from tests.sample import LEAVE, png

ODD = "Title\n=====\nA note[^1], <kbd>Ctrl</kbd>.  \n* star\n* [ ] mixed\n\n\n<div>\nkept\n</div>\n\n[^1]: Below.\n"
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style><!-- p.MsoNormal {margin:0cm} --></style></head>
<body><!--StartFragment-->
<h2><a name="_Toc1"></a><span style='mso-fareast-font-family:"Arial"'>Travel<o:p></o:p></span></h2>
<p class=MsoNormal><b><span style='font-family:"Calibri"'>Book</span></b> early, by
<a href="https://example.com/rail"><span style='color:blue'>train</span></a>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span>
<span style='mso-list:Ignore'>·<span>&nbsp;</span></span></span><![endif]>Ticket<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'>
<span style='mso-list:Ignore'>o </span>Second class</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>· </span>Hotel</p>
<table class=MsoTableGrid><tr><td width=100><p class=MsoNormal>City</p></td><td><p>Days</p></td></tr>
<tr><td><p>Bonn</p></td><td><p>2</p></td></tr></table><img src="file:///C:/x.png"><!--EndFragment--></body></html>"""
FROM_WORD = """## Travel

**Book** early, by [train](https://example.com/rail).

- Ticket
  - Second class
- Hotel

| City | Days |
| --- | --- |
| Bonn | 2 |"""
GOOGLE = """<meta charset="utf-8"><b style="font-weight:normal" id="docs-internal-guid-1"><p dir="ltr">
<span style="font-weight:700">Bold</span><span> and </span><span style="font-style:italic">slanted</span></p>
<ul><li aria-level="1"><p><span>one</span></p></li><ul><li aria-level="2"><p><span>deep</span></p></li></ul></ul>
<pre><code class="language-js">let a;</code></pre><a href="javascript:alert(1)">words</a></b>"""
FROM_GOOGLE = "**Bold** and *slanted*\n\n- one\n  - deep\n\n```js\nlet a;\n```\n\nwords"
PASTE = """([type, text, file]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(file ?? ""), (letter) => letter.charCodeAt(0));
  if (file) data.items.add(new File([bytes], "desk.png", { type }));
  else data.setData(type, text);
  document.querySelector(".ProseMirror").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def opened(windows: Windows, title: str, body: str, **options: Any) -> Any:
    """A window in which the text of a new page is edited."""
    path = windows.live.site.node("/handbook", "page", title, body=body).node.path
    page = windows.open("ada", editor="visual", **options)
    page.goto(f"{path}/@edit")
    expect(page.get_by_role("textbox", name="Text")).to_be_visible()
    return page


def stored(page: Any) -> Any:
    """The form's own field."""
    return expect(page.locator("#field-body"))


def test_typing_gives_markdown(windows: Windows) -> None:
    page = opened(windows, "Typing", "Old words.\n")
    page.get_by_role("textbox", name="Text").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" **New** ones.")
    page.keyboard.press("Enter")
    page.keyboard.type("## Part")
    page.keyboard.press("Enter")
    page.keyboard.type("- one")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("below")
    stored(page).to_have_value("Old words. **New** ones.\n\n## Part\n\n- one\n  - below\n")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("article").get_by_role("heading", name="Part")).to_be_visible()


def test_saving_without_a_change_changes_nothing(windows: Windows) -> None:
    page = opened(windows, "Odd", ODD)
    stored(page).to_have_value(ODD)
    page.get_by_role("textbox", name="Text").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("x")
    stored(page).to_have_value(f"x{ODD}")
    page.keyboard.press("Backspace")
    stored(page).to_have_value(ODD)
    page.get_by_role("button", name="Save page").click()
    expect(page.get_by_role("article")).to_be_visible()
    page.go_back()
    stored(page).to_have_value(ODD)


def test_the_menu_of_pieces_and_a_table(windows: Windows) -> None:
    page = opened(windows, "Pieces of a text", "")
    text = page.get_by_role("textbox", name="Text")
    text.focus()
    page.keyboard.type("/")
    menu = page.get_by_role("listbox", name="Put in")
    expect(menu.get_by_role("option", name="Table of contents")).to_be_visible()
    expect(text).to_have_attribute("aria-activedescendant", menu.get_by_role("option").first.get_attribute("id"))
    faults = faults_of(page)
    page.keyboard.type("tab")
    page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    for words in ("City", "Days", "Cost"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Rows and columns").click()
    faults += faults_of(page)
    page.get_by_role("menuitem", name="Remove row").click()
    stored(page).to_have_value("| City | Days | Cost |\n| --- | --- | --- |\n|  |  |  |\n")
    assert faults == []


def test_quick_keys_choose_before_the_blocks_of_the_site_are_known(windows: Windows) -> None:
    page = windows.open("ada", editor="visual")
    path = windows.live.site.node("/handbook", "page", "Quick", body="```children\n```\n\nWords.\n").node.path
    held: list[Any] = []
    page.route("**/*", lambda route: held.append(route) if "blocks" in route.request.url else route.fallback())
    page.goto(f"{path}/@edit")
    text = page.locator(".ProseMirror")
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    with page.expect_file_chooser():
        page.keyboard.type("/image")
        page.keyboard.press("Enter")
    expect(text).not_to_contain_text("/image")
    page.keyboard.type("/what a place holds")
    page.keyboard.press("Enter")  # known only once the blocks are
    held.pop().fallback()
    expect(text.get_by_role("group", name="What a place holds")).to_have_count(2)
    expect(text).not_to_contain_text("/what")


def test_people_and_places_by_search(windows: Windows) -> None:
    page = opened(windows, "Links", "")
    page.get_by_role("textbox", name="Text").focus()
    page.keyboard.type("Ask @grac")
    expect(page.get_by_role("option", name="Grace Sample")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("about [[parental")
    expect(page.get_by_role("option", name="Parental leave")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("or ")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Put in a link")
    dialog.get_by_role("combobox").fill("office")
    expect(dialog.get_by_role("option", name="office.png")).to_be_visible()
    faults = faults_of(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Words", exact=True)).to_have_value("office.png")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    with windows.live.site.session() as db:
        from myplatform.queries.nodes import node_by_path

        paths = ("/people/grace-sample", "/handbook/leave/parental-leave", "/handbook/office.png")
        person, place, file = (f"/-/id/{node_by_path(db, path).id}" for path in paths)
    wanted = f"Ask [Grace Sample]({person}) about [Parental leave]({place}) or [office.png]({file})\n"
    stored(page).to_have_value(wanted)
    assert faults == []


def test_pasting_from_elsewhere(windows: Windows) -> None:
    page = opened(windows, "Pasted", "")
    page.get_by_role("textbox", name="Text").focus()
    page.evaluate(PASTE, ["text/html", WORD, None])
    stored(page).to_have_value(f"{FROM_WORD}\n")
    page.keyboard.press("Control+a")
    page.evaluate(PASTE, ["text/html", GOOGLE, None])
    stored(page).to_have_value(f"{FROM_GOOGLE}\n")
    page.keyboard.press("Control+a")
    page.evaluate(PASTE, ["text/plain", "# Pasted\n\n- [x] Markdown", None])
    expect(page.get_by_role("heading", name="Pasted", exact=True)).to_be_visible()


def test_pasting_an_image(windows: Windows) -> None:
    page = opened(windows, "Pictures", "")
    page.get_by_role("textbox", name="Text").focus()
    page.evaluate(PASTE, ["image/png", None, base64.b64encode(png(400, 300)).decode()])
    image = page.get_by_role("img", name="desk")
    expect(image).to_have_js_property("naturalWidth", 400)
    image.dblclick()
    dialog = page.get_by_role("dialog", name="Image")
    dialog.get_by_label("Description").fill("My desk")
    dialog.get_by_label("Caption").fill("In the morning")
    faults = faults_of(page)
    dialog.get_by_role("button", name="Save image").click()
    page.get_by_role("button", name="Save page").click()
    shown = page.get_by_role("article").get_by_role("img", name="My desk")
    expect(shown).to_have_js_property("naturalWidth", 400)
    assert faults == []


def test_by_keyboard_alone_and_both_ways_of_writing(windows: Windows) -> None:
    page = opened(windows, "Keys", LEAVE)
    faults = faults_of(page)
    text = page.get_by_role("textbox", name="Text")
    text.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Markdown")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Style")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Plain text")).to_be_focused()
    faults += faults_of(page)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Bold")).to_be_focused()
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(text).not_to_be_focused()
    page.get_by_role("button", name="Markdown").press("Enter")
    expect(page.locator("#field-body")).to_be_focused()
    faults += faults_of(page)
    page.locator("#field-body").fill("Changed **here**.")
    page.get_by_role("button", name="Visual").press("Enter")
    expect(text).to_have_text("Changed here.")
    assert faults == []


def test_the_result_of_two_edits_is_written_in_the_editor(windows: Windows) -> None:
    page = opened(windows, "Twice", "By train.\n\nAt noon.\n")
    page.get_by_role("textbox", name="Text").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Or at **one**.")
    with windows.live.site.session() as db:
        evening = {"body": "By train.\n\nIn the evening.\n"}
        edit_node(db, node_by_path(db, "/handbook/twice"), evening, by=SYSTEM, expected_version=None)
    page.get_by_role("button", name="Save page").click()
    result = page.get_by_role("textbox", name="Result")
    page.get_by_label("Keep theirs").check()
    expect(result).to_contain_text("In the evening.")
    expect(result).not_to_contain_text("noon")
    page.get_by_label("Keep yours").check()
    expect(result.locator("strong")).to_have_text("one")
    result.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Ask.")
    stored(page).to_have_value("By train.\n\nAt noon. Or at **one**. Ask.\n")
    page.get_by_role("button", name="Save merged").click()
    expect(page.get_by_role("article")).to_contain_text("Or at one. Ask.")
