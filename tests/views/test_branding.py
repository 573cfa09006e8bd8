"""What administrators make of the site: its name, colour and logo, for everybody and at once."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from webtest import Form, TestApp

from myplatform.models import Change
from tests.conftest import Site

URL = "/-/admin/appearance"


def picture(size: tuple[int, int] = (600, 300)) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "#0b7a4b").save(written, "JPEG")
    return written.getvalue()


def test_name_and_colour_change_for_everybody_at_once(site: Site, ada: TestApp, bob: TestApp) -> None:
    old_sheet = bob.get("/").html.select_one("link[rel=stylesheet]")["href"]
    form = form_of(ada)
    form["title"] = "  Example   Ltd "
    form["accent"] = "#0B7A4B"
    form.submit(status=303)
    page = bob.get("/")
    assert page.html.select_one(".site-name").text.strip().endswith("Example Ltd")
    sheet = page.html.select_one("link[rel=stylesheet]")["href"]
    assert sheet != old_sheet
    answer = site.browser().get(sheet, status=200)
    assert "--accent:#0b7a4b" in answer
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Example Ltd" in site.browser().get("/-/sign-in")


def test_knowing_the_looks_costs_a_signed_in_request_nothing(site: Site, ada: TestApp, bob: TestApp) -> None:
    form = form_of(ada)
    form["title"] = "Example"
    form.submit(status=303)
    bob.get("/-/following")
    with site.statements as seen:
        bob.get("/-/following")
    assert not [statement for statement in seen if statement.lstrip().startswith("SELECT site_values")]


def test_a_logo_is_made_small_and_anew_and_can_be_removed(site: Site, ada: TestApp) -> None:
    sent = picture() + b"<script>alert(1)</script>"
    form = form_of(ada)
    form.submit(upload_files=[("logo", "logo.jpg", sent)], status=303)
    address = ada.get("/").html.select_one(".site-logo")["src"]
    answer = site.browser().get(address, status=200)
    assert answer.content_type == "image/png"
    with Image.open(BytesIO(answer.body)) as image:
        assert image.size == (256, 128)
    assert b"script" not in answer.body
    form = form_of(ada)
    form["remove_logo"] = True
    form.submit(status=303)
    assert not ada.get("/").html.select(".site-logo")
    site.browser().get(address, status=404)


def test_what_is_wrong_is_said_all_at_once_and_nothing_is_set(site: Site, ada: TestApp) -> None:
    form = form_of(ada)
    form["title"] = "Fine"
    form["accent"] = "green"
    form["news"] = "/nowhere"
    page = form.submit(upload_files=[("logo", "logo.svg", b"<svg/>")], status=422)
    wrong = {link["href"] for link in page.html.select("#errors a")}
    assert wrong == {"#field-accent", "#field-news", "#field-logo"}
    assert page.html.select_one("#field-title")["value"] == "Fine"
    assert "Fine" not in ada.get("/").html.select_one(".site-name").text


def test_only_administrators_come_here(site: Site, bob: TestApp) -> None:
    bob.get(URL, status=403)


def test_news_stand_on_the_home_page_of_whoever_may_see_them(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "News")
    site.node("/news", "page", "We moved", body="# Boxes\n\nTo the **third** floor, over the river, on Friday.")
    site.node("/news", "page", "Hidden")
    site.grant("/news/hidden", inherits=False)
    form = form_of(ada)
    form["news"] = "/news"
    form.submit(status=303)
    cards = bob.get("/").html.select(".news-card")
    assert [card.h3.text for card in cards] == ["We moved"]
    assert cards[0].p.text == "To the third floor, over the river, on Friday."
    assert len(ada.get("/").html.select(".news-card")) == 2


def test_the_audit_tells_what_was_set_but_not_the_picture(site: Site, ada: TestApp) -> None:
    form = form_of(ada)
    form["title"] = "Example"
    form.submit(upload_files=[("logo", "logo.jpg", picture())], status=303)
    with site.session() as db:
        change = db.query(Change).filter_by(action="appearance-changed").one()
        assert (change.subject, change.actor) == ("site", "ada")
        assert change.values == {"title": [None, "Example"], "logo": [False, True]}
    assert "Changed the appearance" in ada.get("/-/admin/audit")


def form_of(browser: TestApp) -> Form:
    """The form of the page."""
    return next(form for form in browser.get(URL).forms.values() if "accent" in form.fields)
