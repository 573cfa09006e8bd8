"""One class, enabled by one line of the INI file, is a kind like the built-in ones in every respect."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from myplatform import kinds
from myplatform.actions.users import create_user
from myplatform.identity import SYSTEM
from myplatform.models import Base
from tests.conftest import ON_ONE_DATABASE, Site, site_settings
from tests.views.conftest import form_to

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
MATCH = {"If-Match": "*"}


@pytest.fixture
def site(database_url, tmp_path, monkeypatch):
    """A site whose INI file names the plug-in, on a database that an earlier start made without it."""
    monkeypatch.syspath_prepend(EXAMPLES)
    settings = {"database.auto_migrate": "true", "pyramid.includes": "laptop"}
    site = Site(site_settings(database_url, tmp_path, **settings))
    with site.session() as db:  # without passwords, which take their time
        for name in ("ada", "ben", "cleo", "dan"):
            create_user(db, name=name, display_name=name.title(), is_admin=name == "ada", by=SYSTEM)
    site.node("/", "folder", "Devices")
    site.node("/", "people", "People")
    site.node("/people", "employee", "Ada Example")
    site.grant("/", ("signed-in", "reader"))
    site.grant("/devices", ("user:ben", "editor"), ("user:cleo", "reader"), inherits=False)
    yield site
    site.engine.dispose()
    kinds._kinds.pop("laptop")
    Base.metadata.remove(sys.modules.pop("laptop").Laptop.table)


@pytest.fixture
def ben(site):
    return site.client("ben")


def laptop(ben, title, **values):
    given = {"kind": "laptop", "title": title, "serial": title.upper(), **values}
    return ben.post_json("/api/v1/content/devices", given, status=201).json


def test_the_table_is_made_at_the_start(site):
    table = inspect(site.engine)
    columns = {column["name"] for column in table.get_columns("laptops")}
    assert columns == {"node_id", "serial", "model", "bought", "price", "lent_to", "status"}
    indexed = {tuple(index["column_names"]) for index in table.get_indexes("laptops")}
    assert indexed == {("serial",), ("model",), ("lent_to",), ("status",)}


@ON_ONE_DATABASE
def test_it_is_made_read_and_changed_over_rest(ben):
    made = ben.post_json(
        "/api/v1/content/devices",
        {
            "kind": "laptop",
            "title": "Zenith 3",
            "serial": "Z-3",
            "price": "1499.00",
            "bought": "2026-03-31",
            "lent_to": "/people/ada-example",
            "status": "in use",
        },
        status=201,
    )
    assert made.json["path"] == "/devices/zenith-3"
    read = ben.get("/api/v1/content/devices/zenith-3")
    ada = ben.get("/api/v1/content/people/ada-example").json
    assert read.json["serial"] == "Z-3"
    assert float(read.json["price"]) == 1499
    assert (read.json["bought"], read.json["lent_to"]) == ("2026-03-31", ada["id"])
    headers = {"If-Match": read.headers["ETag"]}
    changed = ben.patch_json("/api/v1/content/devices/zenith-3", {"status": "retired"}, headers=headers)
    assert (changed.json["status"], changed.json["version"]) == ("retired", 2)
    ben.patch_json("/api/v1/content/devices/zenith-3", {"status": "spare"}, headers=headers, status=412)


def errors_of(response):
    return {each["field"]: each["message"] for each in response.json["errors"]}


@ON_ONE_DATABASE
def test_what_does_not_fit_is_named_all_at_once(ben):
    wrong = {"kind": "laptop", "title": "x", "price": "1.005", "bought": "soon", "status": "lost", "colour": "red"}
    refused = ben.post_json("/api/v1/content/devices", wrong, status=422)
    assert set(errors_of(refused)) == {"serial", "price", "bought", "status", "colour"}
    together = {"kind": "laptop", "title": "x", "serial": "1", "status": "in use"}
    refused = ben.post_json("/api/v1/content/devices", together, status=422)
    assert errors_of(refused) == {"lent_to": "is needed while the laptop is in use; who has it?"}
    laptop(ben, "One", serial="same")
    refused = ben.post_json("/api/v1/content/devices", {**together, "status": "spare", "serial": "same"}, status=422)
    assert errors_of(refused) == {"serial": "is taken: another laptop has the same serial number"}


def test_lists_filter_sort_and_page_by_its_fields(ben):
    for number, status in enumerate(("spare", "retired", "spare", "spare"), start=1):
        laptop(ben, f"N{number}", status=status, price=f"{number}00.50", bought=f"2026-0{number}-01")
    query = "status=spare&price__gte=100.5&bought__lt=2026-04-01&sort=-price&limit=1&count=true"
    page = ben.get(f"/api/v1/content/devices/@items?kind=laptop&{query}").json
    assert [item["title"] for item in page["items"]] == ["N3"]
    assert page["total"] == 2
    page = ben.get(page["next"]).json
    assert [item["title"] for item in page["items"]] == ["N1"]
    assert page["next"] is None
    refused = ben.get("/api/v1/content/devices/@items?kind=laptop&status__near=spare", status=400)
    assert "status" in refused.json["detail"]


@ON_ONE_DATABASE
def test_graphql_has_a_type_for_it(ben):
    laptop(ben, "Zenith", price="1499.50", bought="2026-03-31", lent_to="/people/ada-example", status="in use")
    query = """{ items(path: "/devices", kind: "laptop", filter: {name: "price__gt", value: "1000"}) { items {
        title ... on Laptop { serial price bought status lent_to { name } } } } }"""
    answer = ben.post_json("/api/graphql", {"query": query}, status=200).json
    assert answer["data"]["items"]["items"] == [
        {
            "title": "Zenith",
            "serial": "ZENITH",
            "price": "1499.50",
            "bought": "2026-03-31",
            "status": "in use",
            "lent_to": {"name": "Ada Example"},
        }
    ]


@ON_ONE_DATABASE
def test_the_description_of_rest_speaks_of_it(ben):
    document = ben.get("/api/v1/openapi.json").json
    told = [schema for name, schema in document["components"]["schemas"].items() if "laptop" in name.lower()]
    assert any({"serial", "model", "price", "status"} <= set(schema.get("properties", ())) for schema in told)
    assert any("serial" in schema.get("required", ()) for schema in told)


def test_it_is_found_by_its_words(ben):
    laptop(ben, "Zenith 3", model="Featherweight")
    for words in ("zenith", "featherw"):
        found = ben.get(f"/api/v1/search?q={words}&kind=laptop").json["items"]
        assert [item["title"] for item in found] == ["Zenith 3"]


@ON_ONE_DATABASE
def test_its_history_tells_who_changed_what_and_goes_back(ben):
    laptop(ben, "One", price="10.00", bought="2026-01-01")
    url = "/api/v1/content/devices/one"
    ben.patch_json(url, {"price": "20.00", "bought": None}, headers=MATCH)
    newest = ben.get(f"{url}/@history").json["items"][0]
    assert newest["actor"] == "ben"
    assert set(newest["changed"]) == {"price", "bought"}
    assert float(ben.get(f"{url}/@history/1").json["price"]) == 10
    ben.post_json(f"{url}/@revert", {"version": 1}, headers=MATCH)
    reverted = ben.get(url).json
    assert (float(reverted["price"]), reverted["bought"], reverted["version"]) == (10, "2026-01-01", 3)


@ON_ONE_DATABASE
def test_it_obeys_grants(site, ben):
    laptop(ben, "One")
    url = "/api/v1/content/devices/one"
    cleo, dan = site.client("cleo"), site.client("dan")
    assert cleo.get(url).json["serial"] == "ONE"
    assert cleo.patch_json(url, {"model": "x"}, headers=MATCH, status=403).json["permission"] == "edit"
    dan.get(url, status=404)
    assert dan.get("/api/v1/content/@items?depth=all&kind=laptop").json["items"] == []
    assert dan.get("/api/v1/search?q=one").json["items"] == []


@ON_ONE_DATABASE
def test_it_goes_to_the_trash_comes_back_and_is_copied(ben):
    laptop(ben, "One", serial="S-1", model="Zenith")
    url = "/api/v1/content/devices/one"
    trashed = ben.get(url).json
    ben.delete(url, headers=MATCH, status=204)
    laptop(ben, "Two", serial="S-1")  # what lies in the trash holds no value
    ben.post_json(f"/api/v1/nodes/{trashed['id']}/@restore", {}, status="*")
    assert ben.get(url).json["model"] == "Zenith"


@ON_ONE_DATABASE
def test_people_make_it_in_a_form_and_read_it_on_a_page(site):
    browser = site.signed_in("ada")
    folder = browser.get("/devices")
    assert "Laptop" in [item.text.strip() for item in folder.html.select(".actions .menu-item")]
    form = form_to("/@new", browser.get("/devices/@new?kind=laptop"))
    form["title"], form["price"] = "Zenith 3", "1499.00"
    form["status"] = "in use"
    refused = form.submit(status=422)
    assert {link["href"] for link in refused.html.select("#errors a")} >= {"#field-serial"}
    form = form_to("/@new", refused)
    form["serial"], form["lent_to"] = "Z-3", "Ada Example"
    page = form.submit(status=303).follow(status=200)
    assert page.html.select_one("h1").text.strip() == "Zenith 3"
    facts = {term.text.strip(): " ".join(term.find_next("dd").text.split()) for term in page.html.select("article dt")}
    assert facts["Serial number"] == "Z-3"
    assert facts["Lent to"] == "Ada Example"
    assert facts["Status"] == "in use"
    again = form_to("/@edit", browser.get("/devices/zenith-3/@edit"))
    assert again["price"].value == "1499.00"
    assert "Zenith 3" in browser.get("/devices?kind=laptop&status=in+use").text


def test_without_the_plug_in_what_it_made_does_no_harm(site, ben, database_url, tmp_path):
    """Somebody takes the line out of the INI file: the rest of the site goes on."""
    laptop(ben, "One")
    known = kinds._kinds.pop("laptop")
    try:
        plain = Site(site_settings(database_url, tmp_path))
        client = plain.client("ben")
        items = client.get("/api/v1/content/devices/@items").json["items"]
        assert [(item["kind"], item["title"]) for item in items] == [("laptop", "One")]
        assert client.get("/api/v1/content/devices/one").json["title"] == "One"
        assert client.get("/api/v1/search?q=one").json["items"][0]["kind"] == "laptop"
        assert client.get("/api/v1/changes").json["items"]
        browser = plain.signed_in("ada")
        for address in ("/", "/devices", "/devices/one", "/devices/one/@history", "/-/search?q=one", "/-/recent"):
            assert browser.get(address, status=200)
        plain.engine.dispose()
    finally:
        kinds._kinds["laptop"] = known
