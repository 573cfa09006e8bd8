"""Versions over REST."""

from tests.api.conftest import content, match, problem, wrong_fields

LEAVE = content("/handbook/leave")


def with_versions(api):
    api.ben.patch_json(LEAVE, {"title": "Absence"}, headers=match("*"))
    api.ben.patch_json(LEAVE, {"title": "Time off", "body": "Later."}, headers=match("*"))


def test_versions_come_with_author_time_and_what_changed(api):
    with_versions(api)
    items = api.cleo.get(f"{LEAVE}/@history").json["items"]
    assert [each["version"] for each in items] == [3, 2, 1]
    assert (items[0]["actor"], items[0]["action"], sorted(items[0]["changed"])) == ("ben", "edited", ["body", "title"])
    assert items[2]["action"] == "created"


def test_versions_come_in_pages(api):
    with_versions(api)
    first = api.cleo.get(f"{LEAVE}/@history?limit=2").json
    assert [each["version"] for each in first["items"]] == [3, 2]
    second = api.cleo.get(first["next"]).json
    assert ([each["version"] for each in second["items"]], second["next"]) == ([1], None)
    for query in ("limit=0", "cursor=x", "before=3", "cursor=0"):
        problem(api.cleo.get(f"{LEAVE}/@history?{query}", status=400))


def test_one_version_as_it_was(api):
    with_versions(api)
    old = api.cleo.get(f"{LEAVE}/@history/2").json
    assert (old["title"], old["body"], old["version"]) == ("Absence", "# Leave\n\nAsk early.", 2)
    for version in ("0", "4", "x", "-1", "1/more"):
        problem(api.cleo.get(f"{LEAVE}/@history/{version}", status=404))
    problem(api.dan.get(f"{LEAVE}/@history/2", status=404))
    problem(api.dan.get(f"{LEAVE}/@history", status=404))


def test_going_back_is_a_version_of_its_own(api):
    with_versions(api)
    back = api.ben.post_json(f"{LEAVE}/@revert", {"version": 1}, headers=match('"3"'))
    assert (back.json["title"], back.json["body"], back.json["version"]) == ("Leave", "# Leave\n\nAsk early.", 4)
    assert api.cleo.get(f"{LEAVE}/@history").json["items"][0]["action"] == "reverted"


def test_going_back_needs_no_condition_as_nothing_is_lost_by_it(api):
    with_versions(api)
    assert api.ben.post_json(f"{LEAVE}/@revert", {"version": 1}).json["version"] == 4


def test_going_back_is_refused(api):
    with_versions(api)
    problem(api.ben.post_json(f"{LEAVE}/@revert", {"version": 1}, headers=match('"2"'), status=412))
    problem(api.ben.post_json(f"{LEAVE}/@revert", {"version": 9}, headers=match("*"), status=422))
    for body in ({}, {"version": "1"}, {"version": 0}, {"version": 1.5}, {"version": True}):
        refused = api.ben.post_json(f"{LEAVE}/@revert", body, headers=match("*"), status=422)
        assert "version" in wrong_fields(refused)
    assert problem(api.cleo.post_json(f"{LEAVE}/@revert", {"version": 1}, status=403))["permission"] == "edit"
