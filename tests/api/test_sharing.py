"""Grants and explained decisions over REST."""

from tests.api.conftest import content, problem, wrong_fields

GRANTS = content("/handbook/@grants")


def test_grants_are_read_with_what_finally_applies(api):
    api.site.grant("/", ("signed-in", "reader"))
    body = api.ada.get(GRANTS).json
    assert body["inherit"] is True
    assert body["grants"] == [
        {"principal": "user:ben", "role": "editor"},
        {"principal": "user:cleo", "role": "reader"},
    ]
    assert {"principal": "signed-in", "role": "reader", "path": "/"} in body["effective"]
    assert {"principal": "administrators", "role": "manager", "path": None} in body["effective"]


def test_grants_are_replaced_at_once(api):
    wanted = {"inherit": False, "grants": [{"principal": "user:dan", "role": "manager"}]}
    answer = api.ada.put_json(GRANTS, wanted).json
    assert (answer["inherit"], answer["grants"]) == (False, wanted["grants"])
    problem(api.cleo.get(content("/handbook/leave"), status=404))
    api.dan.get(content("/handbook/leave"), status=200)
    assert api.dan.get(GRANTS).json["grants"] == wanted["grants"]


def test_grants_that_cannot_be(api):
    for grants, message in (
        ([{"principal": "user:nobody", "role": "reader"}], "nobody here"),
        ([{"principal": "everyone", "role": "reader"}], "nobody here"),
        ([{"principal": "user:ben", "role": "king"}], "reader"),
        ([{"principal": "user:ben"}], "required"),
        ("user:ben", "list"),
    ):
        wrong = wrong_fields(api.ada.put_json(GRANTS, {"grants": grants}, status=422))
        assert message in wrong["grants"], grants
    assert "inherit" in wrong_fields(api.ada.put_json(GRANTS, {"inherit": "no", "grants": []}, status=422))
    assert "grants" in wrong_fields(api.ada.put_json(GRANTS, {}, status=422))
    assert problem(api.ben.put_json(GRANTS, {"grants": []}, status=403))["permission"] == "share"
    assert len(api.ada.get(GRANTS).json["grants"]) == 2


def test_nobody_shuts_themselves_out(api):
    api.site.grant("/handbook", ("user:dan", "manager"))
    problem(api.dan.put_json(GRANTS, {"grants": []}, status=409))
    assert len(api.dan.get(GRANTS).json["grants"]) == 3


def test_a_token_needs_the_scope_admin_to_share(api):
    writing = api.site.client("ada", "read", "write")
    assert problem(writing.put_json(GRANTS, {"grants": []}, status=403))["scope"] == "admin"


def test_access_is_explained(api):
    mine = api.ben.get(content("/handbook/leave/@access")).json
    assert mine["permissions"] == ["add", "edit", "trash", "view"]
    assert mine["reasons"] == [
        {
            "principal": "user:ben",
            "role": "editor",
            "path": "/handbook",
            "permissions": ["add", "edit", "trash", "view"],
        }
    ]
    nothing = api.ada.get(content("/handbook/leave/@access?user=dan")).json
    assert (nothing["user"], nothing["permissions"], nothing["reasons"]) == ("dan", [], [])
    api.site.grant("/handbook", inherits=False)
    assert api.ada.get(content("/handbook/leave/@access?user=cleo")).json["inheritance_stops_at"] == "/handbook"


def test_others_access_is_for_those_who_share(api):
    assert api.ben.get(content("/handbook/leave/@access?user=ben")).json["user"] == "ben"
    refused = api.ben.get(content("/handbook/leave/@access?user=cleo"), status=403)
    assert problem(refused)["permission"] == "share"
    problem(api.ada.get(content("/handbook/leave/@access?user=nobody"), status=400))
    problem(api.ada.get(content("/handbook/leave/@access?name=ben"), status=400))
    problem(api.dan.get(content("/handbook/leave/@access"), status=404))
