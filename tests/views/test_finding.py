"""Search, history, permanent links, the tree and the frame around every page."""

from __future__ import annotations

import pytest
from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import form_to


def test_search_marks_the_words(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Leave", body="You have **thirty** days & <b>more</b>.")
    site.node("/", "page", "Other", body="Nothing.")
    page = bob.get("/-/search?q=thirty", status=200)
    assert page.html.select_one("#results mark").text == "thirty"
    assert [link["href"] for link in page.html.select("#results a")] == ["/leave"]
    assert page.html.select_one(".found").text == "1 result for “thirty”."


def test_search_narrows_by_kind_and_place(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Leave matters")
    site.node("/leave-matters", "page", "Leave")
    site.node("/", "page", "Leave elsewhere")
    found = bob.get("/-/search?q=leave&kind=page&under=/leave-matters")
    assert [link["href"] for link in found.html.select("#results a")] == ["/leave-matters/leave"]
    everywhere = bob.get(found.html.select_one("a.chip")["href"])
    assert len(everywhere.html.select("#results > li")) == 2


def test_more_results_are_a_link(site: Site, bob: TestApp) -> None:
    for number in range(25):
        site.node("/", "page", f"Leave {number}")
    first = bob.get("/-/search?q=leave")
    second = bob.get(first.html.select_one("a[data-more]")["href"])
    links = {link["href"] for page in (first, second) for link in page.html.select("#results a")}
    assert len(links) == 25


@pytest.mark.parametrize("query", ["q=", "q=%22", "q=---", "q=zzz"])
def test_nothing_found_says_how_to_go_on(site: Site, bob: TestApp, query: str) -> None:
    page = bob.get(f"/-/search?{query}", status=200)
    assert "in quotes" in page
    assert not page.html.select("#results")


@pytest.mark.parametrize("query", ["q=a&kind=unicorn", "q=a&under=/nowhere", "q=a&cursor=nonsense"])
def test_a_search_that_cannot_be_understood_is_refused(bob: TestApp, query: str) -> None:
    bob.get(f"/-/search?{query}", status=400)


def test_history_tells_who_did_what_and_goes_back(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Twenty days a year.")
    form = form_to("/@edit", ada.get("/leave/@edit"))
    form["body"] = "Thirty days a year."
    form.submit(status=303)
    lines = [line.get_text(" ") for line in ada.get("/leave/@history").html.select("#changes .line-text")]
    assert [line.split() for line in lines] == [["Ada", "edited", "this", "text"], ["System", "created", "this"]]
    version = ada.get("/leave/@history/2", status=302).follow(status=200)
    assert [change.text for change in version.html.select("ins, del")] == ["Twenty", "Thirty"]
    first = ada.get("/leave/@version?of=1&with=now")
    page = form_to("/@revert", first).submit(status=303).follow()
    assert "Twenty days a year." in page.html.select_one(".prose").text
    assert "Went back to an earlier version" in page.html.select_one(".toast").text


def test_reverting_an_old_view_of_a_page_is_a_conflict(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="One.")
    for text in ("Two.", "Three."):
        form = form_to("/@edit", ada.get("/leave/@edit"))
        form["body"] = text
        form.submit(status=303)
    old = form_to("/@revert", ada.get("/leave/@version?of=1"))
    old["version"] = "2"
    old.submit(status=409)
    assert "Three." in ada.get("/leave")


@pytest.mark.parametrize("number", ["0", "9", "x", "", "9" * 40])
def test_a_version_that_never_was_is_not_found(site: Site, ada: TestApp, number: str) -> None:
    site.node("/", "page", "Leave")
    ada.get(f"/leave/@version?of={number}", status=404)


def test_permanent_links_follow_a_node(site: Site, ada: TestApp) -> None:
    node = site.node("/", "page", "Leave").node
    assert ada.get(f"/-/id/{node.id}", status=303).location.endswith("/leave")
    form = form_to("/@move", ada.get("/leave/@move"))
    form["slug"] = "holidays"
    form.submit(status=303)
    assert ada.get(f"/-/id/{node.id}", status=303).location.endswith("/holidays")
    form_to("/@trash", ada.get("/holidays")).submit(status=303)
    ada.get(f"/-/id/{node.id}", status=404)
    for number in ("0", "x", "9" * 40):
        ada.get(f"/-/id/{number}", status=404)


def test_the_tree_is_open_where_one_is(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "folder", "Work")
    site.node("/handbook/work", "page", "Leave")
    site.node("/", "folder", "Archive")
    site.node("/archive", "page", "Old")
    page = bob.get("/handbook/work")
    assert [link.text.strip() for link in page.html.select(".tree a")] == ["Archive", "Handbook", "Work", "Leave"]
    assert page.html.select_one(".tree a[aria-current]")["href"] == "/handbook/work"
    branch = page.html.select_one('.tree-toggle[aria-expanded="false"]')["data-branch"]
    assert [link["href"] for link in bob.get(branch, status=200).html.select("a")] == ["/archive/old"]


def test_what_is_shared_from_a_hidden_place_can_be_reached(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Board")
    site.grant("/board", inherits=False)
    site.node("/board", "folder", "Minutes")
    site.grant("/board/minutes", ("user:bob", "reader"))
    home = bob.get("/")
    assert home.html.select_one('section .line-title[href="/board/minutes"]')
    page = bob.get("/board/minutes", status=200)
    assert [crumb.text for crumb in page.html.select(".breadcrumbs li")] == ["Home", "Minutes"]
    assert page.html.select_one(".tree a[aria-current]")["href"] == "/board/minutes"


def test_long_breadcrumbs_are_folded(site: Site, bob: TestApp) -> None:
    path = ""
    for number in range(6):
        site.node(path or "/", "folder", f"Level {number}")
        path += f"/level-{number}"
    crumbs = bob.get(path).html.select(".breadcrumbs > ol > li > a, .breadcrumbs [aria-current]")
    assert [crumb.text for crumb in crumbs] == ["Home", "Level 4", "Level 5"]
    assert [item.text for item in bob.get(path).html.select(".breadcrumbs .menu-item")] == [
        f"Level {number}" for number in range(4)
    ]


def test_a_toast_is_for_its_maker_only(site: Site, ada: TestApp, bob: TestApp) -> None:
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"] = "Leave"
    address = form.submit(status=303).location
    assert ada.get(address).html.select(".toast")
    assert not bob.get(address).html.select(".toast")
    for number in ("", "x", "0", "9" * 40):
        assert not ada.get(f"/leave?changed={number}", status=200).html.select(".toast")


def test_undoing_what_others_built_on_is_refused(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="One.")
    pages = []
    for text in ("Two.", "Three."):
        form = form_to("/@edit", ada.get("/leave/@edit"))
        form["body"] = text
        pages.append(form.submit(status=303).follow())
    assert "changed again since" in form_to("/-/undo", pages[0]).submit(status=409)
    assert "Three." in ada.get("/leave")


def test_the_chosen_theme_is_in_the_page(bob: TestApp) -> None:
    assert "data-theme" not in bob.get("/").html.html.attrs
    bob.set_cookie("theme", "dark")
    assert bob.get("/").html.html["data-theme"] == "dark"
    bob.set_cookie("theme", "pink")
    assert "data-theme" not in bob.get("/").html.html.attrs


def test_pages_have_landmarks_and_no_inline_code(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Text.")
    for path in ("/", "/leave", "/leave/@edit", "/-/search", "/-/trash", "/@upload", "/leave/@history"):
        page = ada.get(path, status=200).html
        assert len(page.select("main")) == 1, path
        assert len(page.select("h1")) == 1, path
        assert not page.select("[style], style, script:not([src])"), path
        assert page.title.text.endswith("Intranet"), path


def test_no_link_or_button_leads_nowhere(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    site.node("/people", "employee", "Ada Example", email="ada@example.com")
    site.node("/", "folder", "Things")
    site.node("/things", "page", "Leave", body="# One\n\n# Two")
    seen: set[str] = set()
    paths = ("/", "/people", "/people/ada-example", "/things", "/things/leave", "/things/leave/@history", "/-/trash")
    for path in paths:
        links = {link["href"] for link in ada.get(path).html.select("a[href]")}
        for link in sorted(links - seen):
            if link.startswith("/"):
                assert ada.get(link).status_int in (200, 302, 303), f"{link} on {path}"
        seen |= links
    assert len(seen) > 40


def test_search_offers_facets_chips_and_orders(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Leave matters")
    site.node("/leave-matters", "page", "Leave")
    site.node("/", "page", "Leave elsewhere")
    page = bob.get("/-/search?q=leave&here=/leave-matters")
    facets = {link.span.text: link for link in page.html.select(".facets a")}
    assert facets["Pages"].select_one(".number").text == "2"
    assert facets["Leave matters"]["href"].endswith("under=%2Fleave-matters")
    assert [link.text for link in page.html.select(".scope a")] == ["Everywhere", "In “Leave matters”"]
    narrowed = bob.get(facets["Folders"]["href"])
    assert [link["href"] for link in narrowed.html.select("#results a")] == ["/leave-matters"]
    chip = narrowed.html.select_one(".filter-chips > a.chip")
    assert len(bob.get(chip["href"]).html.select("#results > li")) == 3
    by_title = bob.get(next(link["href"] for link in page.html.select(".sorts a") if link.text == "Title"))
    assert [link.text for link in by_title.html.select("#results a")] == ["Leave", "Leave elsewhere", "Leave matters"]
    days = bob.get("/-/search?q=leave&since=today&from=2020-01-31&to=2999-01-31&author=system")
    assert len(days.html.select("#results > li")) == 3
    assert len(days.html.select(".filter-chips > a.chip")) == 4
    part = bob.get("/-/search/results?q=leave&kind=folder")
    assert not part.html.select("main")
    assert len(part.html.select("#results > li")) == 1


def test_where_nothing_is_found_search_offers_what_was_meant(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Travel policy")
    site.node("/", "folder", "Board")
    site.node("/board", "page", "Acquisition")
    site.grant("/board", inherits=False)
    page = bob.get("/-/search?q=travel+polciy&kind=page")
    links = {link.text: link["href"] for link in page.html.select(".no-hits a")}
    assert set(links) == {
        "travel policy",
        "Search without “Pages”",
        "Search everywhere, for everything",
        "Browse the places",
    }
    assert len(bob.get(links["travel policy"]).html.select("#results > li")) == 1
    assert "acquisition" not in bob.get("/-/search?q=acqisition").text


@pytest.mark.parametrize("query", ["since=dawn", "from=soon", "to=0001-01-01", "sort=colour", "author__x=1&kind=x"])
def test_a_filter_that_cannot_be_understood_is_refused(bob: TestApp, query: str) -> None:
    bob.get(f"/-/search?q=a&{query}", status=400)


@pytest.mark.parametrize("quotes", ["“%s”", "„%s“", "«%s»", '"%s"'])
def test_a_phrase_may_stand_in_any_quotes(site: Site, bob: TestApp, quotes: str) -> None:
    site.node("/", "page", "One", body="A travel policy for all.")
    site.node("/", "page", "Two", body="A policy about travel.")
    page = bob.get("/-/search", {"q": quotes % "travel policy"})
    assert [link.text.strip() for link in page.html.select("#results h2")] == ["One"]
