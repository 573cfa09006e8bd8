"""What scripts make quicker: the tree, more of a list, the theme, copying; and that nobody else's script runs."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.conftest import make_node
from tests.sample import HTML, SVG, put_file


def test_the_tree_opens_in_place_and_by_arrow_keys(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/")
    tree = page.get_by_role("list", name="Places")
    expect(tree.get_by_role("link", name="Leave", exact=True)).to_have_count(0)
    tree.get_by_role("button", name="What is in Handbook").click()
    expect(tree.get_by_role("link", name="Leave", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{windows.live.address}/")
    tree.get_by_role("link", name="Leave", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("link", name="Parental leave")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(tree.get_by_role("link", name="Parental leave")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Parental leave")
    expect(tree.get_by_role("link", name="Parental leave")).to_have_attribute("aria-current", "page")


def test_more_of_a_list_comes_in_place(windows: Windows) -> None:
    with windows.live.site.session() as db:
        make_node(db, "/", "folder", "Minutes of meetings")
        for number in range(60):
            make_node(db, "/minutes-of-meetings", "page", f"Meeting {number:02}")
    page = windows.open("bob")
    page.goto("/minutes-of-meetings?limit=25")
    rows = page.get_by_role("rowheader")
    for count in (25, 50):
        expect(rows).to_have_count(count)
        page.get_by_role("link", name="Load more").click()
    expect(rows).to_have_count(60)
    expect(rows.last).to_contain_text("Meeting 59")
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    expect(page).to_have_url(f"{windows.live.address}/minutes-of-meetings?limit=25")


def test_the_chosen_theme_stays(windows: Windows) -> None:
    page = windows.open("bob", color_scheme="light")
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).color")
    page.get_by_role("navigation", name="Main").locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/handbook")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).color") != light
    page.get_by_role("navigation", name="Main").locator("summary").click()
    page.get_by_role("button", name="System").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).color") == light


def test_a_new_token_is_copied(windows: Windows) -> None:
    page = windows.open("bob", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/-/account/tokens")
    page.get_by_label("What it is for").fill("Payroll")
    page.get_by_role("button", name="Make token").click()
    token = page.get_by_label("The new token").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.reload()  # asks to send the form again, which Playwright agrees to
    expect(page.get_by_label("The new token")).not_to_have_value(token)


def test_uploaded_pages_and_scripts_do_not_run(windows: Windows) -> None:
    site = windows.live.site
    paths = {name: put_file(site, "/empty-room", name, content) for name, content in (("a.html", HTML), ("a.svg", SVG))}
    script = put_file(site, "/empty-room", "a.js", b"document.title = 'taken over'")
    page = windows.open("bob")
    ran = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    for path in paths.values():
        page.goto(path)
        expect(page.get_by_role("main")).to_be_visible()
        link = page.get_by_role("link", name="Download").first
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename in paths
    page.goto("/handbook")
    loaded = page.evaluate(
        """(source) => new Promise((done) => {
          const script = document.createElement("script");
          script.src = source;
          script.onload = () => done("loaded");
          script.onerror = () => done("refused");
          document.head.append(script);
        })""",
        f"{script}/@content",
    )
    assert loaded == "refused"
    assert "taken over" not in page.title()
    assert ran == []
    windows.complaints[:] = [each for each in windows.complaints if f"{script}/@content" not in each]


def test_injected_code_is_refused_by_the_policy(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/handbook/leave")
    page.evaluate(
        """() => {
          const image = document.createElement("img");
          image.setAttribute("onerror", "document.title = 'taken over'");
          image.src = "data:,";
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken over'";
          document.body.append(image, script);
          return new Promise((done) => image.addEventListener("error", done));
        }"""
    )
    assert "taken over" not in page.title()
    assert any("securitypolicyviolation: script-src" in each for each in windows.complaints)
    windows.complaints.clear()  # this once they are wanted
