"""Nodes over REST: reading, making, changing, trashing, and every way in which that can be refused."""

from tests.api.conftest import content, match, node, problem, wrong_fields
from tests.conftest import make_node

LEAVE = content("/handbook/leave")


def test_a_node_is_answered_with_its_fields_by_path_and_by_id(api):
    by_path = api.cleo.get(LEAVE)
    body = by_path.json
    assert (body["kind"], body["path"], body["slug"], body["title"]) == ("page", "/handbook/leave", "leave", "Leave")
    assert body["body"] == "# Leave\n\nAsk early."
    assert body["version"] == 1
    assert body["created"].endswith("Z")
    assert body["url"] == "http://localhost/handbook/leave"
    by_id = api.cleo.get(node(body["id"]))
    assert by_id.json == body
    assert by_id.headers["ETag"] == by_path.headers["ETag"]


def test_the_root_is_the_empty_path(api):
    assert api.ada.get(content("/")).json["path"] == "/"


def test_an_employee_has_its_name_twice(api):
    body = api.ada.get(content("/people/john-doe")).json
    assert (body["name"], body["title"], body["age"], body["department"]) == ("John Doe", "John Doe", 30, "HR")


def test_an_employee_can_be_given_title_and_name_if_they_are_the_same(api):
    made = api.ada.post_json(
        content("/people"), {"kind": "employee", "name": "Eve Example", "title": "Eve Example"}, status=201
    )
    assert made.json["name"] == made.json["title"] == "Eve Example"
    refused = api.ada.post_json(content("/people"), {"kind": "employee", "name": "A", "title": "B"}, status=422)
    assert "title" in wrong_fields(refused)


def test_what_the_caller_has_already_is_304(api):
    first = api.cleo.get(LEAVE)
    tag = first.headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.cleo.get(LEAVE, headers={"If-None-Match": header}, status=304)
        assert again.body == b""
        assert again.headers["ETag"] == tag
    api.cleo.get(LEAVE, headers={"If-None-Match": '"1-00000000"'}, status=200)


def test_the_tag_changes_when_something_above_moves(api):
    tag = api.ada.get(LEAVE).headers["ETag"]
    api.ada.post_json(content("/handbook/@move"), {"slug": "manual"})
    moved = api.ada.get(content("/manual/leave"), headers={"If-None-Match": tag}, status=200)
    assert moved.json["version"] == 1
    assert moved.headers["ETag"] != tag


def test_head_has_the_headers_alone(api):
    head = api.cleo.head(LEAVE)
    assert head.headers["ETag"] == api.cleo.get(LEAVE).headers["ETag"]
    assert head.body == b""


def test_visitors_hear_the_same_of_hidden_and_of_missing_things(api):
    for path in ("/handbook/leave", "/handbook/nothing", "/nothing"):
        refused = api.visitor.get(content(path), status=401)
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert problem(refused)["detail"] == "Sign in to go on."


def test_a_bad_token_is_401(api):
    refused = api.visitor.get(LEAVE, headers={"Authorization": "Bearer mp_nonsense"}, status=401)
    assert "invalid_token" in refused.headers["WWW-Authenticate"]
    problem(refused)


def test_hidden_and_missing_are_the_same_404(api):
    hidden = problem(api.dan.get(LEAVE, status=404))
    missing = problem(api.dan.get(content("/handbook/nothing"), status=404))
    del hidden["request_id"], missing["request_id"]
    assert hidden == missing
    by_id = problem(api.dan.get(node(api.page.id), status=404))
    assert by_id["detail"] == hidden["detail"]
    problem(api.dan.get(node(99999999), status=404))
    problem(api.dan.get(node("9" * 40), status=404))


def test_writing_to_what_is_hidden_is_404_whatever_the_method(api):
    for method in ("POST", "PATCH", "DELETE", "PUT", "OPTIONS"):
        problem(api.dan.request(LEAVE, method=method, status=404))
        problem(api.dan.request(content("/handbook/nothing"), method=method, status=404))


def test_a_missing_permission_is_named(api):
    assert problem(api.cleo.patch_json(LEAVE, {"title": "x"}, headers=match("*"), status=403))["permission"] == "edit"
    assert problem(api.cleo.post_json(content("/handbook"), {}, status=403))["permission"] == "add"
    assert problem(api.cleo.delete(LEAVE, status=403))["permission"] == "trash"
    assert problem(api.ben.get(content("/handbook/@grants"), status=403))["permission"] == "share"


def test_a_missing_scope_is_named(api):
    reading = api.site.client("ben", "read")
    refused = reading.patch_json(LEAVE, {"title": "x"}, headers=match("*"), status=403)
    assert problem(refused)["scope"] == "write"
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]
    writing = api.site.client("ben", "write")
    assert problem(writing.get(LEAVE, status=403))["scope"] == "read"
    problem(writing.get(content("/people"), status=404))  # hidden from Ben, whatever the token may do


def test_an_unknown_view_is_404_and_a_wrong_method_405(api):
    problem(api.cleo.get(content("/handbook/leave/@nonsense"), status=404))
    problem(api.cleo.get(content("/handbook/leave/@items/more"), status=404))
    refused = api.cleo.put_json(LEAVE, {}, status=405)
    assert refused.headers["Allow"] == "DELETE, GET, HEAD, PATCH, POST, OPTIONS"
    problem(refused)
    refused = api.cleo.post_json(content("/handbook/leave/@items"), {}, status=405)
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"
    problem(api.visitor.delete("/api/v1/search", status=405))
    problem(api.cleo.get("/api/v1/nonsense", status=404))


def test_options_says_what_there_is(api):
    answer = api.cleo.options(LEAVE, status=204)
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, PATCH, POST, OPTIONS"


def test_a_node_is_made_with_its_address(api):
    made = api.ben.post_json(content("/handbook"), {"kind": "page", "title": "Über uns", "body": "x"}, status=201)
    assert made.json["path"] == "/handbook/über-uns"
    assert made.headers["Location"] == "http://localhost/api/v1/content/handbook/%C3%BCber-uns"
    assert made.json["created_by"] == "ben"
    there = api.cleo.get(made.headers["Location"])
    assert there.json == made.json
    assert there.headers["ETag"] == made.headers["ETag"]


def test_an_employee_needs_little(api):
    body = {"kind": "employee", "name": "Jane Roe", "age": 30, "department": "HR"}
    made = api.ada.post_json(content("/people"), body, status=201)
    assert (made.json["title"], made.json["path"]) == ("Jane Roe", "/people/jane-roe")
    same = api.ada.post_json(content("/people"), {"kind": "employee", "title": "Jane Roe"}, status=201)
    assert (same.json["name"], same.json["path"]) == ("Jane Roe", "/people/jane-roe-2")


def test_a_given_slug_is_taken_or_refused(api):
    body = {"kind": "page", "title": "Sick days", "slug": "sick"}
    assert api.ben.post_json(content("/handbook"), body, status=201).json["path"] == "/handbook/sick"
    taken = api.ben.post_json(content("/handbook"), body, status=409)
    assert "slug" in wrong_fields(taken)
    problem(api.ada.post_json(content("/"), {"kind": "page", "title": "x", "slug": "api"}, status=422))


def test_all_wrong_fields_are_named_at_once(api):
    body = {"kind": "employee", "name": "", "age": "old", "email": "nobody", "colour": "red", "slug": 7}
    wrong = wrong_fields(api.ada.post_json(content("/people"), body, status=422))
    assert set(wrong) == {"name", "age", "email", "colour", "slug"}
    assert wrong["age"] == "must be a whole number"


def test_a_kind_is_needed_known_and_allowed_in_the_place(api):
    where = content("/people")
    assert "employee" in wrong_fields(api.ada.post_json(where, {"name": "x"}, status=422))["kind"]
    assert "page" in wrong_fields(api.ada.post_json(where, {"kind": "pgae", "title": "x"}, status=422))["kind"]
    assert "kind" in wrong_fields(api.ada.post_json(where, {"kind": ["page"], "title": "x"}, status=422))
    assert "kind" in wrong_fields(api.ada.post_json(where, {"kind": "page", "title": "x"}, status=422))
    wrong = wrong_fields(api.ada.post_json(content("/handbook"), {"kind": "file", "title": "x"}, status=422))
    assert "@content" in wrong["kind"]


def test_fields_change_together_and_the_version_counts(api):
    first = api.ben.get(LEAVE)
    changed = api.ben.patch_json(LEAVE, {"title": "Absence", "body": None}, headers=match(first.headers["ETag"]))
    assert (changed.json["title"], changed.json["body"], changed.json["version"]) == ("Absence", None, 2)
    assert changed.json["modified_by"] == "ben"
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert api.cleo.get(LEAVE).json == changed.json


def test_a_change_names_its_version(api):
    for version, tag in enumerate(('"1"', '"9", "2"', "*"), start=2):
        changed = api.ben.patch_json(LEAVE, {"title": f"Absence {version}"}, headers=match(tag))
        assert changed.json["version"] == version


def test_what_does_not_differ_changes_nothing(api):
    first = api.ben.get(LEAVE)
    again = api.ben.patch_json(LEAVE, {"title": "Leave"}, headers=match('"1"'))
    assert again.headers["ETag"] == first.headers["ETag"]


def test_without_a_version_nothing_is_changed(api):
    refused = api.ben.patch_json(LEAVE, {"title": "Absence"}, status=428)
    assert "If-Match" in problem(refused)["detail"]
    assert api.ben.get(LEAVE).json["version"] == 1


def test_a_stale_version_is_412_with_the_current_one(api):
    for tag in ('"7"', '"0"', 'W/"1"', '"1-00000000"'):
        refused = api.ben.patch_json(LEAVE, {"title": "Absence"}, headers=match(tag), status=412)
        assert problem(refused)["current"] == 1
        assert refused.headers["ETag"] == api.ben.get(LEAVE).headers["ETag"]


def test_an_unreadable_if_match_is_400(api):
    for tag in ("1", "", "'1'", '"1', '"1" nonsense'):
        problem(api.ben.patch_json(LEAVE, {"title": "Absence"}, headers=match(tag), status=400))


def test_a_change_keeps_to_the_fields_of_the_kind(api):
    assert set(wrong_fields(api.ben.patch_json(LEAVE, {"age": 3, "titel": "x"}, headers=match("*"), status=422))) == {
        "age",
        "titel",
    }
    assert "@move" in wrong_fields(api.ben.patch_json(LEAVE, {"slug": "x"}, headers=match("*"), status=422))["slug"]
    assert "kind" in wrong_fields(api.ben.patch_json(LEAVE, {"kind": "folder"}, headers=match("*"), status=422))
    api.ben.patch_json(LEAVE, {"kind": "page", "title": "Absence"}, headers=match("*"), status=200)


def test_a_person_is_named_by_path_or_id_and_cannot_manage_themselves(api):
    where = content("/people/john-doe")
    boss = api.ada.post_json(content("/people"), {"kind": "employee", "name": "Boss", "manager": "/people/john-doe"})
    assert boss.json["manager"] == api.john.id
    assert (
        "own manager"
        in wrong_fields(api.ada.patch_json(where, {"manager": api.john.id}, headers=match("*"), status=422))["manager"]
    )
    cyclic = api.ada.patch_json(where, {"manager": boss.json["id"]}, headers=match("*"), status=422)
    assert "own manager" in wrong_fields(cyclic)["manager"]
    assert "manager" in wrong_fields(
        api.ada.patch_json(where, {"manager": "/handbook"}, headers=match("*"), status=422)
    )
    assert "manager" in wrong_fields(api.ada.patch_json(where, {"manager": 999999}, headers=match("*"), status=422))


def test_deleting_puts_into_the_trash_with_everything_below(api):
    tag = api.ben.get(content("/handbook")).headers["ETag"]
    answer = api.ben.delete(content("/handbook"), headers=match(tag), status=204)
    assert answer.body == b""
    problem(api.ben.get(LEAVE, status=404))
    problem(api.ben.get(node(api.page.id), status=404))
    problem(api.ben.delete(content("/handbook"), status=404))


def test_a_stale_delete_is_412_and_the_root_stays(api):
    problem(api.ben.delete(LEAVE, headers=match('"4"'), status=412))
    problem(api.ada.delete(content("/"), status=422))
    api.ben.get(LEAVE, status=200)


def test_a_browser_session_needs_the_csrf_token(api):
    browser = api.site.browser()
    with api.site.session() as db:
        from myplatform.actions.sessions import create_session
        from myplatform.queries.accounts import user_named

        secret = create_session(db, user_named(db, "ben"), address="127.0.0.1", user_agent="test")
    token = "0123456789abcdef0123456789abcdef"
    browser.set_cookie("myplatform", secret)
    browser.set_cookie("myplatform-csrf", token)
    assert browser.get(LEAVE).json["title"] == "Leave"
    refused = browser.patch_json(LEAVE, {"title": "Absence"}, headers=match("*"), status=400)
    assert problem(refused)["code"] == "csrf"
    headers = {**match("*"), "X-CSRF-Token": token}
    assert browser.patch_json(LEAVE, {"title": "Absence"}, headers=headers).json["version"] == 2


def test_what_is_public_is_read_without_a_token_where_the_site_allows_it(make_site):
    for allowed, status in (("true", 200), ("false", 401)):
        site = make_site(**{"access.public": allowed})
        with site.session() as db:
            if allowed == "true":
                make_node(db, "/", "folder", "Shown")
        if allowed == "true":
            site.grant("/shown", ("public", "reader"))
        visitor = site.browser()
        assert visitor.get(content("/shown"), status=status).status_int == status
        problem(visitor.patch_json(content("/shown"), {"title": "x"}, headers=match("*"), status=401))
        problem(visitor.get(content("/shown/nothing"), status=401))
