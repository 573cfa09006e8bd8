"""Choosing several things and doing something with all of them, without JavaScript and as scripts ask."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from webtest import TestApp

from tests.conftest import Site
from tests.sample import png, put_file
from tests.views.conftest import form_to


@pytest.fixture
def shelf(site: Site) -> dict[str, int]:
    """A folder with two pages and a folder, another folder, and a page that only administrators see."""
    ids = {}
    for path, kind in (("/a", "folder"), ("/b", "folder"), ("/a/one", "page"), ("/a/two", "page"), ("/a/in", "folder"),
                       ("/a/in/deep", "page"), ("/a/secret", "page")):
        parent, _, title = path.rpartition("/")
        text = {"body": f"Of {title}."} if kind == "page" else {}
        ids[path] = site.node(parent or "/", kind, title, **text).node.id
    site.grant("/a/secret", inherits=False)
    return ids


def send(browser: TestApp, what: str, ids: list[int], **fields: str):
    """What checking boxes on /a and pressing a button of the bar sends, whatever comes of it."""
    token = form_to("/-/sign-out", browser.get("/a"))["csrf_token"].value
    given = [("csrf_token", token), ("back", "/a?sort=-title"), *fields.items(), *(("node", str(each)) for each in ids)]
    return browser.post(f"/-/selection/{what}", given, expect_errors=True)


def titles(browser: TestApp, path: str) -> list[str]:
    """What the table of a place lists."""
    return [link.text for link in browser.get(path).html.select("tbody a.title")]


def test_the_bar_posts_the_checked_boxes_and_leads_back(ada: TestApp, shelf: dict[str, int]) -> None:
    page = ada.get("/a?sort=-title")
    boxes = page.html.select('tbody input[type=checkbox][form="selection"]')
    assert {int(box["value"]) for box in boxes} == {shelf[f"/a/{name}"] for name in ("one", "two", "in", "secret")}
    assert form_to("/-/selection/trash", page)["back"].value == "/a?sort=-title"


def test_trashing_several_and_undoing_once(ada: TestApp, shelf: dict[str, int]) -> None:
    page = send(ada, "trash", [shelf["/a/one"], shelf["/a/in"]]).follow(status=200)
    assert page.request.path_qs.startswith("/a?sort=-title&changed=")
    assert "Moved 2 things to the trash" in page.html.select_one(".toast p").text
    assert titles(ada, "/a") == ["secret", "two"]
    page = form_to("/-/undo", page).submit(status=303).follow(status=200)
    assert "Restored 2 things" in page.html.select_one(".toasts > .toast p").text
    assert titles(ada, "/a") == ["in", "one", "secret", "two"]
    assert "Several things at once" in ada.get("/-/admin/audit")


def test_moving_asks_where_to(ada: TestApp, shelf: dict[str, int]) -> None:
    page = send(ada, "move", [shelf["/a/one"], shelf["/a/in"]])
    assert "Move 2 things" in page.html.h1.text
    form = form_to("/-/selection/move", page)
    form["to"] = "/nowhere"
    page = form.submit(status=422)
    assert "nothing at /nowhere" in page.html.select_one("#error-to").text
    form = form_to("/-/selection/move", page)
    form["to"] = "/b"
    page = form.submit(status=303).follow()
    assert "Moved 2 things" in page.html.select_one(".toasts > .toast p").text
    assert titles(ada, "/b") == ["in", "one"]
    ada.get("/a/in/deep", status=301)


def test_copying_several(ada: TestApp, shelf: dict[str, int]) -> None:
    form = form_to("/-/selection/copy", send(ada, "copy", [shelf["/a/one"], shelf["/a/in"]]))
    form["to"] = "/b"
    assert "Copied 2 things" in form.submit(status=303).follow().html.select_one(".toasts > .toast p").text
    assert titles(ada, "/b") == ["in", "one"]
    assert "one" in titles(ada, "/a")


def test_copies_that_more_can_reach_ask_first(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    site.user("bob")
    form = form_to("/-/selection/copy", send(ada, "copy", [shelf["/a/one"], shelf["/a/secret"]]))
    form["to"] = "/b"
    page = form.submit(status=200)
    assert "More people can reach the copy" in page
    assert "1 person gains access: can view" in page
    assert titles(ada, "/b") == []
    form_to("/-/selection/copy", page).submit(status=303)
    assert titles(ada, "/b") == ["one", "secret"]


def test_a_move_that_others_would_notice_asks_first(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    site.user("bob")
    site.grant("/b", ("user:bob", "manager"))
    form = form_to("/-/selection/move", send(ada, "move", [shelf["/a/one"]]))
    form["to"] = "/b"
    page = form.submit(status=200)
    assert "This changes who can reach it" in page
    assert titles(ada, "/b") == []
    form_to("/-/selection/move", page).submit(status=303)
    assert titles(ada, "/b") == ["one"]


def test_what_hinders_is_listed_and_nothing_happens(site: Site, bob: TestApp, shelf: dict[str, int]) -> None:
    site.grant("/a/one", ("user:bob", "editor"))
    page = send(bob, "trash", [shelf["/a/one"], shelf["/a/two"], shelf["/a/secret"]])
    assert page.status_int == 409
    told = [line.text.strip() for line in page.html.select("[role=alert] li")]
    assert told == ["Somethingit is gone, or you may not see it", "twoyou may not do this with it"]
    assert titles(bob, "/a") == ["in", "one", "two"]


@pytest.mark.parametrize("what", ["trash", "move", "copy", "share", "restore", "purge", "zip"])
def test_nothing_chosen_is_said(ada: TestApp, shelf: dict[str, int], what: str) -> None:
    assert "nothing was chosen" in send(ada, what, []).text


@pytest.mark.parametrize("back", ["//evil.example/x", "https://evil.example/", "/\\evil.example"])
def test_nobody_is_led_to_another_site(ada: TestApp, shelf: dict[str, int], back: str) -> None:
    answer = send(ada, "trash", [shelf["/a/one"]], back=back)
    token = form_to("/-/sign-out", ada.get("/a"))["csrf_token"].value
    answer = ada.post("/-/selection/trash", {"csrf_token": token, "back": back, "node": shelf["/a/two"]}, status=303)
    assert answer.location.startswith("http://localhost/?changed=")


def test_restoring_and_deleting_several_for_good(ada: TestApp, bob: TestApp, shelf: dict[str, int]) -> None:
    ids = [shelf["/a/one"], shelf["/a/two"], shelf["/a/in"]]
    send(ada, "trash", ids)
    trash = ada.get("/-/trash")
    assert len(trash.html.select('tbody input[form="selection"]')) == 3
    assert not bob.get("/-/trash").html.select('tbody input[form="selection"]')
    assert send(bob, "purge", ids).status_int == 409
    send(ada, "restore", ids[:1])
    page = send(ada, "purge", ids[1:])
    assert "These 2 things" in page
    form_to("/-/selection/purge", page).submit(status=303)
    assert "The trash is empty." in ada.get("/-/trash")


def test_sharing_several_shows_what_it_does_first(site: Site, ada: TestApp, bob: TestApp, shelf) -> None:
    site.grant("/a/one", inherits=False)
    page = send(ada, "share", [shelf["/a/one"], shelf["/a/in"], shelf["/a/secret"]])
    assert "Share 3 things" in page.html.h1.text
    form = form_to("/-/selection/share", page)
    form["principal"] = "nobody-here"
    page = form.submit(status=422)
    assert "nobody-here" in page.html.select_one("#error-principal").text
    form = form_to("/-/selection/share", page)
    form["principal"], form["role"] = "bob", "editor"
    page = form.submit(status=200)
    told = [section.text for section in page.html.select("main section")]
    assert [("one" in text, "secret" in text, "in" in text.split()) for text in told] == [
        (True, True, False), (False, False, True)
    ]
    assert "1 person gains access: can edit" in told[0]
    assert "1 person may do more: can edit (now: can view)" in told[1]
    bob.get("/a/secret", status=404)
    page = form_to("/-/selection/share", page).submit(status=303).follow(status=200)
    assert "Changed who can reach 3 things" in page.html.select_one(".toast p").text
    assert page.request.path_qs.startswith("/a?sort=-title&changed=")
    bob.get("/a/secret", status=200)
    form_to("/-/undo", page).submit(status=303)
    bob.get("/a/secret", status=404)


def test_what_several_do_is_shown_anew_once_the_sharing_has_changed(site: Site, ada: TestApp, shelf) -> None:
    site.user("bob")
    form = form_to("/-/selection/share", send(ada, "share", [shelf["/a/one"], shelf["/a/two"]]))
    form["principal"] = "signed-in"
    preview = form.submit(status=200)
    site.grant("/a/two", ("user:bob", "manager"))
    page = form_to("/-/selection/share", preview).submit(status=422)
    assert "changed meanwhile" in page
    form_to("/-/selection/share", page).submit(status=303)


def test_only_what_one_may_share_is_shared_and_the_rest_named(site: Site, bob: TestApp, shelf: dict[str, int]) -> None:
    assert "Share" not in bob.get("/a").html.select_one("#selection").text
    assert send(bob, "share", [shelf["/a/one"]]).status_int == 409
    site.grant("/a", ("user:bob", "manager"))
    assert "Share" in bob.get("/a").html.select_one("#selection").text
    site.grant("/a/two", ("user:bob", "editor"), inherits=False)
    page = send(bob, "share", [shelf["/a/one"], shelf["/a/two"]])
    told = [line.text.strip() for line in page.html.select("[role=alert] li")]
    assert (page.status_int, told) == (409, ["twoyou may not do this with it"])
    page = send(bob, "share", [shelf["/a/one"]], do="add", principal="bob", role="reader")
    assert "Nobody’s access changes by this." in page
    page = send(bob, "share", [shelf["/a/one"]], do="stop")
    assert (page.status_int, "not one of this page" in page.text) == (422, True)
    page = send(bob, "share", [shelf["/a/one"]], do="add", principal="bob", role="king")
    assert (page.status_int, "no role" in page.text) == (422, True)


def drop(browser: TestApp, ids: list[int], to: int, **fields: str):
    """What a script asks when rows were dropped."""
    return send(browser, "drop", ids, to=str(to), script="yes", **fields)


def test_a_drop_moves_or_orders_and_can_be_undone(ada: TestApp, shelf: dict[str, int]) -> None:
    go = drop(ada, [shelf["/a/one"]], shelf["/b"]).json["go"]
    page = ada.get(go, status=200)
    assert titles(ada, "/b") == ["one"]
    form_to("/-/undo", page).submit(status=303)
    go = drop(ada, [shelf["/a/two"]], shelf["/a"], placed="yes", before=str(shelf["/a/in"])).json["go"]
    assert "Changed the order of" in ada.get(go).html.select_one(".toasts > .toast p").text
    assert titles(ada, "/a")[0] == "two"


def test_a_drop_that_cannot_be_says_why(site: Site, ada: TestApp, bob: TestApp, shelf: dict[str, int]) -> None:
    answer = drop(ada, [shelf["/a"]], shelf["/a/in"])
    assert answer.status_int == 409
    assert "into itself" in answer.json["message"]
    answer = drop(ada, [shelf["/a/one"]], shelf["/b"], **{f"version-{shelf['/a/one']}": "9"})
    assert "changed by somebody else" in answer.json["message"]
    assert "may not do this" in drop(bob, [shelf["/a/one"]], shelf["/b"]).json["message"]
    assert "gone" in drop(bob, [shelf["/a/one"]], shelf["/a/secret"]).json["message"]
    assert titles(ada, "/b") == []


def test_a_drop_that_others_would_notice_asks_first(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    site.user("bob")
    site.grant("/b", ("user:bob", "manager"))
    question = drop(ada, [shelf["/a/one"]], shelf["/b"]).json["ask"]
    assert "Move 1 thing into" in question
    assert 'name="sure"' in question
    send(ada, "drop", [shelf["/a/one"]], to=str(shelf["/b"]), sure="yes").follow(status=200)
    assert titles(ada, "/b") == ["one"]


def names(answer) -> list[str]:
    """What a zip has, after checking it."""
    with ZipFile(BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def test_a_place_as_a_zip_has_only_what_the_asker_sees(site: Site, ada: TestApp, bob: TestApp, shelf) -> None:
    put_file(site, "/a/in", "Büro plan.png", png())
    site.node("/a", "page", "in")  # numbered by its address, beside the folder of that title
    answer = bob.get("/a/@zip", status=200)
    assert answer.content_type == "application/zip"
    assert "filename=\"a.zip\"" in answer.headers["Content-Disposition"]
    whole = ["in-2.md", "in/büro-plan.png", "in/deep.md", "in/index.md", "index.md", "one.md", "two.md"]
    assert [each.lower() for each in names(answer)] == whole
    assert "secret.md" in names(ada.get("/a/@zip"))
    with ZipFile(BytesIO(answer.body)) as archive:
        assert b"Of deep." in archive.read("in/deep.md")
        assert archive.read(next(each for each in archive.namelist() if each.endswith(".png"))) == png()


def test_a_selection_as_a_zip(bob: TestApp, shelf: dict[str, int]) -> None:
    answer = send(bob, "zip", [shelf["/a/one"], shelf["/a/in"], shelf["/a/in/deep"]])
    assert names(answer) == ["in/deep.md", "in/index.md", "one.md"]
    assert send(bob, "zip", [shelf["/a/secret"]]).status_int == 409


def test_bytes_that_are_lost_are_named_in_the_zip(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    path = put_file(site, "/b", "lost.png", png())
    for content in list(site.registry["files"].folder.glob("??/??/*")):
        content.unlink()
    with ZipFile(BytesIO(ada.get("/b/@zip").body)) as archive:
        assert archive.read("MISSING.txt").decode() == f"{path.rpartition('/')[2]}\n"


def test_how_much_a_zip_has_is_bounded(site: Site, ada: TestApp, shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put_file(site, "/a", "big.png", png(400, 400))
    monkeypatch.setattr("myplatform.views.zips._most", lambda request: {"most_bytes": 1 << 30, "most_nodes": 3})
    assert "has 7 things; at most 3" in ada.get("/a/@zip", status=422)
    monkeypatch.setattr("myplatform.views.zips._most", lambda request: {"most_bytes": 10, "most_nodes": 99})
    assert "Choose fewer things" in ada.get("/a/@zip", status=413)


def test_renaming_is_one_change_to_undo(ada: TestApp, shelf: dict[str, int]) -> None:
    form = form_to("/@rename", ada.get("/a/one/@rename"))
    form["title"], form["slug"] = "First", "first"
    page = form.submit(status=303).follow(status=200)
    assert (page.request.path, page.html.h1.text.strip()) == ("/a/first", "First")
    ada.get("/a/one", status=301)
    form_to("/-/undo", page).submit(status=303)
    assert "one" in ada.get("/a/one", status=200).html.h1.text
    form = form_to("/@rename", ada.get("/a/two/@rename"))
    form["title"] = ""
    assert "cannot be empty" in form.submit(status=422).html.select_one("#error-title").text


def test_readers_get_boxes_but_no_handles(bob: TestApp, shelf: dict[str, int]) -> None:
    page = bob.get("/a").html
    assert page.select('tbody input[form="selection"]')
    assert not page.select("tbody[data-drags], .tree li[data-drags]")


def test_a_folder_filters_shows_cards_and_chooses_columns(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    assert titles(ada, "/a?title__contains=o&kind=page") == ["one", "two"]
    assert "Nothing in here fits." in ada.get("/a?title__contains=zzz")
    cards = ada.get("/a?as=cards").html
    assert [link.text for link in cards.select(".node-card a.title")] == ["in", "one", "secret", "two"]
    heads = ada.get("/a?column=modified").html.select("thead th:not(.choose)")
    assert [head.text.strip() for head in heads] == ["Title", "Changed"]


def test_pictures_are_shown_small(site: Site, ada: TestApp, shelf: dict[str, int]) -> None:
    put_file(site, "/a", "office.png", png())
    assert ada.get("/a").html.select_one("tbody img.thumbnail")
