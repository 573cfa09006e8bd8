"""A kind that a developer adds gets its page, form and table from its class alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from webtest import TestApp

from myplatform.models import Base
from tests.conftest import Site
from tests.specimen import Specimen, StrictSpecimen, known
from tests.views.conftest import form_to


@pytest.fixture
def cabinet(site: Site) -> Iterator[Site]:
    """A site that knows the specimens and has a folder for them."""
    tables = [kind.table.to_metadata(Base.metadata) for kind in (Specimen, StrictSpecimen)]
    Base.metadata.create_all(site.engine, tables=tables)
    for table in tables:
        Base.metadata.remove(table)
    with known(Specimen, StrictSpecimen):
        site.node("/", "folder", "Cabinet")
        yield site


@pytest.mark.usefixtures("cabinet")
def test_every_sort_of_field_goes_through_the_form_and_back(ada: TestApp) -> None:
    form = form_to("/@new", ada.get("/cabinet/@new?kind=specimen"))
    typed = {
        "title": "Beetle",
        "text": "Six legs",
        "body": "It is *green*.",
        "number": "3",
        "share": "0.5",
        "price": "12.50",
        "day": "2026-03-31",
        "moment": "2026-03-31T14:30",
        "link": "/cabinet",
        "site": "https://example.com/",
        "mail": "ada@example.com",
    }
    for name, value in typed.items():
        form[name] = value
    form["agreed"] = True
    form["colour"] = "green"
    form.set("tags", True, index=0)
    page = form.submit(status=303).follow(status=200)
    facts = {term.text: " ".join(term.find_next("dd").text.split()) for term in page.html.select("article dt")}
    assert facts["Price"] == "12.50"
    assert facts["Agreed"] == "Yes"
    assert facts["Day"] == "31 March 2026"
    assert facts["Colour"] == "green"
    assert facts["Tags"] == "new"
    assert facts["Link"] == "Cabinet"
    assert page.html.select_one(".prose em").text == "green"
    again = form_to("/@edit", ada.get("/cabinet/beetle/@edit"))
    for name, value in typed.items():
        assert again[name].value == value, name
    assert again["agreed"].checked
    again.submit(status=303)
    assert form_to("/@edit", ada.get("/cabinet/beetle/@edit"))["version"].value == "1"


@pytest.mark.usefixtures("cabinet")
def test_what_does_not_fit_is_named_all_at_once(ada: TestApp) -> None:
    form = form_to("/@new", ada.get("/cabinet/@new?kind=specimen"))
    wrong = {"title": "Beetle", "number": "many", "share": "half", "price": "1.234", "day": "soon", "site": "ftp://x"}
    for name, value in wrong.items():
        form[name] = value
    page = form.submit(status=422)
    assert {link["href"] for link in page.html.select("#errors a")} == {f"#field-{name}" for name in list(wrong)[1:]}
    for name, value in wrong.items():
        assert form_to("/@new", page)[name].value == value


@pytest.mark.usefixtures("cabinet")
def test_required_and_unique_fields_say_so(ada: TestApp) -> None:
    def sent(title: str) -> TestApp:
        form = form_to("/@new", ada.get("/cabinet/@new?kind=strictspecimen"))
        form["title"], form["text"], form["body"], form["serial"] = title, "Text", "Body", "A1"
        form.set("tags", True, index=1)
        return form.submit(status="*")

    empty = form_to("/@new", ada.get("/cabinet/@new?kind=strictspecimen")).submit(status=422)
    assert {"#field-title", "#field-text", "#field-body"} <= {link["href"] for link in empty.html.select("#errors a")}
    assert sent("First").status_int == 303
    second = sent("Second")
    assert second.status_int == 422
    assert second.html.select_one("#error-serial")


@pytest.mark.usefixtures("cabinet")
def test_a_folder_shows_the_kind_and_its_name(cabinet: Site, ada: TestApp) -> None:
    cabinet.node("/cabinet", "specimen", "Beetle", number=3)
    page = ada.get("/cabinet")
    assert "Specimen" in [item.text.strip() for item in page.html.select(".actions .menu-item")]
    assert "Specimen" in page.html.select_one("tbody tr").text
    columns = ada.get("/cabinet?kind=specimen&sort=-number").html.select("thead th")
    assert "Number" in [column.text.strip() for column in columns]
