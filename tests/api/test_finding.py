"""Search and the feed of changes over REST."""

from tests.api.conftest import content, match, problem, wrong_fields


def test_hits_have_an_excerpt_and_are_trimmed(api):
    answer = api.cleo.get("/api/v1/search?q=early&count=true").json
    (hit,) = answer["items"]
    assert (hit["path"], hit["title"], answer["total"], answer["next"]) == ("/handbook/leave", "Leave", 1, None)
    assert "<mark>early</mark>" in hit["excerpt"]
    assert api.dan.get("/api/v1/search?q=early&count=true").json == {"items": [], "next": None, "total": 0}


def test_a_search_is_narrowed(api):
    api.site.node("/", "page", "Early birds", body="early")
    assert len(api.ada.get("/api/v1/search?q=early").json["items"]) == 2
    assert len(api.ada.get("/api/v1/search?q=early&under=/handbook").json["items"]) == 1
    assert len(api.ada.get("/api/v1/search?q=early&kind=folder").json["items"]) == 0
    assert api.ada.get("/api/v1/search?q=").json["items"] == []
    first = api.ada.get("/api/v1/search?q=early&limit=1").json
    second = api.ada.get(first["next"]).json
    assert {first["items"][0]["path"], second["items"][0]["path"]} == {"/handbook/leave", "/early-birds"}
    assert second["next"] is None


def test_a_search_that_cannot_be_understood(api):
    for query, field in {
        "q=x&kind=pgae": "kind",
        "q=x&under=/nowhere": "under",
        "q=x&limit=1001": "limit",
        "q=x&cursor=nonsense": "cursor",
        "q=x&count=1": "count",
        "query=x": "query",
        "q=x&q=y": "q",
    }.items():
        assert list(wrong_fields(api.ada.get(f"/api/v1/search?{query}", status=400))) == [field], query
    problem(api.dan.get("/api/v1/search?q=x&under=/handbook", status=400))
    problem(api.visitor.get("/api/v1/search?q=x", status=401))


def test_the_feed_goes_on_where_it_ended(api):
    answer = api.cleo.get("/api/v1/changes").json
    assert [each["node"]["path"] for each in answer["items"]] == ["/handbook", "/handbook", "/handbook/leave"]
    assert [each["action"] for each in answer["items"]] == ["created", "shared", "created"]
    later = api.cleo.get("/api/v1/changes", {"after": answer["cursor"]}).json
    assert later["items"] == []
    api.ben.patch_json(content("/handbook/leave"), {"title": "Absence"}, headers=match("*"))
    (change,) = api.cleo.get("/api/v1/changes", {"after": later["cursor"]}).json["items"]
    assert (change["actor"], change["action"], change["changed"]) == ("ben", "edited", ["title"])
    assert change["node"] == {
        "id": api.page.id,
        "kind": "page",
        "path": "/handbook/leave",
        "title": "Absence",
        "version": 2,
    }
    assert api.dan.get("/api/v1/changes").json["items"] == []


def test_what_is_gone_leaves_a_tombstone(api):
    cursor = api.ada.get("/api/v1/changes").json["cursor"]
    api.ben.delete(content("/handbook/leave"), status=204)
    api.ada.delete(f"/api/v1/nodes/{api.page.id}?purge=true", status=204)
    items = api.cleo.get("/api/v1/changes", {"after": cursor}).json["items"]
    assert [(each["action"], each["node"]["id"]) for each in items] == [
        ("trashed", api.page.id),
        ("purged", api.page.id),
    ]


def test_the_feed_is_narrowed(api):
    assert len(api.ada.get("/api/v1/changes?kind=employee").json["items"]) == 1
    under = api.ada.get("/api/v1/changes?under=/handbook").json["items"]
    assert {each["node"]["path"] for each in under} == {"/handbook", "/handbook/leave"}
    first = api.ada.get("/api/v1/changes?limit=1").json
    second = api.ada.get("/api/v1/changes", {"limit": 1, "after": first["cursor"]}).json
    assert first["items"][0]["id"] != second["items"][0]["id"]


def test_a_feed_that_cannot_be_understood(api):
    for query, field in {
        "after=nonsense": "after",
        "limit=0": "limit",
        "kind=x": "kind",
        "under=/nowhere": "under",
        "since=1": "since",
    }.items():
        assert list(wrong_fields(api.ada.get(f"/api/v1/changes?{query}", status=400))) == [field], query
    problem(api.visitor.get("/api/v1/changes", status=401))


def test_a_search_is_filtered_sorted_and_counted_by_facets(api):
    api.site.node("/", "page", "Early birds", body="early")
    api.site.node("/", "folder", "Early days")
    titles = lambda query: [each["title"] for each in api.ada.get(f"/api/v1/search?q=early&{query}").json["items"]]  # noqa: E731
    assert titles("sort=title") == ["Early birds", "Early days", "Leave"]
    assert titles("sort=-title&kind__in=page,file") == ["Leave", "Early birds"]
    assert titles("author=nobody") == titles("changed__lt=2020-01-01T00:00:00Z") == []
    assert titles("title__startswith=EARLY+b") == ["Early birds"]
    answer = api.ada.get("/api/v1/search?q=early&kind=page&facets=kind,place,changed,author&limit=1").json
    facets = answer["facets"]
    assert facets["kind"] == [
        {"value": "page", "title": "Pages", "count": 2},
        {"value": "folder", "title": "Folders", "count": 1},
    ]
    assert facets["place"] == [{"value": "/handbook", "title": "Handbook", "count": 1}]
    assert [(each["title"], each["count"]) for each in facets["changed"]] == [
        (name, 2) for name in ("today", "week", "month", "year")
    ]
    assert sum(each["count"] for each in facets["author"]) == 2
    since = facets["changed"][0]["value"].replace("+", "%2B")
    assert len(api.ada.get(f"/api/v1/search?q=early&kind=page&changed__gte={since}").json["items"]) == 2
    assert api.dan.get("/api/v1/search?q=leave&facets=kind,place").json["facets"] == {"kind": [], "place": []}


def test_a_search_takes_the_fields_and_the_limit_of_lists(api):
    (hit,) = api.cleo.get("/api/v1/search?q=early&limit=1000&fields=excerpt,kind").json["items"]
    assert set(hit) == {"id", "kind", "path", "excerpt"}


def test_filters_of_a_search_that_cannot_be_understood(api):
    for query, field in {
        "sort=colour": "colour",
        "facets=colour": "facets",
        "changed__gte=x": "changed__gte",
        "kind__in=page,x": "kind",
        "fields=size": "size",
    }.items():
        assert list(wrong_fields(api.ada.get(f"/api/v1/search?q=x&{query}", status=400))) == [field], query
