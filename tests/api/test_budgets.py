"""How many SQL statements the calls that matter cost, near the root and deep in the tree."""

import pytest

from tests.api.conftest import Api, content, match, node


@pytest.fixture(params=[1, 8])
def place(api: Api, request: pytest.FixtureRequest) -> str:
    """The path of a people directory at that depth, with 120 employees; the token was used just now."""
    path = ""
    for _ in range(request.param - 1):
        path = api.site.node(path or "/", "folder", "Level").node.path
    path = api.site.node(path or "/", "people", "Directory").node.path
    api.site.grant(path, ("user:ben", "editor"))
    with api.site.session() as db:
        from tests.conftest import make_node

        for number in range(120):
            make_node(db, path, "employee", f"Person {number:03}", age=20 + number % 40, department="HR")
    api.ben.get("/api/v1/me")
    return path


def spent(api: Api, call) -> int:
    """The statements of a call that went well."""
    with api.site.statements as seen:
        call()
    return len(seen)


def test_statements_of_the_calls_that_matter(api, place):
    one, items = content(f"{place}/person-000"), content(f"{place}/@items")
    number = api.ben.get(one).json["id"]
    new = {"kind": "employee", "name": "Jane Roe", "age": 30, "department": "HR"}
    # Making something and giving it another title keep its words too, so that it is found as one types.
    spending = {
        "by path": (spent(api, lambda: api.ben.get(one, status=200)), 3),
        "by id": (spent(api, lambda: api.ben.get(node(number), status=200)), 3),
        "known": (spent(api, lambda: api.ben.get(one, headers={"If-None-Match": "*"}, status=304)), 2),
        "hidden": (spent(api, lambda: api.dan.get(one, status=404)), 4),
        "list": (spent(api, lambda: api.ben.get(f"{items}?limit=100&sort=name", status=200)), 4),
        "filter": (spent(api, lambda: api.ben.get(f"{items}?department=HR&age__gte=30&sort=-age", status=200)), 4),
        "counted": (spent(api, lambda: api.ben.get(f"{items}?department=HR&age__gte=30&count=true", status=200)), 4),
        "edit": (spent(api, lambda: api.ben.patch_json(one, {"age": 44}, headers=match("*"), status=200)), 8),
        "retitle": (spent(api, lambda: api.ben.patch_json(one, {"name": "P"}, headers=match("*"), status=200)), 8),
        "make": (spent(api, lambda: api.ben.post_json(content(place), new, status=201)), 8),
        "make with a name to number": (spent(api, lambda: api.ben.post_json(content(place), new, status=201)), 10),
        "search": (spent(api, lambda: api.ben.get("/api/v1/search?q=person", status=200)), 3),
        "feed": (spent(api, lambda: api.ben.get("/api/v1/changes?limit=100", status=200)), 3),
    }
    over = {name: found for name, (found, allowed) in spending.items() if found > allowed}
    assert not over, spending
