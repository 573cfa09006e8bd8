"""The directory, profiles, photos, the chart and own entries in the browser."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from webtest import TestApp, Upload

from myplatform.models import Node
from tests.conftest import Site
from tests.sample import png
from tests.views.conftest import form_to


@pytest.fixture
def directory(site: Site) -> dict[str, int]:
    """Three plainly fictional people; the ids by first name."""
    site.node("/", "people", "People")
    ids: dict[str, int] = {}
    for name, unit, manager in (("Ada", "HR", None), ("Bob", "IT", "Ada"), ("Cleo", "IT", "Bob")):
        email = f"{name.lower()}@example.com"
        values = {"department": unit, "manager": ids.get(manager or ""), "email": email, "birthday": "03-31"}
        ids[name] = site.node("/people", "employee", f"{name} Example", **values).node.id
    return ids


def link(site: Site, ada: TestApp, user: str, path: str) -> None:
    page = ada.get(f"/-/admin/users/{user}/entry")
    form = form_to("/entry", page)
    form["entry"] = path
    form.submit(status=303)


def test_people_as_cards_as_remembered(directory: dict[str, int], bob: TestApp) -> None:
    assert not bob.get("/people").html.select(".person-card")
    cards = bob.get("/people?view=cards").html.select(".person-card")
    assert [card.h3.text for card in cards] == ["Ada Example", "Bob Example", "Cleo Example"]
    assert cards[0].select_one('a[href="mailto:ada@example.com"]')
    assert bob.get("/people").html.select(".person-card")
    assert bob.get("/people?view=table").html.select("table")


def test_several_values_of_a_facet_and_their_counts(directory: dict[str, int], bob: TestApp) -> None:
    page = bob.get("/people?department=HR&department=IT").html
    assert page.select_one("[data-says]").text == "3 people"
    checks = page.select("#facet-department label")
    assert [check.get_text(" ").split() for check in checks] == [["HR", "1"], ["IT", "2"]]
    one = bob.get(next(chip["href"] for chip in page.select("a.chip") if "HR" in chip.text)).html
    assert one.select_one("[data-says]").text == "2 people"


@pytest.mark.parametrize(("name", "begins"), [("csv", b"\xef\xbb\xbfName,"), ("xlsx", b"PK")])
def test_what_is_found_can_be_taken_along(directory: dict[str, int], bob: TestApp, name: str, begins: bytes) -> None:
    answer = bob.get(f"/people/@export?format={name}&department=IT&view=cards")
    assert answer.body.startswith(begins)
    assert f".{name}" in answer.headers["Content-Disposition"]
    if name == "csv":
        assert [line.split(",")[0] for line in answer.text.splitlines()[1:]] == ["Bob Example", "Cleo Example"]
        assert "Birthday" not in answer.text
    bob.get("/people/@export?format=doc", status=400)


def test_the_chart_opens_at_its_top_and_at_a_person(directory: dict[str, int], bob: TestApp) -> None:
    top = bob.get("/people/@chart").html.select(".chart-person strong")
    assert [name.text for name in top] == ["Ada Example", "Bob Example"]
    page = bob.get(f"/people/@chart?person={directory['Cleo']}").html
    assert page.select_one(".chart-person[aria-current] strong").text == "Cleo Example"
    assert len(page.select(".chart-person")) == 3
    branch = bob.get(f"/people/@chart-branch?of={directory['Ada']}").html
    assert [name.text for name in branch.select("strong")] == ["Bob Example"]
    whole = bob.get(f"/people/@chart?person={directory['Bob']}&whole=1").html
    assert len(whole.select(".chart-person")) == 2
    assert bob.get("/people/@chart?q=cleo").html.select_one(".chart-person[aria-current]")
    assert len(bob.get("/people/@chart?q=example").html.select(".found li")) == 3
    assert "Nobody here is called" in bob.get("/people/@chart?q=zoe")
    bob.get("/people/@chart?person=1", status=404)
    bob.get("/people/@chart-branch?of=1", status=404)


def test_a_level_with_many_people_is_drawn_in_parts(site: Site, directory: dict[str, int], bob: TestApp) -> None:
    for number in range(103):
        last = site.node("/people", "employee", f"Report {number:03}", manager=directory["Ada"]).node.id
    page = bob.get("/people/@chart").html
    assert len(page.select(".chart-person")) == 101
    rest = bob.get(page.select_one("[data-rest]")["data-rest"]).html
    assert len(rest.select(".chart-person")) == 4
    sought = bob.get(f"/people/@chart?person={last}").html
    assert len(sought.select(".chart-person")) == 102
    assert len(bob.get(sought.select_one("[data-rest]")["data-rest"]).html.select(".chart-person")) == 3


def test_a_contact_is_saved(directory: dict[str, int], bob: TestApp) -> None:
    card = bob.get("/people/ada-example/@vcard")
    assert card.content_type == "text/vcard"
    assert f"/-/id/{directory['Ada']}" in card.text.replace("\r\n ", "")


def test_own_entry_from_link_to_change(site: Site, directory: dict[str, int], ada: TestApp, bob: TestApp) -> None:
    bob.get("/people/bob-example/@edit-own", status=403)
    link(site, ada, "bob", "bob@example.com")
    profile = bob.get(f"/-/id/{directory['Bob']}").follow()
    assert bob.get("/").html.select_one(f'a[href="/-/id/{directory["Bob"]}"]')
    form = form_to("/@edit-own", profile.click(href="@edit-own"))
    assert {"department", "birthday", "photo"}.isdisjoint(form.fields)
    form["phone"] = "+1 206 555 0100"
    stale = form_to("/@edit-own", bob.get("/people/bob-example/@edit-own"))
    assert "+1 206 555 0100" in form.submit(status=303).follow()
    stale["phone"] = "+1 206 555 0199"
    again = stale.submit(status=409)
    assert "+1 206 555 0199" in form_to("/@edit-own", again)["phone"].value
    assert form_to("/@edit-own", again).submit(status=303)
    wrong = form_to("/@edit-own", bob.get("/people/bob-example/@edit-own"))
    wrong["absent_until"] = "soon"
    assert "soon" in wrong.submit(status=422)
    bob.get("/people/ada-example/@edit-own", status=403)
    bob.get("/people/bob-example/@edit", status=403)


def test_a_photo_is_cut_kept_and_taken_away(site: Site, directory: dict[str, int], ada: TestApp, bob: TestApp) -> None:
    bob.get("/people/bob-example/@photo", status=403)
    link(site, ada, "bob", "/people/bob-example")
    form = form_to("/@photo", bob.get("/people/bob-example/@photo"))
    form["photo"] = Upload("me.png", png(60, 40), "image/png")
    page = form.submit(status=303).follow()
    small = bob.get(page.html.select_one("article img.avatar")["src"])
    assert small.content_type == "image/webp"
    assert "PHOTO;ENCODING=b" in bob.get("/people/bob-example/@vcard")
    with site.session() as db:
        photo = db.execute(select(Node.path).where(Node.kind == "file")).scalar_one()
    site.grant(photo, inherits=False)
    assert "PHOTO" not in bob.get("/people/bob-example/@vcard")
    site.grant(photo, inherits=True)
    form["photo"] = Upload("me.txt", b"words", "text/plain")
    assert "is no image" in form.submit(status=422)
    taken = next(each for each in bob.get("/people/bob-example/@photo").forms.values() if "remove" in each.fields)
    assert not taken.submit(status=303).follow().html.select_one("article img.avatar")


def test_links_that_cannot_be_are_said(site: Site, directory: dict[str, int], ada: TestApp, bob: TestApp) -> None:
    form = form_to("/entry", ada.get("/-/admin/users/bob/entry"))
    for typed in ("Nobody Example", "/nowhere", "/people"):
        form["entry"] = typed
        assert typed in form_to("/entry", form.submit(status=422))["entry"].value
    bob.get("/-/admin/users/bob/entry", status=403)


def test_an_account_with_the_same_address_is_offered(site: Site, directory: dict[str, int], ada: TestApp) -> None:
    form = form_to("/-/admin/users/ada", ada.get("/-/admin/users/ada"))
    form["email"] = "ada@example.com"
    form.submit(status=303)
    page = ada.get("/people/ada-example")
    assert "make sure that it is them" in page
    assert form_to("/ada/entry", page).submit(status=303).location.endswith("/people/ada-example")
    assert ada.get("/people/ada-example").html.select_one('.rail a[href="/-/admin/users/ada"]')


def test_a_profile_takes_few_statements(directory: dict[str, int], bob: TestApp, site: Site) -> None:
    for path, most in (("/people/bob-example", 12), ("/people?view=cards", 7), ("/people/@chart", 4)):
        bob.get(path)
        with site.statements as seen:
            bob.get(path, status=200)
        assert len(seen) <= most, (path, "\n\n".join(seen))
