"""Comments over REST."""

from tests.api.conftest import content, problem, wrong_fields

COMMENTS = content("/handbook/@comments")


def test_a_thread_from_beginning_to_end(api):
    first = api.cleo.post_json(COMMENTS, {"body": "Which year? @ben"}, status=201).json
    assert (first["author"], first["thread"], first["resolved"]) == ("cleo", None, None)
    answer = api.ben.post_json(COMMENTS, {"body": "This one.", "thread": first["id"]}, status=201).json
    assert [each["id"] for each in api.cleo.get(COMMENTS).json["items"]] == [first["id"], answer["id"]]
    address = f"/api/v1/comments/{first['id']}"
    assert api.cleo.patch_json(address, {"body": "Which month?"}).json["body"] == "Which month?"
    assert api.ben.post_json(f"{address}/@resolve", {}).json["resolved_by"] == "ben"
    assert api.ben.post_json(f"{address}/@resolve", {"resolved": False}).json["resolved"] is None
    api.cleo.delete(address, status=204)
    assert [each["removed"] for each in api.ben.get(COMMENTS).json["items"]] == [True, False]


def test_who_may_not(api):
    made = api.ben.post_json(COMMENTS, {"body": "Hello"}, status=201).json
    address = f"/api/v1/comments/{made['id']}"
    problem(api.dan.get(COMMENTS, status=404))
    problem(api.dan.get(address, status=404))
    problem(api.dan.delete(address, status=404))
    problem(api.cleo.patch_json(address, {"body": "x"}, status=403))
    reader = api.site.client("ben", "read")
    problem(reader.post_json(COMMENTS, {"body": "x"}, status=403))
    problem(reader.put(content("/handbook/@follow"), status=403))


def test_what_cannot_be_said(api):
    assert "body" in wrong_fields(api.ben.post_json(COMMENTS, {"body": ""}, status=422))
    assert "body" in wrong_fields(api.ben.post_json(COMMENTS, {"body": "   "}, status=422))
    problem(api.ben.post_json(COMMENTS, {"body": "x", "thread": 999}, status=404))
