"""The OpenAPI document and the page that shows it; health."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from sqlalchemy import text

from tests.api.conftest import Api, content, problem
from tests.conftest import ON_ONE_DATABASE

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    return api.dan.get("/api/v1/openapi.json").json


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_document_is_valid_and_names_everything_once(document: dict[str, Any]):
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 50
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}
    text_of_all = str(document)
    names = set(re.findall(r"#/components/schemas/(\w+)", text_of_all))
    assert names <= set(document["components"]["schemas"])
    for _, path, operation in operations(document):
        assert operation["summary"], path
        assert set(re.findall(r"{(\w+)}", path)) == {
            each["name"] for each in operation["parameters"] if each["in"] == "path"
        }


def test_every_call_of_the_contract_is_described(document: dict[str, Any]):
    described = {f"{method.upper()} {path.removeprefix('/api/v1')}" for method, path, _ in operations(document)}
    assert described >= {
        "GET /content/{path}",
        "GET /nodes/{id}",
        "GET /content/{path}/@items",
        "POST /content/{path}",
        "PATCH /content/{path}",
        "DELETE /content/{path}",
        "POST /content/{path}/@restore",
        "POST /nodes/{id}/@restore",
        "POST /content/{path}/@move",
        "POST /content/{path}/@copy",
        "POST /content/{path}/@order",
        "GET /content/{path}/@history",
        "GET /content/{path}/@history/{version}",
        "POST /content/{path}/@revert",
        "GET /content/{path}/@grants",
        "PUT /content/{path}/@grants",
        "GET /content/{path}/@access",
        "GET /content/{path}/@content",
        "PUT /content/{path}/@content",
        "GET /search",
        "GET /changes",
        "POST /changes/{id}/@undo",
        "GET /trash",
        "GET /users",
        "GET /groups",
        "GET /tokens",
        "GET /openapi.json",
        "GET /healthz",
        "GET /readyz",
    }


def test_filters_bodies_and_refusals_are_described(document: dict[str, Any]):
    items = document["paths"]["/api/v1/content/{path}/@items"]["get"]
    names = {each["name"] for each in items["parameters"]}
    assert {"age", "age__gte", "age__in", "name__contains", "department__ne", "manager__isnull", "depth", "q"} <= names
    assert "age__contains" not in names
    patch = document["paths"]["/api/v1/content/{path}"]["patch"]
    assert {"200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "428"} == set(patch["responses"])
    assert "application/problem+json" in patch["responses"]["412"]["content"]
    assert "ETag" in patch["responses"]["200"]["headers"]
    new = document["components"]["schemas"]["NewEmployeeNode"]
    assert new["required"] == ["kind", "name"]
    assert new["additionalProperties"] is False
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    assert document["paths"]["/healthz"]["get"]["security"] == []


def test_what_has_no_permission_declares_none_and_all_else_does(document: dict[str, Any]):
    open_to_all = {path for _, path, operation in operations(document) if operation.get("security") == []}
    assert open_to_all == {"/healthz", "/readyz"}


def test_the_document_is_for_those_who_sign_in_and_is_cached(api: Api):
    problem(api.visitor.get("/api/v1/openapi.json", status=401))
    tag = api.dan.get("/api/v1/openapi.json").headers["ETag"]
    api.dan.get("/api/v1/openapi.json", headers={"If-None-Match": tag}, status=304)


def test_the_page_shows_it_with_nothing_inline(api: Api):
    page = api.dan.get("/api/docs")
    assert 'data-openapi="/api/v1/openapi.json"' in page.text
    assert re.search(r'<script src="/-/static/swagger-ui-\w+\.js" defer></script>', page.text)
    assert not re.search(r"<script(?![^>]* src=)|<style| style=", page.text)
    for url in re.findall(r'(?:src|href)="(/-/static/[^"#]+)', page.text):
        api.dan.get(url, status=200)
    for page in ("/api/docs", "/api/graphql"):
        asked = api.visitor.get(page, headers={"Accept": "text/html,*/*;q=0.8"}, status=303)
        assert asked.location == f"http://localhost/-/sign-in?came_from={page.replace('/', '%2F')}"
        problem(api.visitor.get(page, status=401))


def test_health_asks_nothing(api: Api):
    with api.site.statements as seen:
        assert api.visitor.get("/healthz").json == {"status": "fine"}
    assert seen == []
    assert problem(api.visitor.post("/healthz", status=405))["status"] == 405


def test_readiness_tries_everything_and_tells_administrators(api: Api):
    assert api.visitor.get("/readyz").json == {"status": "fine"}
    assert api.ben.get("/readyz").json == {"status": "fine"}
    told = api.ada.get("/readyz").json["checks"]
    assert told.items() >= {"database": "fine", "schema": "fine", "files": "fine"}.items()
    assert set(told.values()) == {"fine"}


def test_asking_often_tires_nothing(api: Api):
    api.visitor.get("/readyz", status=200)
    with api.site.statements as seen:
        assert api.visitor.get("/readyz").json == {"status": "fine"}
    assert seen == []


@ON_ONE_DATABASE
def test_a_part_that_hangs_keeps_one_who_asks_waiting_and_no_more(api: Api, monkeypatch):
    api.visitor.get("/readyz", status=200)
    hangs, goes_on, waited = threading.Event(), threading.Event(), []
    monkeypatch.setattr(api.site.registry["cache"], "probe", lambda: (hangs.set(), waited.append(goes_on.wait(20))))
    operator = threading.Thread(target=api.ada.get, args=["/readyz"])
    operator.start()
    assert hangs.wait(20)
    assert api.visitor.get("/readyz").json == {"status": "fine"}
    assert waited == []
    goes_on.set()
    operator.join()
    assert waited == [True]


def test_a_lost_file_store_is_not_ready(api: Api, tmp_path: Path):
    folder = Path(api.site.registry["files"].folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("not a folder")
    answer = api.visitor.get("/readyz", status=503)
    assert answer.json == {"status": "unavailable"}
    told = api.ada.get("/readyz", status=503).json["checks"]
    assert told["database"] == "fine"
    assert told["files"] != "fine"
    api.visitor.get("/healthz", status=200)
    api.ada.get(content("/handbook"), status=200)


def test_another_schema_is_not_ready(api: Api):
    with api.site.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    assert api.visitor.get("/readyz", status=503).json == {"status": "unavailable"}
    assert "the database is at another" in api.ada.get("/readyz", status=503).json["checks"]["schema"]


def test_the_page_with_the_description_is_there_unless_the_site_does_without(site, make_site):
    site.user("bob")
    page = site.signed_in("bob").get("/api/docs")
    assert "/api/v1/openapi.json" in page.text
    without = make_site(**{"api.docs": "false"})
    without.user("eve")
    without.signed_in("eve").get("/api/docs", status=404)
