"""Comments in the browser."""

from __future__ import annotations

from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import SignIn, form_to


def say(browser: TestApp, path: str, words: str) -> None:
    form = form_to("/@comments", browser.get(path))
    form["body"] = words
    form.submit(status=303)


def words(browser: TestApp, path: str) -> list[str]:
    return [each.text.strip() for each in browser.get(path).html.select(".comment .prose")]


def test_a_comment_stands_below_the_page_and_can_be_answered(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    say(bob, "/travel", "Which **year**? <script>alert(1)</script>")
    page = ada.get("/travel")
    assert page.html.select_one(".comment strong").text == "Bob"
    assert not page.html.select(".comment script")
    form = next(form for form in page.forms.values() if "thread" in form.fields)
    form["body"] = "This one."
    form.submit(status=303)
    assert words(bob, "/travel")[1] == "This one."


def test_an_empty_comment_comes_back_with_what_to_do(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    form = form_to("/@comments", bob.get("/travel"))
    form["body"] = "x" * 10_001
    page = form.submit(status=422)
    assert "10000 characters at most" in page
    assert page.html.select_one("textarea[name=body]").text.strip() == "x" * 10_001


def test_an_answer_to_what_was_removed_meanwhile_is_not_lost(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    say(bob, "/travel", "Which year?")
    page = ada.get("/travel")
    form = next(form for form in page.forms.values() if "thread" in form.fields)
    form_to("/remove", bob.get("/travel")).submit(status=303)
    form["body"] = "This one."
    page = form.submit(status=422)
    assert "removed meanwhile" in page
    again = form_to("/@comments", page)
    assert again["body"].value.strip() == "This one."
    again.submit(status=303)
    assert words(bob, "/travel") == ["This one."]


def test_mending_removing_and_resolving(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    say(bob, "/travel", "Teh year")
    edit = bob.get(bob.get("/travel").html.select_one("a[href$='/edit'][href^='/-/comments']")["href"])
    form = next(form for form in edit.forms.values() if "body" in form.fields)
    form["body"] = "The year"
    form.submit(status=303)
    assert words(ada, "/travel") == ["The year"]
    form_to("/resolve", ada.get("/travel")).submit(status=303)
    assert ada.get("/travel").html.select_one(".resolved .prose").text.strip() == "The year"
    form_to("/resolve", ada.get("/travel")).submit(status=303)
    assert not ada.get("/travel").html.select(".resolved")
    form_to("/remove", bob.get("/travel")).submit(status=303)
    assert words(ada, "/travel") == []


def test_folders_have_a_page_of_comments(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    say(bob, "/handbook/@comments", "Too long")
    assert words(bob, "/handbook/@comments") == ["Too long"]


def test_who_is_named_finds_it_waiting_at_home(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    say(ada, "/travel", "@bob please look")
    section = bob.get("/").html.find("h2", string="Waits for you").find_parent("section")
    assert section.select_one("a")["href"].startswith("/travel#comment-")
    form_to("/seen", bob.get("/")).submit(status=303)
    assert bob.get("/").html.find("h2", string="Waits for you") is None


def test_visitors_read_but_say_nothing_and_strangers_see_nothing(site: Site, ada: TestApp, sign_in: SignIn) -> None:
    site.node("/", "page", "Private")
    site.grant("/private", inherits=False)
    say(ada, "/private", "Between us")
    site.user("eve")
    eve = sign_in("eve")
    eve.get("/private/@comments", status=404)
    site.browser().post("/private/@comments", {"body": "hi"}, status=401)
    with site.session() as db:
        from myplatform.models import Comment

        number = db.query(Comment).one().id
    eve.get(f"/-/comments/{number}/edit", status=404)


def test_links_of_all_comments_are_resolved_in_one_statement(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Travel")
    say(bob, "/travel", "[a](/travel)")
    bob.get("/travel")
    with site.statements as few:
        bob.get("/travel")
    for number in range(5):
        say(bob, "/travel", f"[{number}](/travel) and [other](/nowhere-{number})")
    with site.statements as many:
        bob.get("/travel")
    assert len(many) <= len(few) + 1
