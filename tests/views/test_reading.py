"""Reading in the browser: home, pages, folders, people and any other kind."""

from __future__ import annotations

import re

from webtest import TestApp

from myplatform.actions.arrangement import move_node
from myplatform.identity import SYSTEM
from myplatform.queries.nodes import node_by_path
from tests.conftest import Site
from tests.views.conftest import form_to


def test_home_shows_places_and_what_changed(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Welcome", body="Hello.")
    page = bob.get("/", status=200)
    assert page.html.find("h2", string="Recently changed")
    assert [link["href"] for link in page.html.select("section .line-title")].count("/welcome") == 2


def test_home_gives_first_steps_to_administrators_only(site: Site, ada: TestApp, bob: TestApp) -> None:
    assert "First steps" in ada.get("/")
    assert "First steps" not in bob.get("/")


def test_first_steps_go_away_once_done(site: Site, ada: TestApp) -> None:
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"] = "First page"
    form.submit(status=303)
    assert ada.get("/").html.select(".checklist .icon[aria-label=Done]")


def test_page_is_rendered_with_its_contents(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Leave", body="# One\n\ntext *here*\n\n## Two\n\n<script>alert(1)</script>")
    page = bob.get("/leave", status=200)
    assert page.html.select_one(".prose em").text == "here"
    assert [link.text.strip() for link in page.html.select(".rail .toc a")] == ["One", "Two"]
    assert not page.html.select(".prose script")


def test_links_lead_to_where_a_page_stands_now(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave", body="[pay](pay) [gone](nothing-here)")
    site.node("/handbook", "page", "Pay")
    form = form_to("/@move", ada.get("/handbook/pay/@move"))
    form["to"] = "/"
    form.submit(status=303)
    links = {link.text: link for link in ada.get("/handbook/leave").html.select(".prose a")}
    assert links["pay"]["href"] == "/pay"
    assert "missing" in links["gone"]["class"]


def test_images_in_a_text_come_as_bytes(site: Site, bob: TestApp) -> None:
    values = {"file_name": "plan.png", "media_type": "image/png", "size": 1, "sha256": "0" * 64}
    path = site.node("/", "file", "Ground plan", **values).node.path
    site.node("/", "page", "House", body=f"![a plan]({path})")
    assert bob.get("/house").html.select_one(".prose img")["src"] == "/ground-plan/@content"


def test_folder_lists_what_is_in_it_in_order(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    for title in ("Zebra", "apple", "Mango"):
        site.node("/things", "page", title)
    assert titles(bob.get("/things")) == ["apple", "Mango", "Zebra"]
    assert titles(bob.get("/things?sort=-title")) == ["Zebra", "Mango", "apple"]


def test_more_of_a_long_list_is_a_link(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    for number in range(5):
        site.node("/things", "page", f"Page {number}")
    first = bob.get("/things?limit=3")
    following = bob.get(first.html.select_one("a[data-more]")["href"])
    assert titles(first) + titles(following) == [f"Page {number}" for number in range(5)]
    assert not following.html.select("a[data-more]")


def test_a_filter_that_is_no_field_is_refused_in_words(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    answer = bob.get("/things?colour=red", status=400)
    assert "colour" in answer


def test_empty_folder_offers_what_the_reader_may_do(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    assert "New page" in ada.get("/things").html.select_one(".empty").text
    assert "New page" not in bob.get("/things").html.select_one(".empty").text


def test_people_are_filtered_sorted_and_searched(site: Site, bob: TestApp) -> None:
    people(site)
    assert titles(bob.get("/people")) == ["Ada Example", "Grace Example", "Linus Example"]
    assert titles(bob.get("/people?department=Finance&q=&location=")) == ["Ada Example", "Linus Example"]
    assert titles(bob.get("/people?sort=-age")) == ["Grace Example", "Ada Example", "Linus Example"]
    assert titles(bob.get("/people?q=grace")) == ["Grace Example"]


def test_chosen_filters_are_chips_that_take_them_away(site: Site, bob: TestApp) -> None:
    people(site)
    page = bob.get("/people?department=Finance&sort=-age")
    chip = page.html.select_one("a.chip")
    assert chip.text.strip() == "Department: Finance"
    assert titles(bob.get(chip["href"])) == ["Grace Example", "Ada Example", "Linus Example"]


def test_columns_can_be_chosen(site: Site, bob: TestApp) -> None:
    people(site)
    page = bob.get("/people?column=age&column=location")
    heads = page.html.select("thead th:not(.choose)")
    assert [head.text.strip() for head in heads] == ["Name", "Age", "Location"]  # in the order asked for
    assert [box["value"] for box in page.html.select("input[name=column]")][:2] == ["job_title", "department"]


def test_nobody_found_is_said(site: Site, bob: TestApp) -> None:
    people(site)
    assert "Nobody fits this." in bob.get("/people?department=Nowhere")


def test_profile_has_contact_manager_and_reports(site: Site, bob: TestApp) -> None:
    people(site)
    page = bob.get("/people/ada-example", status=200)
    facts = {term.text: term.find_next("dd").text.strip() for term in page.html.select("article dt")}
    assert facts["Department"] == "Finance"
    assert page.html.select_one('a[href="mailto:ada@example.com"]')
    assert page.html.select_one('article .lines a[href="/people/linus-example"]')
    assert bob.get("/people/linus-example").html.select_one('dd a[href="/people/ada-example"]')


def test_what_is_hidden_is_nowhere(site: Site, bob: TestApp) -> None:
    secret = site.node("/", "folder", "Secret plans").node
    site.grant("/secret-plans", inherits=False)
    site.node("/", "page", "Open", body="[plans](secret-plans)")
    for path in ("/", "/open", "/-/recent", "/-/search?q=secret"):
        assert "Secret plans" not in bob.get(path), path
    bob.get("/secret-plans", status=404)
    bob.get(f"/-/id/{secret.id}", status=404)
    bob.get(f"/-/branches/{secret.id}", status=404)


def test_history_tells_no_names_of_hidden_places_that_something_has_come_from(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Open")
    site.node("/", "folder", "Board")
    site.grant("/board", inherits=False)
    site.node("/board", "folder", "Layoffs")
    site.node("/board/layoffs", "page", "Plan")
    for slug in ("plan", "the-plan"):
        with site.session() as db:
            node = node_by_path(db, "/board/layoffs/plan" if slug == "plan" else "/open/plan")
            move_node(db, node, by=SYSTEM, to=node_by_path(db, "/open"), slug=slug)
    told = [line.text for line in bob.get("/open/the-plan/@history").html.select(".where")]
    assert told == ["from /open/plan to /open/the-plan", "to /open/plan"]
    assert "layoffs" not in site.client("bob", "read").get("/api/v1/changes")


def test_visitors_are_led_to_sign_in(site: Site) -> None:
    answer = site.browser().get("/", status=303)
    assert "/-/sign-in" in answer.location


def test_a_page_takes_nine_statements_at_any_depth(site: Site, bob: TestApp) -> None:
    path = ""
    for number in range(8):
        site.node(path or "/", "folder", f"Level {number}")
        path += f"/level-{number}"
    site.node(path, "page", "Deep", body="[up](..)")
    site.node("/", "page", "Shallow", body="[home](/)")
    for place in ("/shallow", f"{path}/deep"):
        bob.get(place)
        with site.statements as seen:
            bob.get(place, status=200)
        assert len(seen) <= 9, "\n\n".join(seen)


def people(site: Site) -> None:
    """Three plainly fictional people, Linus reporting to Ada."""
    site.node("/", "people", "People")
    entries = (("Ada", 36, "Finance"), ("Grace", 41, "IT"))
    made = {
        name: site.node(
            "/people", "employee", f"{name} Example", age=age, department=unit, email=f"{name.lower()}@example.com"
        )
        for name, age, unit in entries
    }
    site.node("/people", "employee", "Linus Example", department="Finance", manager=made["Ada"].node.id)


def titles(page: TestApp) -> list[str]:
    """The titles in the page's table."""
    return [re.sub(r"\s+", " ", link.text).strip() for link in page.html.select("tbody a.title")]
