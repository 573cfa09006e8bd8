"""Uploads in pieces by tus 1.0, and what the scripts of pages ask when files are dropped."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import Any

import pytest
from sqlalchemy import select, update
from webtest import TestApp

from myplatform.actions.sharing import set_grants
from myplatform.actions.tidying import tidy
from myplatform.actions.tokens import create_token
from myplatform.identity import SYSTEM
from myplatform.models import PartialUpload, User
from myplatform.queries.nodes import node_by_path
from tests.conftest import MakeSite, Site
from tests.views.conftest import form_to

TUS = {"Tus-Resumable": "1.0.0"}


class Tus:
    """A client of the protocol as scripts of a page are: with a session and the token of forms, or a bearer token."""

    def __init__(self, browser: TestApp, token: str = ""):
        self.browser = browser
        self.headers = {**TUS, "X-CSRF-Token": token} if token else TUS

    def begin(self, place: int, length: int, *, status: int = 201, **others: str) -> str:
        said = {"filename": "big.bin", "place": str(place), **others}
        pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
        headers = {**self.headers, "Upload-Length": str(length), "Upload-Metadata": pairs}
        return self.browser.post("/-/uploads", headers=headers, status=status).headers.get("Location", "")

    def send(self, at: str, offset: int, content: bytes, *, status: int = 204, **others: str) -> Any:
        headers = {**self.headers, "Upload-Offset": str(offset), **{k.replace("_", "-"): v for k, v in others.items()}}
        headers |= {"Content-Type": "application/offset+octet-stream"}
        return self.browser.patch(at, content, headers=headers, status=status)

    def received(self, at: str) -> str:
        return self.browser.head(at, headers=self.headers, status=200).headers["Upload-Offset"]


@pytest.fixture
def tus(ada: TestApp) -> Tus:
    """A client that an administrator is signed in with."""
    return Tus(ada, token_of(ada))


def token_of(browser: TestApp) -> str:
    return form_to("/-/sign-out", browser.get("/"))["csrf_token"].value


def test_a_file_in_pieces(site: Site, tus: Tus, ada: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    at = tus.begin(folder.id, 10)
    assert tus.received(at) == "0"
    tus.send(at, 0, b"01234")
    assert tus.received(at) == "5"
    assert ada.get(at).json["file"] is None
    assert tus.send(at, 5, b"56789").headers["Upload-Offset"] == "10"
    file = ada.get(at).json["file"]
    assert (file["path"], file["title"], file["size"]) == ("/things/big.bin", "big.bin", 10)
    assert ada.get(f"{file['url']}/@content").body == b"0123456789"


def test_what_can_be_done_is_said(ada: TestApp) -> None:
    answer = ada.options("/-/uploads", status=204)
    assert answer.headers["Tus-Extension"] == "creation,expiration,termination,checksum"
    assert answer.headers["Tus-Max-Size"] == str(100 << 20)


def test_a_program_with_a_token(site: Site) -> None:
    site.user("ada", is_admin=True)
    folder = site.node("/", "folder", "Things").node
    tus = Tus(site.client("ada", "read", "write"))
    tus.send(tus.begin(folder.id, 2), 0, b"ab")
    Tus(site.client("ada", "read")).begin(folder.id, 2, status=403)


def test_a_new_version(site: Site, tus: Tus, ada: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    first = tus.begin(folder.id, 2)
    tus.send(first, 0, b"ab")
    file = ada.get(first).json["file"]
    again = tus.begin(file["id"], 2, version="1")
    tus.send(again, 0, b"cd")
    assert ada.get(again).json["file"] | {"version": 2, "id": file["id"]} == ada.get(again).json["file"]
    late = tus.begin(file["id"], 2, version="1")
    assert "changed by somebody else" in tus.send(late, 0, b"ef", status=409).json["detail"]
    assert ada.get(f"{file['url']}/@content").body == b"cd"
    tus.begin(folder.id, 2, version="1", status=404)


def test_pieces_in_the_wrong_place_are_refused(site: Site, tus: Tus) -> None:
    at = tus.begin(site.node("/", "folder", "Things").node.id, 10)
    tus.send(at, 3, b"x", status=409)
    tus.send(at, 0, b"abc")
    assert tus.send(at, 0, b"abc", status=409).json["current"] == 3
    tus.send(at, 3, b"far too many bytes", status=413)
    assert tus.received(at) == "3"
    tus.send(at, 3, b"defghij")
    tus.send(at, 10, b"", status=409)


def test_a_checksum_is_checked(site: Site, tus: Tus) -> None:
    at = tus.begin(site.node("/", "folder", "Things").node.id, 3)
    right = base64.b64encode(hashlib.sha1(b"abc").digest()).decode()
    tus.send(at, 0, b"abd", Upload_Checksum=f"sha1 {right}", status=460)
    tus.send(at, 0, b"abc", Upload_Checksum=f"crc32 {right}", status=400)
    tus.send(at, 0, b"abc", Upload_Checksum="sha1 ?", status=400)
    assert tus.received(at) == "0"
    tus.send(at, 0, b"abc", Upload_Checksum=f"sha1 {right}")


def test_an_upload_is_its_owners(site: Site, tus: Tus, bob: TestApp) -> None:
    at = tus.begin(site.node("/", "folder", "Things").node.id, 3)
    bob.get(at, status=404)
    theirs = Tus(bob, token_of(bob))
    theirs.send(at, 0, b"abc", status=404)
    bob.delete(at, headers=theirs.headers, status=404)
    site.client("ada", "read").delete(at, headers=TUS, status=403)


def test_who_may_not_add_is_told_at_the_start_and_at_the_end(site: Site, tus: Tus, bob: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    theirs = Tus(bob, token_of(bob))
    theirs.begin(folder.id, 3, status=403)
    site.grant("/things", ("user:bob", "contributor"))
    at = theirs.begin(folder.id, 3)
    with site.session() as db:
        set_grants(db, node_by_path(db, "/things"), [], inherits=False, by=SYSTEM)
    theirs.send(at, 0, b"abc", status=404)
    theirs.begin(folder.id, 3, status=404)
    theirs.begin(99999, 3, status=404)


def test_what_became_of_an_upload_is_not_told_to_who_may_no_longer_see_it(site: Site, bob: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    site.grant("/things", ("user:bob", "editor"))
    tus = Tus(bob, token_of(bob))
    at = tus.begin(folder.id, 1)
    tus.send(at, 0, b"x")
    assert bob.get(at).json["file"]["path"] == "/things/big.bin"
    with site.session() as db:
        set_grants(db, node_by_path(db, "/things"), [], inherits=False, by=SYSTEM)
    bob.get(at, status=404)


def test_what_makes_no_sense_is_refused(site: Site, tus: Tus, ada: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    tus.begin(folder.id, 101 << 20, status=413)
    at = tus.begin(folder.id, 3)
    ada.post("/-/uploads", headers={"X-CSRF-Token": tus.headers["X-CSRF-Token"]}, status=412)
    ada.post("/-/uploads", headers=tus.headers, status=400)
    ada.post("/-/uploads", headers={**tus.headers, "Upload-Metadata": "place ?"}, status=400)
    ada.patch(at, b"abc", headers={**tus.headers, "Upload-Offset": "0", "Content-Type": "text/plain"}, status=415)
    ada.patch(at, b"abc", headers={**TUS, "Upload-Offset": "0"}, status=400)  # no token of a form
    ada.get("/-/uploads/none", status=404)


def test_an_empty_file_needs_no_piece(site: Site, tus: Tus, ada: TestApp) -> None:
    at = tus.begin(site.node("/", "folder", "Things").node.id, 0)
    assert ada.get(at).json["file"]["size"] == 0


def test_giving_up_removes_the_bytes(site: Site, tus: Tus, ada: TestApp) -> None:
    at = tus.begin(site.node("/", "folder", "Things").node.id, 3)
    tus.send(at, 0, b"ab")
    ada.delete(at, headers=tus.headers, status=204)
    ada.get(at, status=404)
    assert list(site.registry["files"].uploads(dt.datetime.max.replace(tzinfo=dt.UTC, year=2999))) == []


def test_what_was_given_up_silently_is_tidied_away(site: Site, tus: Tus, ada: TestApp) -> None:
    folder = site.node("/", "folder", "Things").node
    old, young = tus.begin(folder.id, 3), tus.begin(folder.id, 3)
    for at in (old, young):
        tus.send(at, 0, b"ab")
    with site.session() as db:
        gone = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        db.execute(update(PartialUpload).where(PartialUpload.key == old.rpartition("/")[2]).values(expires_at=gone))
    ada.get(old, status=404)
    with site.session() as db:
        age = dt.timedelta(days=1)
        times = {"keep_trash": age, "session_age": age, "keep_drafts": age, "keep_notifications": age}
        assert tidy(db, site.registry["files"], by=SYSTEM, **times).uploads == 1
        assert len(db.execute(select(PartialUpload)).all()) == 1
    tus.send(young, 2, b"c")


def test_a_piece_that_makes_an_impossible_file_can_be_sent_again(make_site: MakeSite) -> None:
    from tests.views.test_files import png

    site = make_site(**{"images.max_pixels": "10000"})
    site.user("ada", is_admin=True)
    ada = site.signed_in("ada")
    tus = Tus(ada, token_of(ada))
    content = png(200, 200)
    at = tus.begin(site.node("/", "folder", "Things").node.id, len(content), filename="a.png")
    for _ in range(2):
        refused = tus.send(at, 0, content, status=422)
        assert "40,000" in str(refused.json) or "pixels" in str(refused.json)
        assert tus.received(at) == "0"


def drop(browser: TestApp, at: str, name: str, content: bytes, *, status: int, **values: str) -> Any:
    headers = {"X-CSRF-Token": token_of(browser), "Accept": "application/json"}
    return browser.post(at, values, headers=headers, upload_files=[("file", name, content)], status=status)


def test_one_file_is_dropped(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    made = drop(ada, "/things/@files", "Some Notes.txt", b"one", status=201).json
    assert made["url"] == "/things/Some-Notes.txt"
    assert made["media_type"] == "text/plain"
    assert ada.get(f"/-/id/{made['id']}", status=303).location.endswith("/things/Some-Notes.txt")
    assert drop(ada, f"{made['url']}/@files", "b.txt", b"two", status=200, version="1").json["version"] == 2
    assert "changed by" in drop(ada, f"{made['url']}/@files", "b.txt", b"3", status=409, version="1").json["detail"]
    assert "may not add" in drop(bob, "/things/@files", "b.txt", b"two", status=403).json["detail"]


def test_names_that_clash(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    drop(ada, "/things/@files", "Some Notes.txt", b"one", status=201)
    site.grant("/things", ("user:bob", "contributor"))
    for browser, may_replace in ((ada, True), (bob, False)):
        headers = {"X-CSRF-Token": token_of(browser)}
        sent = [("name", "Some Notes.txt"), ("name", "other.txt")]
        [clash] = browser.post("/things/@clashes", sent, headers=headers).json["clashes"]
        assert (clash["name"], clash["version"], clash["may_replace"]) == ("Some Notes.txt", 1, may_replace)


def test_many_clashes_cost_no_more_than_one(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Things")
    names = [f"{number}.txt" for number in range(5)]
    for name in names:
        drop(ada, "/things/@files", name, b"one", status=201)
    headers, costs = {"X-CSRF-Token": token_of(ada)}, []
    for sent in (names[:1], names):
        with site.statements as seen:
            found = ada.post("/things/@clashes", [("name", name) for name in sent], headers=headers).json["clashes"]
        assert len(found) == len(sent)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_folders_are_made_once(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Notes")
    headers = {"X-CSRF-Token": token_of(ada), "Accept": "application/json"}
    first, second = (ada.post("/@subfolder", {"title": "Trip"}, headers=headers).json for _ in range(2))
    assert first == second
    assert "cannot lie in here" in ada.post("/notes/@subfolder", {"title": "A"}, headers=headers, status=422).text
    ada.post("/@subfolder", {"title": " "}, headers=headers, status=422)


def test_the_address_of_an_upload_begins_with_that_of_the_site_whatever_host_is_named(make_site: MakeSite) -> None:
    site = make_site(**{"site.url": "http://intranet.example.com"})
    site.user("ada", is_admin=True)
    folder = site.node("/", "folder", "Things").node
    with site.session() as db:
        user = db.query(User).filter_by(name="ada").one()
        token = create_token(db, user, name="t", scopes=("read", "write"), by=SYSTEM)
    browser = site.browser()
    browser.extra_environ["HTTP_HOST"] = "evil.example"
    client = Tus(browser)
    client.headers = {**TUS, "Authorization": f"Bearer {token.secret}"}
    assert client.begin(folder.id, 10).startswith("http://intranet.example.com/-/uploads/")
