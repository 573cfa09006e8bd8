"""Notifications over REST: one's own, as far as one may see what they are about."""

from __future__ import annotations

from myplatform.actions.notifying import notify_of_changes
from tests.api.conftest import content, problem, wrong_fields

URL = "/api/v1/notifications"


def read(api):
    with api.site.session() as db:
        notify_of_changes(db, public=False)


def test_who_is_named_is_told_and_reads_it(api):
    read(api)
    said = api.ada.post_json(content("/handbook/@comments"), {"body": "Look, @ben"}, status=201).json
    read(api)
    answer = api.ben.get(URL).json
    (told,) = answer["items"]
    assert (told["reason"], told["actor"], told["comment"], told["read"]) == ("mention", "ada", said["id"], None)
    assert (told["node"]["path"], answer["unread"]) == ("/handbook", 1)
    assert api.cleo.get(URL).json == {"items": [], "unread": 0}
    assert api.cleo.post_json(URL, {"ids": [told["id"]]}, status=200).json == {"changed": 0}
    assert api.ben.post_json(URL, {"ids": [told["id"]]}, status=200).json == {"changed": 1}
    assert api.ben.get(URL).json["unread"] == 0
    assert api.ben.post_json(URL, {"read": False}, status=200).json == {"changed": 1}
    assert api.ben.get(f"{URL}?before={told['id']}").json["items"] == []


def test_what_makes_no_sense_is_told(api):
    assert "before" in problem(api.ben.get(f"{URL}?before=x", status=400))["detail"]
    assert "ids" in str(wrong_fields(api.ben.post_json(URL, {"ids": ["x"]}, status=422)))
    assert api.ben.post_json(URL, {"ids": [-1]}, status=200).json == {"changed": 0}
