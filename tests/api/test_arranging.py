"""Moving, copying, trashing, restoring and purging over REST, and taking changes back."""

from myplatform.models import Follow
from tests.api.conftest import content, match, node, problem, wrong_fields

LEAVE = content("/handbook/leave")


def made_archive(api):
    folder = api.site.node("/", "folder", "Archive").node
    api.site.grant("/archive", ("user:ben", "editor"), ("user:cleo", "reader"))
    return folder


def test_a_node_moves_with_what_is_below_it(api):
    made_archive(api)
    tag = api.ben.get(content("/handbook")).headers["ETag"]
    moved = api.ben.post_json(content("/handbook/@move"), {"to": "/archive", "slug": "old"}, headers=match(tag))
    assert moved.json["path"] == "/archive/old"
    assert moved.json["version"] == 2
    assert api.ben.get(moved.json["url"].replace("localhost/", "localhost/api/v1/content/") + "/leave").json["id"]


def test_an_old_address_leads_on_who_reads_and_may_see_where_to(api):
    made_archive(api)
    api.ben.post_json(content("/handbook/@move"), {"to": "/archive", "slug": "old"})
    led = api.ben.get(content("/handbook/leave/@history?limit=1"), status=301)
    assert led.location == "http://localhost/api/v1/content/archive/old/leave/@history?limit=1"
    assert api.ben.get(led.location).json["items"]
    problem(api.dan.get(content("/handbook"), status=404))
    problem(api.visitor.get(content("/handbook"), status=401))
    problem(api.ben.patch_json(content("/handbook"), {"title": "x"}, headers=match("*"), status=404))
    problem(api.ben.delete(content("/handbook"), status=404))


def test_a_node_is_renamed_in_place(api):
    assert api.ben.post_json(content("/handbook/leave/@move"), {"slug": "absence"}).json["path"] == "/handbook/absence"


def test_a_move_that_cannot_be(api):
    made_archive(api)
    where = content("/handbook/@move")
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/handbook"}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/handbook/leave"}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/nowhere"}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "nowhere"}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/people"}, status=422))  # hidden from Ben
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/a\0b"}, status=422))
    assert "slug" in wrong_fields(api.ben.post_json(where, {"slug": "a/b"}, status=422))
    assert "slug" in wrong_fields(api.ben.post_json(where, {"slug": "@x"}, status=422))
    assert "slug" in wrong_fields(api.ben.post_json(where, {"slug": "x" * 10_000}, status=422))
    assert "into" in wrong_fields(api.ben.post_json(where, {"into": "/archive"}, status=422))
    assert "slug" in wrong_fields(api.ben.post_json(where, {"slug": "archive"}, status=409))
    problem(api.ben.post_json(where, {"slug": "x"}, headers=match('"9"'), status=412))
    problem(api.ada.post_json(content("/@move"), {"slug": "x"}, status=422))
    assert problem(api.cleo.post_json(where, {"slug": "x"}, status=403))["permission"] == "trash"
    api.site.node("/", "folder", "Shown")
    api.site.grant("/shown", ("user:ben", "reader"))
    assert problem(api.ben.post_json(where, {"to": "/shown"}, status=403))["permission"] == "add"
    assert api.ben.get(content("/handbook")).json["version"] == 1


def test_a_copy_has_what_the_caller_sees_and_an_address(api):
    made_archive(api)
    copied = api.ben.post_json(
        content("/handbook/@copy"), {"to": "/archive", "slug": "handbook-2025", "title": "Old handbook"}, status=201
    )
    assert copied.headers["Location"] == "http://localhost/api/v1/content/archive/handbook-2025"
    assert (copied.json["title"], copied.json["version"], copied.json["created_by"]) == ("Old handbook", 1, "ben")
    assert api.ben.get(copied.headers["Location"] + "/leave").json["body"] == "# Leave\n\nAsk early."
    again = api.ben.post_json(content("/handbook/@copy"), {"to": "/archive"}, status=201)
    assert again.json["slug"] == "handbook"


def test_a_copy_that_cannot_be(api):
    made_archive(api)
    where = content("/handbook/@copy")
    assert "to" in wrong_fields(api.ben.post_json(where, {}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/handbook/leave"}, status=422))
    assert "to" in wrong_fields(api.ben.post_json(where, {"to": "/people"}, status=422))
    assert "title" in wrong_fields(api.ben.post_json(where, {"to": "/archive", "title": "a\nb"}, status=422))
    assert problem(api.cleo.post_json(where, {"to": "/archive"}, status=403))["permission"] == "add"
    api.ben.post_json(where, {"to": "/archive", "slug": "x"}, status=201)
    assert "slug" in wrong_fields(api.ben.post_json(where, {"to": "/archive", "slug": "x"}, status=409))


def test_the_trash_gives_back_whole(api):
    api.ben.delete(content("/handbook"), status=204)
    (item,) = api.ben.get("/api/v1/trash").json["items"]
    assert (item["id"], item["title"], item["trashed_by"]) == (api.folder.id, "Handbook", "ben")
    assert (item["can_restore"], item["can_purge"]) == (True, False)
    assert api.dan.get("/api/v1/trash").json["items"] == []
    restored = api.ben.post_json(node(api.folder.id, "/@restore"), {})
    assert restored.json["path"] == "/handbook"
    assert api.cleo.get(LEAVE).json["title"] == "Leave"
    assert api.ben.get("/api/v1/trash?count=true").json == {"items": [], "next": None, "total": 0}


def test_something_is_restored_by_the_path_that_it_had(api):
    api.ben.delete(LEAVE, status=204)
    problem(api.dan.post(f"{LEAVE}/@restore", status=404))
    assert problem(api.cleo.post(f"{LEAVE}/@restore", status=403))["permission"] == "trash"
    problem(api.ben.get(f"{LEAVE}/@restore", status=405))
    assert api.ben.post(f"{LEAVE}/@restore").json["id"] == api.page.id
    problem(api.ben.post(f"{LEAVE}/@restore", status=404))  # it is there
    problem(api.ben.post(f"{LEAVE}-none/@restore", status=404))


def test_of_several_that_had_one_path_the_latest_comes_back(api):
    api.ben.delete(LEAVE, status=204)
    newer = api.ben.post_json(content("/handbook"), {"kind": "page", "title": "Leave"}, status=201).json["id"]
    api.ben.delete(LEAVE, status=204)
    assert api.ben.post_json(f"{LEAVE}/@restore", {}).json["id"] == newer
    older = api.ben.post_json(f"{LEAVE}/@restore", {}).json
    assert (older["id"], older["path"]) == (api.page.id, "/handbook/leave-2")


def test_what_went_along_is_not_restored_by_its_path_alone(api):
    api.ben.delete(content("/handbook"), status=204)
    problem(api.ben.post(f"{LEAVE}/@restore", status=409))
    assert api.ben.post(content("/handbook/@restore")).json["id"] == api.folder.id
    assert api.ben.get(LEAVE).json["id"] == api.page.id


def test_the_trash_is_a_list_like_all_others(api):
    for title in ("One", "Two", "Three"):
        api.site.node("/handbook", "page", title)
        api.ben.delete(content(f"/handbook/{title.lower()}"), status=204)
    first = api.ben.get("/api/v1/trash?sort=title&limit=2&count=true&fields=title").json
    assert (first["items"][0].keys(), first["total"]) == ({"id", "kind", "path", "title"}, 3)
    assert [each["title"] for each in api.ben.get(first["next"]).json["items"]] == ["Two"]
    assert len(api.ben.get("/api/v1/trash?q=thr").json["items"]) == 1
    assert len(api.ben.get("/api/v1/trash?kind=folder").json["items"]) == 0
    problem(api.ben.get("/api/v1/trash?colour=red", status=400))


def test_something_is_restored_elsewhere_when_its_place_is_gone(api):
    made_archive(api)
    api.ben.delete(LEAVE, status=204)
    api.ben.delete(content("/handbook"), status=204)
    problem(api.ben.post_json(node(api.page.id, "/@restore"), {}, status=409))
    assert "to" in wrong_fields(api.ben.post_json(node(api.page.id, "/@restore"), {"to": "/nowhere"}, status=422))
    restored = api.ben.post_json(node(api.page.id, "/@restore"), {"to": "/archive"})
    assert restored.json["path"] == "/archive/leave"


def test_only_what_is_in_the_trash_is_restored_or_purged(api):
    problem(api.ben.post_json(node(api.page.id, "/@restore"), {}, status=404))
    api.ben.delete(content("/handbook"), status=204)
    problem(api.ben.post_json(node(api.page.id, "/@restore"), {}, status=409))  # it went with the folder
    problem(api.dan.post_json(node(api.folder.id, "/@restore"), {}, status=404))
    assert problem(api.cleo.post_json(node(api.folder.id, "/@restore"), {}, status=403))["permission"] == "trash"


def test_purging_needs_its_own_permission_and_is_for_good(api):
    api.ben.delete(content("/handbook"), status=204)
    assert problem(api.ben.delete(node(api.folder.id, "?purge=true"), status=403))["permission"] == "purge"
    problem(api.ada.delete(node(api.page.id, "?purge=true"), status=409))  # it went with the folder
    problem(api.ada.delete(node(api.folder.id), status=409))  # the same call again, by mistake
    problem(api.ada.delete(node(api.folder.id, "?purge=true"), headers=match('"9"'), status=412))
    problem(api.ada.delete(node(api.john.id, "?purge=true"), status=409))  # not in the trash
    api.ada.delete(node(api.folder.id, "?purge=true"), status=204)
    problem(api.ada.delete(node(api.folder.id, "?purge=true"), status=404))
    problem(api.ada.post_json(node(api.page.id, "/@restore"), {}, status=404))


def test_a_change_is_taken_back(api):
    api.ben.patch_json(LEAVE, {"title": "Absence"}, headers=match("*"))
    change = api.ben.get(content("/handbook/leave/@history")).json["items"][0]
    undone = api.ben.post(f"/api/v1/changes/{change['id']}/@undo")
    assert (undone.json["title"], undone.json["version"], undone.json["trashed"]) == ("Leave", 3, False)
    problem(api.ben.post(f"/api/v1/changes/{change['id']}/@undo", status=409))
    created = api.ben.get(content("/handbook/leave/@history")).json["items"][-1]
    assert api.ben.post(f"/api/v1/changes/{created['id']}/@undo").json["trashed"] is True


def test_taking_back_needs_the_rights_of_doing(api):
    api.ben.patch_json(LEAVE, {"title": "Absence"}, headers=match("*"))
    change = api.ben.get(content("/handbook/leave/@history")).json["items"][0]["id"]
    assert problem(api.cleo.post(f"/api/v1/changes/{change}/@undo", status=403))["permission"] == "edit"
    problem(api.dan.post(f"/api/v1/changes/{change}/@undo", status=404))
    problem(api.ben.post("/api/v1/changes/999999/@undo", status=404))
    problem(api.ben.post(f"/api/v1/changes/{'9' * 30}/@undo", status=404))
    problem(api.visitor.post(f"/api/v1/changes/{change}/@undo", status=401))
    reading = api.site.client("ben", "read")
    problem(reading.post(f"/api/v1/changes/{change}/@undo", status=403))


def test_following_and_stopping_again(api):
    address = content("/handbook/@follow")
    for _ in range(2):
        api.cleo.put(address, status=204)
    with api.site.session() as db:
        assert [each.node_id for each in db.query(Follow)] == [api.cleo.get(content("/handbook")).json["id"]]
    for _ in range(2):
        api.cleo.delete(address, status=204)
    with api.site.session() as db:
        assert db.query(Follow).count() == 0
    problem(api.dan.put(address, status=404))
