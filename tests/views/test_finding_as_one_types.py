"""The answers for scripts that find places, people and principals as one types."""

from __future__ import annotations

import pytest
from webtest import TestApp

from tests.conftest import Site


def test_places_and_people_are_answered(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Café")
    site.node("/café", "page", "Travel policy")
    answer = bob.get("/-/find?q=trav")
    assert answer.content_type == "application/json"
    (item,) = answer.json["items"]
    assert item.pop("id") > 0
    assert item == {
        "kind": "page",
        "title": "Travel policy",
        "path": "/café/travel-policy",
        "url": "/caf%C3%A9/travel-policy",
        "icon": "page",
        "summary": "Café",
        "photo": None,
    }
    assert bob.get("/-/find?q=trav&kinds=employee,folder").json == {"items": []}
    assert len(bob.get("/-/find?q=trav&under=/caf%C3%A9&limit=1").json["items"]) == 1
    assert len(bob.get("/-/find").json["items"]) == 1


def test_an_answer_costs_one_statement_and_who_asks(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Travel policy")
    bob.get("/-/find?q=t")
    with site.statements as seen:
        bob.get("/-/find?q=travel")
    assert len(seen) == 2, seen


@pytest.mark.parametrize("query", ["kinds=unicorn", "limit=0", "limit=x", "limit=51", "under=/nowhere"])
def test_a_question_that_cannot_be_understood_is_refused(bob: TestApp, query: str) -> None:
    bob.get(f"/-/find?q=a&{query}", status=400)


def test_visitors_find_nothing(site: Site, bob: TestApp) -> None:
    for path in ("/-/find?q=a", "/-/find/principals?q=a"):
        assert site.browser().get(path, status="*").status_int in (303, 401, 404)


def test_principals_are_for_those_who_may_share(site: Site, bob: TestApp, ada: TestApp) -> None:
    items = ada.get("/-/find/principals?q=bo").json["items"]
    assert items == [{"principal": "user:bob", "title": "Bob", "summary": "bob", "kind": "user"}]
    bob.get("/-/find/principals?q=bo", status=404)
