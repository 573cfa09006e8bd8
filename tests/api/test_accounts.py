"""Users, groups and tokens over REST, and who the caller is."""

from tests.api.conftest import content, problem, wrong_fields


def test_who_the_caller_is(api):
    api.ada.post_json("/api/v1/groups", {"name": "hr"}, status=201)
    api.ada.put("/api/v1/groups/hr/members/user:ben", status=204)
    me = api.ben.get("/api/v1/me").json
    assert me == {
        "name": "ben",
        "display_name": "Ben",
        "is_admin": False,
        "groups": ["hr"],
        "scopes": ["admin", "read", "write"],
    }
    problem(api.visitor.get("/api/v1/me", status=401))


def test_users_are_a_list_like_all_others(api):
    answer = api.ada.get("/api/v1/users?sort=-name&limit=3&count=true").json
    assert [each["name"] for each in answer["items"]] == ["dan", "cleo", "ben"]
    assert answer["total"] == 4
    assert [each["name"] for each in api.ada.get(answer["next"]).json["items"]] == ["ada"]
    assert [each["name"] for each in api.ada.get("/api/v1/users?is_admin=true").json["items"]] == ["ada"]
    assert [each["name"] for each in api.ada.get("/api/v1/users?q=cle").json["items"]] == ["cleo"]
    assert api.ada.get("/api/v1/users?fields=email&name=ben").json["items"] == [{"id": 2, "email": None}]
    problem(api.ada.get("/api/v1/users?password=x", status=400))


def test_administration_is_for_administrators_and_their_admin_tokens(api):
    for path in ("/api/v1/users", "/api/v1/users/ben", "/api/v1/groups", "/api/v1/groups/hr"):
        assert problem(api.ben.get(path, status=403))["permission"] == "administer"
        problem(api.visitor.get(path, status=401))
    assert problem(api.site.client("ada", "read", "write").get("/api/v1/users", status=403))["scope"] == "admin"


def test_a_user_is_made_changed_disabled_and_enabled(api):
    given = {"name": "eve", "display_name": "Eve Example", "email": "eve@example.com", "password": "long-enough-word"}
    made = api.ada.post_json("/api/v1/users", given, status=201)
    assert made.headers["Location"] == "http://localhost/api/v1/users/eve"
    assert "password" not in made.json
    assert made.json["enabled"] is True
    where = "/api/v1/users/eve"
    assert api.ada.patch_json(where, {"display_name": "Eve E.", "email": ""}).json["email"] is None
    assert api.ada.patch_json(where, {"enabled": False}).json["enabled"] is False
    assert api.ada.patch_json(where, {"enabled": True, "is_admin": True}).json["is_admin"] is True
    api.ada.put_json(f"{where}/password", {"password": "another-long-word"}, status=204)
    assert api.ada.get(where).json["display_name"] == "Eve E."


def test_users_that_cannot_be(api):
    wrong = wrong_fields(api.ada.post_json("/api/v1/users", {"name": "a b", "email": "x", "password": "x"}, status=422))
    assert set(wrong) == {"name", "email", "password"}
    assert "name" in wrong_fields(api.ada.post_json("/api/v1/users", {"name": "ben"}, status=422))
    assert "name" in wrong_fields(api.ada.post_json("/api/v1/users", {}, status=422))
    assert "colour" in wrong_fields(api.ada.post_json("/api/v1/users", {"name": "x", "colour": "red"}, status=422))
    problem(api.ada.get("/api/v1/users/nobody", status=404))
    problem(api.ada.patch_json("/api/v1/users/nobody", {}, status=404))
    assert "is_admin" in wrong_fields(api.ada.patch_json("/api/v1/users/ben", {"is_admin": "yes"}, status=422))
    assert "password" in wrong_fields(api.ada.put_json("/api/v1/users/ben/password", {"password": "x"}, status=422))
    problem(api.ada.patch_json("/api/v1/users/ada", {"is_admin": False}, status=409))
    problem(api.ada.delete("/api/v1/users/ben", status=405))


def test_a_disabled_users_token_is_of_no_use(api):
    api.ada.patch_json("/api/v1/users/ben", {"enabled": False})
    problem(api.ben.get(content("/handbook"), status=401))


def test_groups_are_made_renamed_filled_and_deleted(api):
    made = api.ada.post_json("/api/v1/groups", {"name": "hr", "title": "Human resources"}, status=201)
    assert made.headers["Location"] == "http://localhost/api/v1/groups/hr"
    assert made.json["members"] == []
    api.ada.post_json("/api/v1/groups", {"name": "staff"}, status=201)
    assert api.ada.patch_json("/api/v1/groups/hr", {"title": "People"}).json["title"] == "People"
    for _ in range(2):
        api.ada.put("/api/v1/groups/staff/members/group:hr", status=204)
    api.ada.put("/api/v1/groups/hr/members/user:dan", status=204)
    assert api.ada.get("/api/v1/groups/staff").json["members"] == [{"principal": "group:hr", "title": "People"}]
    api.site.grant("/handbook", ("group:staff", "reader"))
    api.dan.get(content("/handbook"), status=200)
    api.ada.delete("/api/v1/groups/hr/members/user:dan", status=204)
    problem(api.dan.get(content("/handbook"), status=404))
    lines = api.ada.get("/api/v1/groups?count=true").json
    assert [(each["name"], each["member_count"]) for each in lines["items"]] == [("hr", 0), ("staff", 1)]
    api.ada.delete("/api/v1/groups/staff", status=204)
    problem(api.ada.get("/api/v1/groups/staff", status=404))


def test_groups_that_cannot_be(api):
    api.ada.post_json("/api/v1/groups", {"name": "hr"}, status=201)
    assert "name" in wrong_fields(api.ada.post_json("/api/v1/groups", {"name": "hr"}, status=422))
    assert "title" in wrong_fields(api.ada.patch_json("/api/v1/groups/hr", {"title": ""}, status=422))
    assert "title" in wrong_fields(api.ada.patch_json("/api/v1/groups/hr", {}, status=422))
    assert "member" in wrong_fields(api.ada.put("/api/v1/groups/hr/members/group:hr", status=422))
    problem(api.ada.put("/api/v1/groups/hr/members/ben", status=404))
    problem(api.ada.put("/api/v1/groups/hr/members/user:nobody", status=404))
    problem(api.ada.put("/api/v1/groups/none/members/user:ben", status=404))
    problem(api.ada.delete("/api/v1/groups/hr/members/user:ben", status=404))
    problem(api.ada.delete("/api/v1/groups/none", status=404))


def test_a_token_is_shown_once_and_revoked(api):
    made = api.ben.post_json("/api/v1/tokens", {"name": "sync", "scopes": ["read"], "days": 3}, status=201).json
    assert made["token"].startswith("mp_")
    program = api.site.browser()
    program.authorization = ("Bearer", made["token"])
    assert program.get("/api/v1/me").json["scopes"] == ["read"]
    mine = api.ben.get("/api/v1/tokens?count=true").json
    assert mine["total"] == 2
    assert (mine["items"][0]["name"], mine["items"][0]["scopes"]) == ("sync", ["read"])
    assert made["token"] not in str(mine)
    api.ben.delete(f"/api/v1/tokens/{made['id']}", status=204)
    problem(program.get("/api/v1/me", status=401))
    problem(api.ben.delete(f"/api/v1/tokens/{made['id']}", status=404))


def test_tokens_of_others_are_for_administrators(api):
    made = api.ada.post_json(
        "/api/v1/tokens", {"name": "sync", "scopes": ["read"], "days": 3, "user": "ben"}, status=201
    )
    assert made.json["user"] == "ben"
    assert api.ada.get("/api/v1/tokens?user=ben&count=true").json["total"] == 2
    assert api.cleo.get("/api/v1/tokens?count=true").json["total"] == 1
    body = {"name": "x", "scopes": ["read"], "days": 3, "user": "ada"}
    assert problem(api.ben.post_json("/api/v1/tokens", body, status=403))["permission"] == "administer"
    problem(api.cleo.delete(f"/api/v1/tokens/{made.json['id']}", status=404))
    assert "user" in wrong_fields(api.ada.post_json("/api/v1/tokens", {**body, "user": "nobody"}, status=422))


def test_tokens_that_cannot_be(api):
    for body, field in (
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["all"]}, "scopes"),
        ({"name": "x", "scopes": "read"}, "scopes"),
        ({"name": "x", "scopes": ["read"], "days": 0}, "days"),
        ({"name": "x", "scopes": ["read"], "days": 100_000}, "days"),
    ):
        assert field in wrong_fields(api.ben.post_json("/api/v1/tokens", body, status=422)), body
    reading = api.site.client("ben", "read")
    problem(reading.post_json("/api/v1/tokens", {"name": "x", "scopes": ["read"], "days": 3}, status=403))
    problem(api.ben.delete("/api/v1/tokens/999999", status=404))
    problem(api.ben.delete(f"/api/v1/tokens/{'9' * 30}", status=404))
