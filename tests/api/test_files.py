"""Bytes of files over REST: streamed in and out, in ranges, checked, and never as a page of the site."""

import base64
import hashlib

import pytest

from tests.api.conftest import Api, content, match, node, problem, put_bytes, wrong_fields

PLAN = content("/handbook/plan.txt/@content")
WORDS = b"We meet on Monday.\n"
PNG = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def digest_of(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_bytes_make_a_file_at_their_address(api):
    made = put_bytes(api.ben, PLAN, WORDS, 201)
    assert made.headers["Location"] == "http://localhost/api/v1/content/handbook/plan.txt"
    body = made.json
    assert (body["kind"], body["title"], body["file_name"]) == ("file", "plan.txt", "plan.txt")
    assert (body["media_type"], body["size"]) == ("text/plain", len(WORDS))
    assert body["sha256"] == hashlib.sha256(WORDS).hexdigest()
    answer = api.cleo.get(PLAN)
    assert answer.body == WORDS
    assert answer.headers["ETag"] == f'"{body["sha256"]}"'
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert api.cleo.get(node(body["id"], "/@content")).body == WORDS


def test_what_could_run_is_a_download(api):
    put_bytes(api.ben, content("/handbook/a.html/@content"), b"<script>alert(1)</script>", 201)
    put_bytes(api.ben, content("/handbook/a.svg/@content"), b"<svg xmlns='http://www.w3.org/2000/svg'/>", 201)
    for name in ("a.html", "a.svg"):
        answer = api.ben.get(content(f"/handbook/{name}/@content"))
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    put_bytes(api.ben, content("/handbook/a.png/@content"), PNG, 201)
    shown = api.ben.get(content("/handbook/a.png/@content"))
    assert (shown.content_type, shown.headers["Content-Disposition"][:6]) == ("image/png", "inline")
    kept = api.ben.get(content("/handbook/a.png/@content?download=true"))
    assert kept.headers["Content-Disposition"].startswith("attachment; ")


def test_new_bytes_are_the_next_version(api):
    tag = put_bytes(api.ben, PLAN, WORDS, 201).headers["ETag"]
    changed = put_bytes(api.ben, PLAN, b"Tuesday.", 200, **match(tag))
    assert (changed.json["version"], changed.json["size"]) == (2, 8)
    assert api.cleo.get(PLAN).body == b"Tuesday."
    assert api.cleo.get(f"{PLAN}?version=1").body == WORDS
    problem(api.cleo.get(f"{PLAN}?version=7", status=404))
    put_bytes(api.ben, PLAN, b"Wednesday.", 200, **match(api.ben.get(PLAN).headers["ETag"]))
    put_bytes(api.ben, PLAN, b"Thursday.", 200, **match("*"))
    assert api.cleo.get(PLAN).body == b"Thursday."


def test_a_download_says_its_digest(api):
    put_bytes(api.ben, PLAN, WORDS, 201)
    digest = api.cleo.get(PLAN, headers={"Range": "bytes=3-6"}, status=206).headers["Repr-Digest"]
    put_bytes(api.ben, content("/handbook/again.txt/@content"), WORDS, 201, **{"Repr-Digest": digest})


def test_without_a_condition_whatever_stands_is_replaced_and_stays_as_a_version(api):
    put_bytes(api.ben, PLAN, WORDS, 201)
    assert put_bytes(api.ben, PLAN, b"Tuesday.", 200).json["version"] == 2
    assert api.cleo.get(f"{PLAN}?version=1").body == WORDS


def test_a_file_is_not_replaced_where_a_condition_or_a_right_is_missing(api):
    put_bytes(api.ben, PLAN, WORDS, 201)
    problem(put_bytes(api.ben, PLAN, b"x", 412, **match('"7"')))
    problem(put_bytes(api.ben, PLAN, b"x", 412, **{"If-None-Match": "*"}))
    problem(put_bytes(api.ben, content("/handbook/new.txt/@content"), b"x", 412, **match('"1"')))
    assert problem(put_bytes(api.cleo, PLAN, b"x", 403, **match("*")))["permission"] == "edit"
    problem(put_bytes(api.dan, PLAN, b"x", 404, **match("*")))
    assert api.cleo.get(PLAN).body == WORDS


def test_a_new_file_needs_a_place_to_add_to(api):
    assert problem(put_bytes(api.cleo, PLAN, b"x", 403))["permission"] == "add"
    problem(put_bytes(api.dan, PLAN, b"x", 404))
    problem(put_bytes(api.visitor, PLAN, b"x", 401))
    problem(put_bytes(api.ben, content("/handbook/none/plan.txt/@content"), b"x", 404))
    assert "kind" in wrong_fields(put_bytes(api.ada, content("/people/plan.txt/@content"), b"x", 422))
    assert "slug" in wrong_fields(put_bytes(api.ben, content("/handbook/a%20b/@content"), b"x", 422))
    problem(api.ben.get(PLAN, status=404))
    problem(api.ben.get(content("/handbook/leave/@content"), status=404))
    problem(put_bytes(api.ben, content("/handbook/leave/@content"), b"x", 404))


def test_ranges(api):
    put_bytes(api.ben, PLAN, WORDS, 201)
    part = api.cleo.get(PLAN, headers={"Range": "bytes=3-6"}, status=206)
    assert (part.body, part.headers["Content-Range"]) == (b"meet", f"bytes 3-6/{len(WORDS)}")
    assert api.cleo.get(PLAN, headers={"Range": "bytes=-8"}, status=206).body == WORDS[-8:]
    beyond = api.cleo.get(PLAN, headers={"Range": "bytes=999-"}, status=416)
    assert beyond.headers["Content-Range"] == f"bytes */{len(WORDS)}"
    problem(beyond)
    for nonsense in ("lines=1-2", "bytes=x", "bytes=5-2"):
        assert api.cleo.get(PLAN, headers={"Range": nonsense}, status=200).body == WORDS
    other = {"Range": "bytes=3-6", "If-Range": '"another"'}
    assert api.cleo.get(PLAN, headers=other, status=200).body == WORDS


def test_bytes_that_the_caller_has_are_304(api):
    put_bytes(api.ben, PLAN, WORDS, 201)
    tag = api.cleo.get(PLAN).headers["ETag"]
    assert api.cleo.get(PLAN, headers={"If-None-Match": tag}, status=304).body == b""
    assert api.cleo.head(PLAN).headers["Content-Length"] == str(len(WORDS))


def test_a_digest_is_checked(api):
    put_bytes(api.ben, PLAN, WORDS, 201, **{"Repr-Digest": digest_of(WORDS)})
    for name in ("Repr-Digest", "Content-Digest", "Digest"):
        wrong = put_bytes(api.ben, PLAN, b"other", 422, **match("*"), **{name: digest_of(WORDS)})
        assert "SHA-256" in wrong_fields(wrong)["content"]
    for nonsense in ("md5=:abc:", "sha-256=:***:", "sha-256=:YWJj:"):
        problem(put_bytes(api.ben, PLAN, WORDS, 400, **match("*"), **{"Repr-Digest": nonsense}))
    assert api.ben.get(content("/handbook/plan.txt")).json["version"] == 1


def test_any_content_type_is_bytes(api):
    for number, kind in enumerate(("application/x-www-form-urlencoded", "multipart/form-data", "application/json", "")):
        where = content(f"/handbook/raw-{number}.bin/@content")
        put_bytes(api.ben, where, b"a=%ff&\xff\0", 201, **{"Content-Type": kind})
        assert api.ben.get(where).body == b"a=%ff&\xff\0"


def test_an_empty_file_is_a_file(api):
    put_bytes(api.ben, content("/handbook/empty.txt/@content"), b"", 201)
    assert api.ben.get(content("/handbook/empty.txt/@content")).body == b""


@pytest.fixture
def small(make_site) -> Api:
    """A site that takes small files and images only."""
    return Api(make_site(**{"files.max_size": "1KiB", "images.max_pixels": "10000", "request.max_size": "64KiB"}))


def test_too_many_bytes_are_413_before_they_are_read(small):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(2 << 20), "REQUEST_METHOD": "PUT"}
    from webob import Request

    request = Request.blank(PLAN, environ=environ, headers={"Authorization": f"Bearer {small.ben.authorization[1]}"})
    response = request.get_response(small.site.application)
    assert response.status_int == 413
    assert response.json["limit"] == 1024
    problem(put_bytes(small.ben, PLAN, b"x" * 1025, 413))
    put_bytes(small.ben, PLAN, b"x" * 1024, 201)


def test_an_endless_body_is_413_before_it_is_kept_anywhere(small):
    from webob import Request

    class Endless:
        given = 0

        def read(self, size=-1):
            assert size > 0, "all of it was asked for"
            self.given += size
            assert self.given < 1 << 20, "it is being kept"
            return b"x" * size

    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    for url, method in ((PLAN, "PUT"), (content("/handbook"), "POST")):
        environ = {"wsgi.input": Endless(), "REQUEST_METHOD": method, **chunked}
        headers = {"Authorization": f"Bearer {small.ben.authorization[1]}", "Content-Type": "application/json"}
        response = Request.blank(url, environ=environ, headers=headers).get_response(small.site.application)
        assert (response.status_int, response.content_type) == (413, "application/problem+json")


def test_a_body_that_ends_early_is_400(api):
    from io import BytesIO

    from webob import Request

    headers = {"Authorization": f"Bearer {api.ben.authorization[1]}"}
    environ = {"wsgi.input": BytesIO(b"short"), "CONTENT_LENGTH": str(2 << 20), "REQUEST_METHOD": "PUT"}
    response = Request.blank(PLAN, environ=environ, headers=headers).get_response(api.site.application)
    assert response.status_int == 400
    problem(api.ben.get(PLAN, status=404))


def test_lost_bytes_are_404_and_not_an_accident(api):
    made = put_bytes(api.ben, PLAN, WORDS, 201)
    api.site.registry["files"].remove(made.json["sha256"])
    problem(api.ben.get(PLAN, status=404))
