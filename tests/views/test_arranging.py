"""Moving, renaming, copying, ordering and the trash in the browser."""

from __future__ import annotations

import pytest
from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import form_to


@pytest.fixture
def handbook(site: Site) -> None:
    """A folder with a page, and a second folder."""
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave", body="Thirty days.")
    site.node("/", "folder", "Archive")


@pytest.mark.usefixtures("handbook")
def test_moving_renames_and_leaves_redirects(ada: TestApp) -> None:
    form = form_to("/@move", ada.get("/handbook/leave/@move"))
    assert (form["title"].value, form["to"].value, form["slug"].value) == ("Leave", "/handbook", "leave")
    form["to"], form["title"], form["slug"] = "/archive", "Holidays", "holidays"
    page = form.submit(status=303).follow(status=200)
    assert (page.request.path, page.html.h1.text) == ("/archive/holidays", "Holidays")
    assert ada.get("/handbook/leave", status=301).location.endswith("/archive/holidays")
    old = ada.get("/handbook/leave/@history?before=9", status=301)
    assert old.location.endswith("/archive/holidays/@history?before=9")


@pytest.mark.usefixtures("handbook")
def test_a_move_can_be_undone(ada: TestApp) -> None:
    form = form_to("/@move", ada.get("/handbook/leave/@move"))
    form["to"] = "/archive"
    page = form.submit(status=303).follow()
    assert form_to("/-/undo", page).submit(status=303).follow(status=200).request.path == "/handbook/leave"


@pytest.mark.usefixtures("handbook")
@pytest.mark.parametrize(
    ("path", "name", "typed", "answer"),
    [
        ("/handbook", "to", "/handbook/leave", "into itself"),
        ("/handbook/leave", "to", "/nowhere", "there is nothing at /nowhere"),
        ("/handbook/leave", "title", "", "cannot be empty"),
        ("/handbook", "slug", "archive", "There already is something called"),
        ("/handbook", "slug", "@edit", ""),
    ],
)
def test_what_cannot_be_is_said_and_kept(ada: TestApp, path: str, name: str, typed: str, answer: str) -> None:
    form = form_to("/@move", ada.get(f"{path}/@move"))
    form[name] = typed
    page = form.submit(status=422)
    assert answer in page.html.select_one(f"#error-{name}").text
    assert form_to("/@move", page)[name].value == typed
    ada.get(path, status=200)


@pytest.mark.usefixtures("handbook")
def test_a_copy_that_more_can_reach_asks_first_for_each_place(site: Site, ada: TestApp) -> None:
    site.user("bob")
    site.grant("/handbook", inherits=False)
    site.node("/", "folder", "Open")
    site.node("/", "folder", "Open, too")
    form = form_to("/@copy", ada.get("/handbook/leave/@copy"))
    form["to"] = "/open"
    page = form.submit(status=200)
    assert "More people can reach the copy" in page
    form = form_to("/@copy", page)
    form["to"] = "/open-too"
    page = form.submit(status=200)
    assert "More people can reach the copy" in page
    page = form_to("/@copy", page).submit(status=303).follow(status=200)
    assert page.request.path.startswith("/open-too/")


@pytest.mark.usefixtures("handbook")
def test_copying_takes_along_what_is_inside(ada: TestApp) -> None:
    form = form_to("/@copy", ada.get("/handbook/@copy"))
    form["to"], form["title"] = "/archive", "Old handbook"
    page = form.submit(status=303).follow(status=200)
    assert page.request.path == "/archive/handbook"
    assert "Thirty days." in ada.get("/archive/handbook/leave")
    assert "Thirty days." in ada.get("/handbook/leave")


@pytest.mark.usefixtures("handbook")
def test_order_follows_the_numbers(site: Site, ada: TestApp) -> None:
    for title in ("Alpha", "Beta"):
        site.node("/handbook", "page", title)
    form = form_to("/@order", ada.get("/handbook/@order"))
    places = [name for name in form.fields if name and name.startswith("place-")]
    form[places[2]] = "0.5"
    page = form.submit(status=303).follow()
    assert [link.text for link in page.html.select("tbody a.title")] == ["Leave", "Alpha", "Beta"]


@pytest.mark.usefixtures("handbook")
def test_a_place_that_is_no_number_is_refused(ada: TestApp) -> None:
    form = form_to("/@order", ada.get("/handbook/@order"))
    form[next(name for name in form.fields if name and name.startswith("place-"))] = "first"
    assert "is not a number" in form.submit(status=422)


@pytest.mark.usefixtures("handbook")
def test_trash_and_undo(ada: TestApp) -> None:
    page = form_to("/@trash", ada.get("/handbook")).submit(status=303).follow(status=200)
    assert "Moved “Handbook” to the trash" in page.html.select_one(".toast").text
    ada.get("/handbook/leave", status=404)
    form_to("/-/undo", page).submit(status=303)
    assert "Thirty days." in ada.get("/handbook/leave")


@pytest.mark.usefixtures("handbook")
def test_restoring_from_the_trash(ada: TestApp) -> None:
    form_to("/@trash", ada.get("/handbook")).submit(status=303)
    trash = ada.get("/-/trash", status=200)
    assert [line.text.strip() for line in trash.html.select("tbody th")] == ["Handbook"]
    page = form_to("/restore", trash).submit(status=303).follow(status=200)
    assert page.request.path == "/handbook"
    assert "The trash is empty." in ada.get("/-/trash")


@pytest.mark.usefixtures("handbook")
def test_purging_asks_first_and_cannot_be_undone(ada: TestApp) -> None:
    form_to("/@trash", ada.get("/handbook")).submit(status=303)
    question = ada.get("/-/trash").click("Delete for good")
    assert "and 1 thing in it" in question
    page = form_to("/purge", question).submit(status=303).follow(status=200)
    assert "Deleted “Handbook” for good" in page.html.select_one(".toast").text
    assert not page.html.select(".toast form")
    assert "The trash is empty." in page


@pytest.mark.usefixtures("handbook")
def test_what_is_not_in_the_trash_is_not_purged(site: Site, ada: TestApp) -> None:
    node = site.node("/", "page", "Alive").node
    ada.get(f"/-/trash/{node.id}/purge", status=404)


@pytest.mark.usefixtures("handbook")
def test_readers_see_no_buttons_in_the_trash(ada: TestApp, bob: TestApp) -> None:
    form_to("/@trash", ada.get("/handbook")).submit(status=303)
    trash = bob.get("/-/trash", status=200)
    assert "Handbook" in trash.html.select_one("tbody").text
    assert not trash.html.select("tbody form, tbody a")
    token = form_to("/-/sign-out", trash)["csrf_token"].value
    number = ada.get("/-/trash").html.select_one("tbody form")["action"].split("/")[3]
    bob.post(f"/-/trash/{number}/restore", {"csrf_token": token}, status=403)


def test_home_cannot_be_trashed(ada: TestApp) -> None:
    assert not ada.get("/").html.select('form[action$="@trash"]')
