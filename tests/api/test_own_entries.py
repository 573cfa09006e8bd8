"""Which entry of a directory a user is, and what they may change there, over REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api, match, problem, wrong_fields


@pytest.fixture
def entry(api: Api) -> Any:
    """Ben's entry, which he may only read."""
    api.site.node("/", "people", "People")
    api.site.grant("/people", ("user:ben", "reader"))
    return api.site.node("/people", "employee", "Ben Example", department="HR").node


def test_an_administrator_links_and_the_person_changes_their_own_fields(api: Api, entry: Any) -> None:
    assert api.ada.get("/api/v1/users/ben/entry").json == {"user": "ben", "entry": None}
    problem(api.ben.get("/api/v1/me/entry", status=404))
    problem(api.ben.put_json("/api/v1/users/ben/entry", {"entry": entry.path}, status=403))
    linked = {"user": "ben", "entry": "/people/ben-example"}
    assert api.ada.put_json("/api/v1/users/ben/entry", {"entry": entry.path}).json == linked
    own = api.ben.get("/api/v1/me/entry")
    changed = api.ben.patch_json("/api/v1/me/entry", {"phone": "+1 5"}, headers={"If-Match": own.headers["ETag"]})
    assert (changed.json["phone"], changed.json["version"]) == ("+1 5", 2)
    problem(api.ben.patch_json("/api/v1/me/entry", {"phone": "x"}, headers=match('"1"'), status=412))
    problem(api.ben.patch_json("/api/v1/me/entry", {"phone": "x"}, status=428))
    refused = problem(api.ben.patch_json("/api/v1/me/entry", {"department": "IT"}, headers=match("*"), status=403))
    assert refused["permission"] == "edit"
    problem(api.ben.patch_json(f"/api/v1/content{entry.path}", {"phone": "x"}, headers=match("*"), status=403))
    assert api.ada.put_json("/api/v1/users/ben/entry", {"entry": None}).json["entry"] is None
    problem(api.ben.get("/api/v1/me/entry", status=404))


def test_links_that_cannot_be(api: Api, entry: Any) -> None:
    assert "entry" in wrong_fields(api.ada.put_json("/api/v1/users/ben/entry", {"entry": "/nowhere"}, status=422))
    assert "entry" in wrong_fields(api.ada.put_json("/api/v1/users/ben/entry", {"entry": "/people"}, status=422))
    assert "entry" in wrong_fields(api.ada.put_json("/api/v1/users/ben/entry", {}, status=422))
    api.ada.put_json("/api/v1/users/ben/entry", {"entry": entry.path})
    problem(api.ada.put_json("/api/v1/users/cleo/entry", {"entry": entry.path}, status=409))
