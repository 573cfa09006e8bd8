"""The ten ways through the product that must always work, each from beginning to end as a person goes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from myplatform.actions.links import make_setup_link
from tests.browser.conftest import Windows, served
from tests.browser.judging import faults_of
from tests.conftest import PASSWORD, Site, make_node
from tests.sample import PDF, png

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def heading(page: Any) -> Any:
    """What the title of the page is expected to be."""
    return expect(page.get_by_role("heading", level=1))


def more(page: Any, role: str, name: str) -> None:
    """Choose something in the menu ⋯ of the page."""
    page.get_by_label("More", exact=True).click()
    page.get_by_role(role, name=name).click()


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name or e-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_first_start(chromium: Any, empty_site: Callable[[], Site]) -> None:
    site = empty_site()
    with site.session() as db:
        link = f"/-/setup/{make_setup_link(db)}"
    with served(site) as live, Windows(chromium, live) as windows:
        page = windows.open()
        page.goto(link)
        assert faults_of(page) == []
        page.get_by_label("Your name").fill("Ada Example")
        page.get_by_label("User name").fill("ada")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Make the administrator").click()
        expect(page.get_by_role("alert").get_by_role("link")).to_have_text(re.compile("Password"))
        expect(page.get_by_label("User name")).to_have_value("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the administrator").click()
        expect(page).to_have_url(f"{live.address}/")
        assert page.goto(link).status == 404
        page.goto("/")
        steps = page.locator(".checklist")
        for step in steps.get_by_role("link").all():
            assert page.request.get(step.get_attribute("href")).ok
        page.get_by_role("link", name="Administration").click()
        expect(page.get_by_role("table").get_by_text("Ada Example")).to_be_visible()
    assert windows.complaints == []


def test_sign_in(windows: Windows) -> None:
    page = windows.open()
    page.goto("/handbook/leave")
    sign_in(page, "bob", "not-his-password")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name or e-mail address")).to_have_value("bob")
    sign_in(page, "bob")
    heading(page).to_have_text("Leave")
    page.get_by_role("navigation", name="Main").get_by_text("Bob").click()
    page.get_by_role("button", name="Sign out").click()
    heading(page).to_have_text("Sign in")
    page.goto("/handbook/leave")
    heading(page).to_have_text("Sign in")
    page.get_by_label("Name or e-mail address").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    heading(page).to_have_text("Leave")


def test_read_and_search(windows: Windows) -> None:
    page = windows.open("bob", viewport={"width": 1440, "height": 900})
    page.goto("/")
    page.keyboard.press("/")
    finder = page.get_by_role("combobox", name="Find a place, a person or an action")
    expect(finder).to_be_focused()
    finder.fill("parental")
    expect(page.get_by_role("option", name="Parental leave").first).to_be_visible()
    finder.press("Enter")
    expect(page).to_have_url(f"{windows.live.address}/handbook/leave/parental-leave")
    page.get_by_role("main").get_by_role("link", name="leave", exact=True).click()
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Days").click()
    expect(page.get_by_role("heading", name="Days")).to_be_in_viewport()
    page.goto("/-/search")
    box = page.get_by_role("searchbox", name="Words to find")
    box.press_sequentially("parentla leaev")
    page.get_by_role("main").get_by_role("link", name="parental leave", exact=True).click()
    expect(box).to_have_value("parental leave")
    page.locator("#results").get_by_role("link", name="Parental leave").click()
    heading(page).to_have_text("Parental leave")


def test_write_conflict_restore(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Travel", body="By train.")
    ada, other = windows.open("ada"), windows.open("ada")
    ada.goto("/handbook/travel/@edit")
    ada.get_by_label("Text").fill("By train, first class.")
    other.goto("/handbook/travel/@edit")
    other.get_by_label("Text").fill("By bicycle.")
    other.get_by_role("button", name="Save page").click()
    expect(other.get_by_role("article")).to_contain_text("By bicycle.")

    ada.get_by_role("button", name="Save page").click()
    heading(ada).to_have_text("Two people edited this")
    result = ada.get_by_label("Result")
    ada.get_by_label("Keep theirs").check()
    expect(result).to_have_value("By bicycle.")
    ada.get_by_label("Keep both").check()
    expect(result).to_have_value("By bicycle.\nBy train, first class.")
    result.fill("By train or bicycle.")
    ada.get_by_label("Keep yours").check()
    expect(ada.get_by_role("status")).to_contain_text("written in the result yourself")
    expect(result).to_have_value("By train or bicycle.")
    ada.get_by_text("Both whole texts").click()
    expect(ada.get_by_label("Text as it stands now")).to_have_value("By bicycle.")
    expect(ada.get_by_label("Text as you wrote it")).to_have_value("By train, first class.")
    ada.get_by_role("button", name="Save merged").click()
    expect(ada.get_by_role("article")).to_contain_text("By train or bicycle.")

    more(ada, "link", "History")
    ada.get_by_role("link", name="Version 1").click()
    ada.get_by_role("button", name="Go back to this version").click()
    expect(ada.get_by_role("status")).to_contain_text("Went back to an earlier version")
    expect(ada.get_by_role("article").locator(".prose")).to_have_text("By train.")


def test_upload_and_preview(windows: Windows) -> None:
    windows.live.site.node("/handbook", "folder", "Lobby")
    page = windows.open("ada")
    page.goto("/handbook/lobby")
    files = [("lobby.png", "image/png", png()), ("plan.pdf", "application/pdf", PDF), ("list.csv", "text/csv", b"a")]
    page.locator("form[data-uploads] input[type=file]").set_input_files(
        [{"name": name, "mimeType": media_type, "buffer": content} for name, media_type, content in files]
    )
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("Uploaded 3 of 3")
    expect(page.get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("main").get_by_role("link", name="lobby.png").click()
    expect(page.get_by_role("img", name="lobby.png")).to_have_js_property("naturalWidth", 40)
    page.goto("/handbook/lobby/plan.pdf")
    frame = page.locator("iframe[title='plan.pdf']")
    expect(frame).to_be_visible()
    shown = page.request.get(frame.get_attribute("src"))
    assert shown.headers["content-type"] == "application/pdf"
    assert "default-src 'none'" in shown.headers["content-security-policy"]

    page.goto("/handbook/lobby")
    page.get_by_text("New", exact=True).click()
    page.get_by_role("link", name="Page", exact=True).click()
    page.get_by_label("Title").fill("The lobby")
    page.get_by_label("Text").fill("Here it is:\n\n![The lobby in the morning](lobby.png)\n")
    page.get_by_role("button", name="Create page").click()
    expect(page.get_by_role("status")).to_contain_text("Created “The lobby”")
    expect(page.get_by_role("img", name="The lobby in the morning")).to_have_js_property("naturalWidth", 40)


def test_find_a_colleague_and_the_chart(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    names = page.get_by_role("rowheader")
    ada, grace, linus = re.compile("Ada Example"), re.compile("Grace Sample"), re.compile("Linus Muster")
    page.get_by_role("columnheader", name="Job title", exact=True).get_by_role("link").click()
    expect(names.filter(has_text=re.compile("Ada|Grace|Linus"))).to_have_text([linus, grace, ada])
    page.locator("summary", has_text="Department").click()
    page.get_by_role("checkbox", name="Engineering 2").check()  # shows what fits by itself
    expect(names).to_have_text([grace, ada])
    page.go_back()
    page.get_by_role("searchbox", name="Search people").press_sequentially("control")
    expect(names).to_have_text([linus])
    expect(page.locator("#directory-tools [data-says]")).to_have_text("1 person")
    page.get_by_role("link", name="Linus Muster").click()
    expect(page.get_by_role("link", name="Write an e-mail")).to_have_attribute("href", "mailto:linus@example.com")
    page.get_by_role("main").get_by_role("link", name="Org chart").click()
    tree = page.get_by_role("tree", name="Who reports to whom")
    expect(tree.get_by_role("treeitem", name=linus)).to_be_visible()
    tree.get_by_role("treeitem", name=linus).focus()
    page.keyboard.press("Home")
    expect(tree.get_by_role("treeitem", name=ada)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("treeitem", name=grace)).to_be_focused()
    page.keyboard.press("End")
    expect(tree.get_by_role("treeitem", name=linus)).to_be_focused()
    page.keyboard.press("a")
    expect(tree.get_by_role("treeitem", name=ada)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("treeitem", name=ada)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    heading(page).to_have_text("Ada Example")


def test_share_and_be_refused(windows: Windows) -> None:
    windows.live.site.node("/", "folder", "Bids")
    windows.live.site.node("/bids", "page", "Offer", body="Ten percent.")
    ada, member, outsider = windows.open("ada"), windows.open("bob"), windows.open("cy")
    ada.goto("/bids")
    ada.get_by_role("link", name="Share").click()
    ada.get_by_role("button", name="Stop inheriting").click()
    ada.get_by_role("dialog").get_by_role("button", name="Stop inheriting").click()
    ada.get_by_role("button", name="Remove Everyone signed in").click()
    ada.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(ada.get_by_text("Nothing is shared here itself.")).to_be_visible()
    ada.get_by_label("Share with").fill("Finance")
    ada.get_by_role("option", name="Finance").click()
    ada.get_by_role("button", name="Share", exact=True).click()
    preview = ada.get_by_role("dialog", name="Finance can view")
    expect(preview).to_contain_text("1 person gains access")
    preview.get_by_role("button", name="Share with Finance").click()
    expect(ada.get_by_text("Finance can view — set here")).to_be_visible()

    assert member.goto("/bids/offer").status == 200
    assert outsider.goto("/bids/nothing").status == 404
    missing = outsider.get_by_role("main").inner_text()
    assert outsider.goto("/bids/offer").status == 404
    heading(outsider).to_have_text("Nothing here")
    number = re.compile("request [0-9a-f]+")
    assert number.sub("", outsider.get_by_role("main").inner_text()) == number.sub("", missing)
    assert "Bids" not in outsider.request.get("/").text()
    outsider.get_by_label("Message").fill("I wrote it.")
    outsider.get_by_role("button", name="Ask for access").click()
    ada.goto("/-/requests")
    asked = ada.get_by_role("listitem").filter(has_text="I wrote it.").first
    asked.get_by_role("button", name="Grant").click()
    expect(ada.get_by_role("status").first).to_be_visible()
    assert outsider.goto("/bids/offer").status == 200
    expect(outsider.get_by_role("article")).to_contain_text("Ten percent.")


def test_move_trash_undo(windows: Windows) -> None:
    windows.live.site.node("/handbook", "folder", "Sheds")
    windows.live.site.node("/handbook/sheds", "page", "Bicycles")
    page = windows.open("ada")
    page.goto("/handbook/sheds")
    more(page, "link", "Move m")
    page.get_by_role("dialog").get_by_role("combobox", name="Place").fill("/empty-room")
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Sheds”")
    page.goto("/handbook/sheds/bicycles")
    expect(page).to_have_url(f"{windows.live.address}/empty-room/sheds/bicycles")

    page.goto("/empty-room/sheds")
    more(page, "button", "Move to trash")
    expect(page.get_by_role("status")).to_contain_text("Moved “Sheds” to the trash")
    expect(page).to_have_url(f"{windows.live.address}/empty-room")  # without what a reload would show again
    page.get_by_role("button", name="Undo").click()
    heading(page).to_have_text("Sheds")
    page.get_by_role("main").get_by_role("link", name="Bicycles").click()
    more(page, "button", "Move to trash")
    row = page.get_by_role("row", name="Bicycles")
    page.get_by_role("link", name="Trash", exact=True).click()
    row.get_by_role("button", name="Restore").click()
    heading(page).to_have_text("Bicycles")
    more(page, "button", "Move to trash")
    page.get_by_role("link", name="Trash", exact=True).click()
    row.get_by_role("link", name="Delete for good").click()
    page.get_by_role("button", name="Delete for good").click()
    heading(page).to_have_text("Trash")
    expect(row).to_have_count(0)


def test_phone(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Lunch", body="At noon.")
    page = windows.open("ada", **PHONE)
    page.goto("/")
    drawer = page.get_by_role("navigation", name="Main")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name="Handbook").tap()
    heading(page).to_have_text("Handbook")
    expect(drawer).to_be_hidden()
    page.get_by_role("main").get_by_role("link", name="Lunch").tap()
    edit = page.get_by_role("link", name="Edit")
    expect(edit).to_be_in_viewport()
    assert edit.bounding_box()["y"] > 780  # the actions stand where the thumb is
    edit.tap()
    page.get_by_label("Text").fill("At one.")
    save = page.get_by_role("button", name="Save page")
    expect(save).to_be_in_viewport()
    save.tap()
    expect(page.get_by_role("article")).to_contain_text("At one.")
    for path in ("/", "/handbook", "/handbook/leave", "/people", "/people/@chart", "/handbook/leave/@sharing"):
        page.goto(path)
        assert page.evaluate(OVERHANG) == 0, path


def test_keyboard_only(windows: Windows) -> None:
    with windows.live.site.session() as db:
        path = make_node(db, "/", "folder", "Letters").node.path
        for title in ("Alpha", "Beta", "Gamma"):
            make_node(db, path, "page", title, body=f"About {title}.")
        make_node(db, path, "folder", "Box")
    page = windows.open("ada")
    keys, toast = page.keyboard, page.locator(".toasts [role=status]")
    page.goto("/")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    keys.press("/")
    keys.type("letters")
    expect(page.get_by_role("option", name="Letters").first).to_be_visible()
    keys.press("Enter")
    heading(page).to_have_text("Letters")
    page.get_by_role("link", name="Alpha").last.focus()
    keys.press("End")
    keys.press("Enter")
    heading(page).to_have_text("Gamma")

    keys.press("e")
    text = page.get_by_label("Text")
    expect(text).to_have_value("About Gamma.")
    text.focus()
    keys.press("Control+A")
    keys.type("In the drawer / e.")  # while typing, letters are only letters
    keys.press("Control+S")
    expect(page.get_by_role("article")).to_contain_text("In the drawer / e.")
    keys.press("F2")
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()
    keys.press("Control+A")
    keys.type("Delta")
    keys.press("Enter")
    heading(page).to_have_text("Delta")
    keys.press("m")
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Place")).to_be_focused()
    keys.press("Control+A")
    keys.type(f"{path}/box")
    keys.press("Enter")
    expect(toast).to_contain_text("Moved “Delta”")
    expect(page).to_have_url(f"{windows.live.address}{path}/box/gamma")
    keys.press("Delete")
    expect(toast).to_contain_text("Moved “Delta” to the trash")
    keys.press("Control+Z")
    heading(page).to_have_text("Delta")
    keys.press("g")
    keys.press("p")
    heading(page).to_have_text("People")
