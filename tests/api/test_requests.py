"""The preview of grants and requests for access over REST."""

from __future__ import annotations

from tests.api.conftest import content, problem, wrong_fields

PREVIEW = content("/handbook/@grants-preview")
REQUESTS = "/api/v1/requests"


def test_a_preview_says_what_would_come_of_it_and_changes_nothing(api):
    body = {"inherit": True, "grants": [{"principal": "user:dan", "role": "editor"}]}
    effect = api.ada.post_json(PREVIEW, body, status=200).json
    assert effect["changes"] == [
        {"before": "editor", "after": None, "count": 1, "users": ["ben"]},
        {"before": "reader", "after": None, "count": 1, "users": ["cleo"]},
        {"before": None, "after": "editor", "count": 1, "users": ["dan"]},
    ]
    assert (effect["loses_own"], effect["only_administrators"], effect["places_inside"]) == (False, False, 0)
    assert len(api.ada.get(content("/handbook/@grants")).json["grants"]) == 2
    wrong = {"grants": [{"principal": "user:nobody", "role": "reader"}]}
    assert "nobody here" in wrong_fields(api.ada.post_json(PREVIEW, wrong, status=422))["grants"]
    assert problem(api.ben.post_json(PREVIEW, body, status=403))["permission"] == "share"


def test_asking_and_answering(api):
    for path in ("/handbook", "/nowhere"):
        assert api.dan.post_json(REQUESTS, {"path": path, "message": "Please."}, status=202).json == {"status": "asked"}
    own = api.dan.get(REQUESTS).json["own"]
    assert {(each["path"], each["answered"], each["user"]) for each in own} == {
        ("/handbook", None, None),
        ("/nowhere", None, None),
    }
    (waiting,) = api.ada.get(REQUESTS).json["waiting"]
    assert (waiting["user"], waiting["path"], waiting["message"]) == ("dan", "/handbook", "Please.")
    one = f"{REQUESTS}/{waiting['id']}"
    problem(api.dan.post_json(one, {"answer": "decline"}, status=404))
    assert "role" in wrong_fields(api.ada.post_json(one, {"answer": "grant"}, status=422))
    api.ada.post_json(one, {"answer": "grant", "role": "reader", "reply": "Welcome."}, status=204)
    api.dan.get(content("/handbook"), status=200)
    assert {"role": "reader", "reply": "Welcome."}.items() <= api.dan.get(REQUESTS).json["own"][1].items()
    problem(api.ada.post_json(one, {"answer": "decline"}, status=404))


def test_a_token_needs_scopes_to_ask_and_to_answer(api):
    problem(api.site.client("dan", "read").post_json(REQUESTS, {"path": "/handbook"}, status=403))
    api.dan.post_json(REQUESTS, {"path": "/handbook"}, status=202)
    (waiting,) = api.ada.get(REQUESTS).json["waiting"]
    writing = api.site.client("ada", "read", "write")
    assert writing.get(REQUESTS).json["waiting"] == []
    problem(writing.post_json(f"{REQUESTS}/{waiting['id']}", {"answer": "decline"}, status=404))
