"""Making and editing in the browser: every outcome of the forms, and that nothing typed is lost."""

from __future__ import annotations

from webtest import TestApp

from tests.conftest import Site
from tests.views.conftest import form_to


def test_a_new_page_is_made_and_told_with_undo(site: Site, ada: TestApp) -> None:
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"], form["body"] = "Leave policy", "Thirty days."
    page = form.submit(status=303).follow(status=200)
    assert page.request.path == "/leave-policy"
    assert "Thirty days." in page
    assert "Created “Leave policy”" in page.html.select_one(".toast").text
    form_to("/-/undo", page).submit(status=303).follow(status=200)
    ada.get("/leave-policy", status=404)


def test_what_does_not_fit_is_named_and_kept(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    form = form_to("/@new", ada.get("/people/@new?kind=employee"))
    form["name"], form["age"], form["email"] = "", "very old", "nobody"
    page = form.submit(status=422)
    assert {link["href"] for link in page.html.select("#errors a")} == {"#field-name", "#field-age", "#field-email"}
    again = form_to("/@new", page)
    assert (again["name"].value, again["age"].value, again["email"].value) == ("", "very old", "nobody")
    assert page.html.select_one("#field-age")["aria-invalid"] == "true"


def test_a_taken_address_is_a_wrong_field(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave")
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"], form["slug"], form["body"] = "Another", "leave", "Long text."
    page = form.submit(status=422)
    assert "There already is something called 'leave' here." in page.html.select_one("#error-slug").text
    assert form_to("/@new", page)["body"].value == "Long text."


def test_a_kind_that_cannot_stand_here_is_refused(site: Site, ada: TestApp) -> None:
    assert "cannot be made inside" in ada.get("/@new?kind=employee", status=422)
    assert "there is no kind" in ada.get("/@new?kind=unicorn", status=422)


def test_editing_saves_a_version(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    form = form_to("/@edit", ada.get("/leave/@edit"))
    assert form["body"].value == "Old."
    form["body"] = "New."
    page = form.submit(status=303).follow(status=200)
    assert "New." in page.html.select_one(".prose").text
    assert "Saved “Leave”" in page.html.select_one(".toast").text
    form_to("/-/undo", page).submit(status=303)
    assert "Old." in ada.get("/leave").html.select_one(".prose").text


def test_saving_without_a_change_changes_nothing(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    form = form_to("/@edit", ada.get("/leave/@edit"))
    page = form.submit(status=303).follow(status=200)
    assert not page.html.select(".toast")
    assert form_to("/@edit", ada.get("/leave/@edit"))["version"].value == "1"


def test_text_keeps_its_first_empty_line(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="\n    code\n")
    form = form_to("/@edit", ada.get("/leave/@edit"))
    assert form["body"].value.replace("\r\n", "\n") == "\n    code\n"
    form.submit(status=303)
    assert form_to("/@edit", ada.get("/leave/@edit"))["version"].value == "1"


def test_a_person_is_chosen_by_name_or_address(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    boss = site.node("/people", "employee", "Grace Example", email="grace@example.com").node
    site.node("/people", "employee", "Ada Example")
    for typed in ("Grace Example", "grace example", "grace@example.com", "/people/grace-example"):
        form = form_to("/@edit", ada.get("/people/ada-example/@edit"))
        form["manager"] = typed
        form.submit(status=303)
        link = ada.get("/people/ada-example").html.select_one(f'dd a[href="{boss.path}"]')
        assert link.text == "Grace Example", typed
    assert form_to("/@edit", ada.get("/people/ada-example/@edit"))["manager"].value == "Grace Example"


def test_a_name_that_nobody_or_several_have_is_a_wrong_field(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    for number in (1, 2):
        site.node("/people", "employee", "Grace Example", phone=str(number))
    site.node("/people", "employee", "Ada Example")
    for typed, answer in (("Nobody", "nobody is called"), ("Grace Example", "2 people are called")):
        form = form_to("/@edit", ada.get("/people/ada-example/@edit"))
        form["manager"] = typed
        page = form.submit(status=422)
        assert answer in page.html.select_one("#error-manager").text
        assert form_to("/@edit", page)["manager"].value == typed


def test_nobody_becomes_their_own_manager(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    site.node("/people", "employee", "Ada Example")
    form = form_to("/@edit", ada.get("/people/ada-example/@edit"))
    form["manager"] = "Ada Example"
    assert "their own manager" in form.submit(status=422).html.select_one("#error-manager").text


def test_readers_get_no_forms(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Leave")
    for view in ("@edit", "@new", "@move", "@order", "@upload"):
        assert "You may not " in bob.get(f"/leave/{view}", status=403)
    assert not bob.get("/leave").html.select('.actions a[href*="@edit"]')


def test_a_form_of_another_site_is_refused(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    ada.post("/leave/@edit", {"version": "1", "body": "New."}, status=400)
    assert "Old." in ada.get("/leave")


def test_a_form_without_its_version_is_refused(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    for version in ("", "one", "9" * 30):
        form = form_to("/@edit", ada.get("/leave/@edit"))
        form["version"], form["body"] = version, "New."
        form.submit(status=422)
    assert "Old." in ada.get("/leave")


def test_markup_in_titles_is_only_text(site: Site, ada: TestApp) -> None:
    title = '<script>alert("x")</script> & “co”'
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"] = title
    page = form.submit(status=303).follow()
    assert page.html.h1.text == title
    assert "<script>alert" not in page
    assert "<script>alert" not in ada.get("/")
