"""New pages from templates, and texts shown while they are written."""

from __future__ import annotations

from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import form_to


def test_without_templates_a_new_page_is_a_form_at_once(ada: TestApp) -> None:
    assert form_to("/@new", ada.get("/@new?kind=page"))["title"].value == ""


def test_templates_are_offered_nearest_first_and_filled_in(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    site.node("/", "page", "A far one", body="Far.", is_template=True)
    text = "# {{title}}\n\nWritten {{ date }} by {{me}}. {{other}}"
    near = site.node("/handbook", "page", "Minutes", body=text, keywords="meeting", is_template=True).node
    page = ada.get("/handbook/@new?kind=page")
    assert [card.strong.text for card in page.html.select("a.template")] == ["Blank page", "Minutes", "A far one"]
    form = form_to("/@new", page.click(href=f"template={near.id}"))
    body = form["body"].value
    assert "by Ada. {{other}}" in body
    assert "{{ date }}" not in body
    assert "{{title}}" in body
    assert (form["title"].value, form["keywords"].value, form["is_template"].checked) == ("", "meeting", False)
    form["title"] = "Monday"
    made = form.submit(status=303).follow()
    assert made.html.select_one(".prose h1, .prose h2").text.startswith("Monday")
    blank = form_to("/@new", page.click(href="template=none"))
    blank["title"], blank["body"] = "Plain", "{{title}}"
    assert "{{title}}" in blank.submit(status=303).follow().html.select_one(".prose").text


def test_templates_out_of_sight_are_not_offered(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Room")
    site.grant("/room", ("user:bob", "editor"))
    hidden = site.node("/", "page", "Hidden", body="Secret.", is_template=True).node
    plain = site.node("/", "page", "No template", body="Text.").node
    site.grant("/hidden", inherits=False)
    assert form_to("/@new", bob.get("/room/@new?kind=page"))["body"].value == ""
    for node in (hidden, plain):
        bob.get(f"/room/@new?kind=page&template={node.id}", status=404)


def test_a_preview_is_what_will_be_read(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    form = form_to("/@edit", ada.get("/leave/@edit"))
    form["body"] = "**New** [here](/leave) <script>alert(1)</script>"
    answer = ada.post("/leave/@preview", form.submit_fields(), status=200)
    assert answer.html.strong.text == "New"
    assert answer.html.a["href"] == "/leave"
    assert "<script" not in answer
    form["body"] = ""
    assert ada.post("/leave/@preview", form.submit_fields(), status=200).text == ""
    form["body"] = "x" * ((1 << 20) + 1)
    ada.post("/leave/@preview", form.submit_fields(), status=413)


def test_previews_are_for_those_who_see_the_place(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Hidden", body="Old.")
    site.grant("/hidden", inherits=False)
    token = form_to("/-/sign-out", bob.get("/"))["csrf_token"].value
    bob.post("/hidden/@preview", {"csrf_token": token, "body": "x"}, status=404)
    assert bob.post("/@preview", {"csrf_token": token, "body": "*x*"}, status=200).html.em.text == "x"
    site.browser().post("/@preview", {"body": "x"}, status=401)
