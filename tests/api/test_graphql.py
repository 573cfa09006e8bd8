"""GraphQL reads what REST reads: same rights, same lists, few statements, nothing without bounds."""

from types import SimpleNamespace

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from myplatform import make_config
from myplatform.actions.content import edit_node
from myplatform.actions.trash import trash_node
from myplatform.graphql import cohorts, schema
from myplatform.graphql.execution import Service
from myplatform.graphql.registered import Registered, hash_of
from myplatform.identity import SYSTEM
from myplatform.permissions import Role
from myplatform.queries.nodes import node_by_path
from myplatform.settings import SettingsError, from_values
from tests.api.conftest import Api, content, problem
from tests.conftest import ON_ONE_DATABASE, make_node
from tests.views.conftest import form_to

URL = "/api/graphql"


def asked(app, query, status=200, **variables):
    """The answer to a query, whatever it says."""
    return app.post_json(URL, {"query": query, "variables": variables}, status=status).json


def data(app, query, **variables):
    """The data of a query that went well."""
    answer = asked(app, query, **variables)
    assert "errors" not in answer, answer
    return answer["data"]


def codes(answer):
    """What programs hear of the errors, after making sure of their shape."""
    for each in answer["errors"]:
        assert each["message"]
        assert each["extensions"]["request_id"]
        assert "Traceback" not in str(each)
        assert "SELECT" not in str(each)
    return [each["extensions"]["code"] for each in answer["errors"]]


def test_a_node_by_path_and_by_id_with_the_fields_of_its_kind(api: Api):
    query = """query($path: String, $id: ID) {
        node(path: $path, id: $id) {
            id kind path slug title version created created_by modified modified_by url
            ... on Employee { name age department manager { title } hire_date }
        } }"""
    by_path = data(api.ada, query, path="/people/john-doe")["node"]
    rest = api.ada.get(content("/people/john-doe")).json
    assert by_path == data(api.ada, query, id=by_path["id"])["node"]
    assert by_path.pop("id") == str(rest["id"])
    assert by_path == {name: rest[name] for name in by_path}


def test_hidden_and_missing_are_null_alike(api: Api):
    query = "query($path: String, $id: ID) { node(path: $path, id: $id) { title } }"
    for app in (api.dan, api.cleo):
        for where in ({"path": "/people/john-doe"}, {"path": "/nothing"}, {"id": str(api.john.id)}, {"id": "999999"}):
            assert data(app, query, **where) == {"node": None}
    for odd in ({"id": "x"}, {"id": "9" * 40}, {"id": "-1"}, {"path": ""}, {"path": "//"}):
        assert data(api.dan, query, **odd) == {"node": None}
    assert data(api.dan, '{ items(path: "/handbook") { items { title } } }') == {"items": None}
    assert data(api.dan, '{ search(q: "early", under: "/handbook") { items { excerpt } } }') == {"search": None}
    assert data(api.dan, '{ changes(under: "/handbook") { cursor } }') == {"changes": None}
    assert data(api.cleo, '{ items(path: "/handbook") { items { parent { title } lineage { title } } } }') == {
        "items": {"items": [{"parent": {"title": "Handbook"}, "lineage": [{"title": "Handbook"}]}]}
    }


def test_a_link_to_what_is_hidden_is_null(api: Api):
    with api.site.session() as db:
        boss = make_node(db, "/", "people", "Secret").node
        boss = make_node(db, boss.path, "employee", "The Boss").node
        john = node_by_path(db, "/people/john-doe")
        edit_node(db, john, {"manager": boss.id}, by=SYSTEM, expected_version=None)
        page = node_by_path(db, "/handbook/leave")
        body = "Ask [John](/people/john-doe) or [the boss](/secret/the-boss)."
        edit_node(db, page, {"body": body}, by=SYSTEM, expected_version=None)
    api.site.grant("/people", ("user:cleo", "reader"))
    query = '{ node(path: "/people/john-doe") { ... on Employee { manager { title } } } }'
    assert data(api.cleo, query)["node"] == {"manager": None}
    assert data(api.ada, query)["node"] == {"manager": {"title": "The Boss"}}
    links = '{ node(path: "/handbook/leave") { links { title } } }'
    assert data(api.cleo, links)["node"]["links"] == [{"title": "John Doe"}]
    assert data(api.ada, links)["node"]["links"] == [{"title": "John Doe"}, {"title": "The Boss"}]


def test_lists_have_the_grammar_of_rest(api: Api):
    with api.site.session() as db:
        for number in range(7):
            make_node(db, "/people", "employee", f"Person {number}", age=20 + number, department="IT")
    query = """query($cursor: String) { items(path: "/people", sort: "-age", limit: 3, count: true, cursor: $cursor,
        filter: [{name: "department", value: "IT"}, {name: "age__gte", value: "22"}]) {
        items { ... on Employee { name age } } next total } }"""
    first = data(api.ada, query)["items"]
    assert [each["age"] for each in first["items"]] == [26, 25, 24]
    assert first["total"] == 5
    second = data(api.ada, query, cursor=first["next"])["items"]
    assert [each["age"] for each in second["items"]] == [23, 22]
    assert second["next"] is None
    people = data(api.ada, '{ people(q: "john") { items { title path } } }')["people"]["items"]
    assert people == [{"title": "John Doe", "path": "/people/john-doe"}]
    wrong = asked(api.ada, '{ items(path: "/people", filter: {name: "agee", value: "1"}) { next } viewer { name } }')
    assert codes(wrong) == ["bad-query"]
    assert "did you mean 'age'?" in wrong["errors"][0]["message"]
    assert wrong["data"] == {"items": None, "viewer": {"name": "ada"}}
    for argument in ("limit: 0", 'cursor: "x"', 'depth: "2"', 'kind: "no"', 'filter: {name: "limit", value: "1"}'):
        assert codes(asked(api.ada, f"{{ items({argument}) {{ next }} }}")) == ["bad-query"]


def test_search_and_changes_are_those_of_rest(api: Api):
    query = '{ search(q: "early", count: true) { total items { excerpt node { path } } } }'
    rest = api.cleo.get("/api/v1/search?q=early").json["items"]
    found = data(api.cleo, query)["search"]
    assert found == {"total": 1, "items": [{"excerpt": rest[0]["excerpt"], "node": {"path": rest[0]["path"]}}]}
    query = """query($after: String) { changes(after: $after) {
        cursor items { id at actor action kind path title version changed node { title } } } }"""
    feed = api.cleo.get("/api/v1/changes").json
    changes = data(api.cleo, query)["changes"]
    assert [int(each["id"]) for each in changes["items"]] == [each["id"] for each in feed["items"]]
    assert data(api.cleo, query, after=changes["cursor"])["changes"]["items"] == []
    with api.site.session() as db:
        trash_node(db, node_by_path(db, "/handbook/leave"), by=SYSTEM)
    gone = data(api.cleo, query, after=changes["cursor"])["changes"]["items"]
    assert [(each["action"], each["path"], each["node"]) for each in gone] == [("trashed", "/handbook/leave", None)]


def test_who_asks(api: Api):
    query = "{ viewer { name display_name is_admin groups scopes entry { title } } }"
    reader = api.site.client("cleo", "read")
    assert data(reader, query)["viewer"] == {
        "name": "cleo", "display_name": "Cleo", "is_admin": False, "groups": [], "scopes": ["read"], "entry": None,
    }  # fmt: skip


def test_who_may_not_ask_hears_what_rest_says(api: Api):
    query = {"query": "{ viewer { name } }"}
    problem(api.visitor.post_json(URL, query, status=401))
    problem(api.visitor.get(f"{URL}/schema.graphql", status=401))
    api.visitor.authorization = ("Bearer", "mp_wrong")
    problem(api.visitor.post_json(URL, query, status=401))
    problem(api.site.client("cleo", "write").post_json(URL, query, status=403))


def test_a_session_needs_its_token_against_forgery(api: Api):
    browser = api.site.signed_in("cleo")
    query = {"query": "{ viewer { name } }"}
    assert problem(browser.post_json(URL, query, status=400))["code"] == "csrf"
    token = form_to("/-/sign-out", browser.get("/handbook"))["csrf_token"].value
    answer = browser.post_json(URL, query, headers={"X-CSRF-Token": token}, status=200)
    assert answer.json == {"data": {"viewer": {"name": "cleo"}}}


def test_the_page_and_the_schema(api: Api):
    browser = api.site.signed_in("cleo")
    assert "type Employee implements Node" in browser.get(URL, status=200).text
    answer = browser.get(f"{URL}/schema.graphql", status=200)
    assert answer.content_type == "text/plain"
    assert "interface Node" in answer.text
    assert "mutation" not in answer.text.lower()
    problem(api.visitor.get(URL, status=401))


def test_a_post_only_reads(api: Api):
    data(api.cleo, "{ viewer { name } }")
    begun = []
    event.listen(api.site.engine, "before_cursor_execute", lambda *each: begun.append(each[2]))
    data(api.cleo, '{ node(path: "/handbook") { title } }')
    assert [each for each in begun if not each.startswith(("SELECT", "BEGIN"))] == []
    assert "BEGIN IMMEDIATE" not in begun


def test_whoever_sees_as_somebody_else_reads_what_both_may(api: Api):
    browser = api.site.signed_in("ada")
    token = form_to("/-/sign-out", browser.get("/handbook"))["csrf_token"].value
    browser.post("/handbook/@see-as", {"person": "cleo", "csrf_token": token}, status=303)
    query = {"query": '{ a: node(path: "/handbook") { title } b: node(path: "/people") { title } viewer { name } }'}
    answer = browser.post_json(URL, query, headers={"X-CSRF-Token": token}, status=200).json
    assert answer["data"] == {"a": {"title": "Handbook"}, "b": None, "viewer": {"name": "ada"}}


@pytest.fixture
def deep(api: Api):
    """Ten folders with ten pages each, every page linking to a person with a manager."""
    with api.site.session() as db:
        boss = make_node(db, "/people", "employee", "Boss").node
        for number in range(10):
            make_node(db, "/people", "employee", f"Person {number}", manager=boss.id, department="IT")
            folder = make_node(db, "/handbook", "folder", f"Folder {number}").node
            for page in range(10):
                body = f"[someone](/people/person-{number}), [next](/handbook/folder-{number}/page-{(page + 1) % 10})"
                make_node(db, folder.path, "page", f"Page {page}", body=body, keywords=f"word {page}")
    api.site.grant("/people", ("user:cleo", "reader"))
    data(api.cleo, "{ viewer { name } }")
    return api


def test_statements_grow_with_levels_and_not_with_nodes(deep: Api):
    query = """{ items(path: "/handbook", kind: "folder", limit: 20) { items { title
        children(limit: 20) { title parent { title } lineage { title } ... on Page { body keywords }
            links(limit: 2) { title ... on Employee { department manager { title } } } } } } }"""
    with deep.site.statements as seen:
        folders = data(deep.cleo, query)["items"]["items"]
    assert len(folders) == 10
    assert {len(folder["children"]) for folder in folders} == {10}
    page = folders[3]["children"][4]
    assert page["keywords"] == "word 4"
    assert page["parent"] == {"title": "Folder 3"}
    assert [each["title"] for each in page["lineage"]] == ["Handbook", "Folder 3"]
    assert page["links"][1] == {"title": "Person 3", "department": "IT", "manager": {"title": "Boss"}}
    # Who asks; place, page, its nodes; children; parents, lineages; bodies, keywords; links and what they name; people
    # and their managers.
    assert len(seen) <= 14, "\n".join(seen)


def test_children_have_their_limit_each(deep: Api):
    query = '{ items(path: "/handbook", kind: "folder") { items { children(limit: 3, kind: "page") { title } } } }'
    found = data(deep.cleo, query)["items"]["items"]
    assert all([each["title"] for each in one["children"]] == ["Page 0", "Page 1", "Page 2"] for one in found)


HOSTILE = {
    "nothing": ("", "invalid"),
    "no query": ("{", "invalid"),
    "a field that there is not": ("{ nothing }", "invalid"),
    "a mutation": ("mutation { viewer { name } }", "invalid"),
    "a subscription": ("subscription { viewer { name } }", "invalid"),
    "long": ("# " + "x" * 20_000 + "\n{ viewer { name } }", "too-large"),
    "many tokens": ("{ viewer { " + "name " * 2500 + "} }", "invalid"),
    "many fields": ("{ viewer { " + "name " * 400 + "} }", "too-large"),
    "brackets": ("{a" * 900, "invalid"),
    "lists": ("{ items(filter: " + "[" * 1900, "invalid"),
    "brackets that close": ("{viewer" * 290 + "}" * 290, "invalid"),
    "levels": ('{ node(path: "/") ' + "{ parent " * 20 + "{ title }" + "}" * 21, "too-deep"),
    "aliases": ("{ viewer { " + " ".join(f"a{n}: name" for n in range(60)) + " } }", "too-many-aliases"),
    "fragments in a circle": (
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
        "invalid",
    ),
    "a product of lists": ("{ items(limit: 1000) { items { children(limit: 1000) { title } } } }", "too-costly"),
    "a product by a variable": (
        "query($n: Int! = 1000) { items(limit: $n) { items { children { title } } } }",
        "too-costly",
    ),
    "fragments that double": (
        "{ items(limit: 1000) { items { ...F0 } } } fragment F9 on Node { title path slug url }"
        + "".join(f" fragment F{n} on Node {{ ...F{n + 1} parent {{ ...F{n + 1} }} }}" for n in range(9)),
        "too-costly",
    ),
    "introspection in depth": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
        "invalid",
    ),
    "much introspection": (
        "{ a: __schema { types { name } } b: __schema { types { name } } c: __schema { types { name } } }",
        "too-large",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@ON_ONE_DATABASE
def test_hostile_queries_are_refused_before_they_run(api: Api, name):
    query, code = HOSTILE[name]
    api.cleo.get("/api/v1/me")
    with api.site.statements as seen:
        answer = asked(api.cleo, query, status=400)
    assert set(codes(answer)) == {code}
    assert "data" not in answer
    assert len(seen) <= 1


@ON_ONE_DATABASE
def test_variables_and_bodies_of_wrong_types(api: Api):
    query = "query($n: Int) { items(limit: $n) { next } }"
    assert codes(asked(api.cleo, query, status=400, n="ten")) == ["invalid"]
    assert codes(asked(api.cleo, query, status=400, n={"a": [[[[]]]]})) == ["invalid"]
    assert codes(asked(api.cleo, query, status=400, n=1 << 80)) == ["invalid"]
    two = "query A { viewer { name } } query B { viewer { is_admin } }"
    assert codes(asked(api.cleo, two, status=400)) == ["invalid"]
    named = api.cleo.post_json(URL, {"query": two, "operationName": "B"}, status=200).json
    assert named == {"data": {"viewer": {"is_admin": False}}}
    problem(api.cleo.post_json(URL, [{"query": two}], status=400))
    problem(api.cleo.post_json(URL, {"query": 5}, status=422))
    problem(api.cleo.post(URL, "query=x", status=415))


@ON_ONE_DATABASE
def test_tools_can_read_the_schema(api: Api):
    read = build_client_schema(data(api.cleo, get_introspection_query()))
    assert "type Employee implements Node" in print_schema(read)


@ON_ONE_DATABASE
def test_time_is_bounded(api: Api, monkeypatch):
    monkeypatch.setattr(cohorts, "time", SimpleNamespace(monotonic=lambda: float("inf")))
    answer = asked(api.cleo, '{ viewer { name } node(path: "/handbook") { title } }')
    assert codes(answer) == ["too-late"]
    assert answer["data"] == {"viewer": {"name": "cleo"}, "node": None}


@ON_ONE_DATABASE
def test_a_mistake_of_ours_is_told_without_its_inside(api: Api, monkeypatch):
    def broken(*_: object):
        raise RuntimeError("SELECT secret")

    monkeypatch.setattr(schema, "_at", broken)
    answer = api.cleo.post_json(URL, {"query": '{ node(path: "/") { title } }'}, status=500)
    assert "secret" not in answer.text
    problem(answer)


grants = st.tuples(st.sampled_from(("ben", "cleo", "dan")), st.sampled_from([role.value for role in Role]))
made = st.tuples(st.integers(0, 9), st.sampled_from(("folder", "page")), st.lists(grants, max_size=2), st.booleans())
trees = st.lists(made, min_size=3, max_size=8)


@settings(max_examples=8, deadline=None)
@given(trees)
def test_everybody_sees_what_rest_shows(api: Api, tree):
    places = ["/"]
    for number, (place, kind, given_roles, inherits) in enumerate(tree):
        path = api.site.node(places[place % len(places)], kind, f"{kind} {number}").node.path
        if kind == "folder":
            places.append(path)
        api.site.grant(path, *((f"user:{name}", role) for name, role in dict(given_roles).items()), inherits=inherits)
    query = """query($path: String!, $depth: String!) { items(path: $path, depth: $depth) {
        items { id kind path slug title version created created_by modified modified_by } } node(path: $path) {
        children { id } } }"""
    for app in (api.ada, api.ben, api.cleo, api.dan):
        for path in places:
            for depth in ("1", "all"):
                rest = app.get(content(f"{path.rstrip('/')}/@items?depth={depth}"), expect_errors=True)
                answer = data(app, query, path=path, depth=depth)
                if rest.status_int == 404:
                    assert answer == {"items": None, "node": None}
                    continue
                found = answer["items"]["items"]
                shown = rest.json["items"]
                assert [int(row.pop("id")) for row in found] == [row["id"] for row in shown]
                assert found == [{name: row[name] for name in each} for row, each in zip(shown, found, strict=True)]
                if depth == "1":
                    assert answer["node"]["children"] == [{"id": str(row["id"])} for row in shown]


@pytest.fixture
def register(api: Api, monkeypatch):
    """Lets the site know queries for the time of a test, as `graphql.queries` does."""

    def register(*queries, only=False):
        monkeypatch.setitem(api.site.registry, "graphql", Service(Registered.of(queries, only=only)))

    return register


def by_hash(text, **others):
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **others}


@ON_ONE_DATABASE
def test_a_registered_query_is_asked_by_its_hash(api: Api, register):
    query = "query($path: String) { node(path: $path) { title } }"
    register(f"{query}\n")
    for text in (query, f"{query}\n"):
        answer = api.ada.post_json(URL, by_hash(text, variables={"path": "/people"})).json
        assert answer == {"data": {"node": {"title": "People"}}}
    assert codes(api.ada.post_json(URL, by_hash("{ node { id } }")).json) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert api.ada.post_json(URL, by_hash("{ x }")).json["errors"][0]["message"] == "PersistedQueryNotFound"
    both = by_hash('{ node(path: "/") { path } }', query='{ node(path: "/") { path } }')
    assert api.ada.post_json(URL, both).json["data"] == {"node": {"path": "/"}}
    assert codes(api.ada.post_json(URL, by_hash(both["query"])).json) == ["PERSISTED_QUERY_NOT_FOUND"]  # not kept
    for odd in ({}, by_hash("{ x }", query=query), {"extensions": {"persistedQuery": {"version": 2}}},
                {"extensions": {"persistedQuery": "x"}}):
        assert codes(api.ada.post_json(URL, odd, status=400).json) == ["bad-query"]
    answer = api.dan.post_json(URL, by_hash(query, variables={"path": "/people/john-doe"})).json
    assert answer["data"] == {"node": None}  # whoever asks


@ON_ONE_DATABASE
def test_only_registered_queries_where_the_site_says_so(api: Api, register):
    query = '{ node(path: "/") { path } }'
    register(query, only=True)
    assert data(api.ada, query) == data(api.ada, f"\n{query} ") == {"node": {"path": "/"}}
    assert codes(asked(api.ada, '{ node(path: "/") { title } }', status=400)) == ["not-registered"]


def test_registered_queries_are_judged_at_the_start(tmp_path):
    def started():
        given = {"graphql.queries": f"{tmp_path}/q", "database.url": f"sqlite:///{tmp_path}/site.sqlite"}
        config = make_config(from_values(given))
        return config.make_wsgi_app().registry

    def wrong():
        with pytest.raises(SettingsError) as caught:
            started()
        return [each.message for each in caught.value.problems]

    assert wrong() == [f"there is no folder {tmp_path}/q"]
    (tmp_path / "q" / "in").mkdir(parents=True)
    assert wrong() == [f"there is no file *.graphql in {tmp_path}/q"]
    (tmp_path / "q" / "good.graphql").write_text("{ node { id } }")
    (tmp_path / "q" / "in" / "bad.graphql").write_text("{ noode { id } }")
    assert [each.partition("bad.graphql: ")[2][:26] for each in wrong()] == ["Cannot query field 'noode'"]
    (tmp_path / "q" / "in" / "bad.graphql").write_text("x" * 20_001)
    assert wrong() == [f"{tmp_path}/q/in/bad.graphql has more than 20,000 characters"]
    (tmp_path / "q" / "in" / "bad.graphql").unlink()
    assert started()["graphql"].registered.by_hash.keys() == {hash_of("{ node { id } }")}
    with pytest.raises(SettingsError, match=r"graphql\.queries is not set"):
        from_values({"graphql.only_registered": "true"})
