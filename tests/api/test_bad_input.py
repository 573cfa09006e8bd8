"""Input that makes no sense is refused in words, never by an accident, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from webtest import TestApp

from tests.api.conftest import Api, content, node, problem, put_bytes, wrong_fields

PEOPLE = content("/people")
LEAVE = content("/handbook/leave")


def send(
    app: TestApp, url: str, body: bytes, *, method: str = "POST", kind: str = "application/json", **more: Any
) -> Any:
    """Send a body exactly as it is."""
    headers = {"Content-Type": kind, "If-Match": "*", **more}
    return app.request(url, method=method, body=body, headers=headers, expect_errors=True)


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "half an object": (b'{"kind": "page"', 400),
    "a list": (b"[]", 400),
    "a text": (b'"page"', 400),
    "null": (b"null", 400),
    "two objects": (b"{}{}", 400),
    "a comment": (b"{} // x", 400),
    "a number without end": (b'{"kind": "employee", "name": "x", "age": 1e400}', 400),
    "NaN": (b'{"kind": "employee", "name": "x", "age": NaN}', 400),
    "Latin-1": ('{"kind": "page", "title": "Café"}'.encode("latin-1"), 400),
    "UTF-16": ('{"kind": "page"}'.encode("utf-16"), 400),
    "half a character": (b'{"kind": "page", "title": "\xe2\x82"}', 400),
    "half a surrogate pair": (b'{"kind": "page", "title": "\\ud800"}', 400),
    "a byte order mark": (b'\xef\xbb\xbf{"kind": "page", "title": "x"}', 400),
    "a thousand levels": (b'{"kind": "page", "title": ' + b"[" * 1000 + b"]" * 1000 + b"}", 400),
    "a hundred thousand levels": (b"[" * 100_000, 400),
    "three hundred levels": (b'{"kind": "page", "title": ' + b"[" * 300 + b"]" * 300 + b"}", 400),
    "NUL in a title": (b'{"kind": "page", "title": "a\\u0000b"}', 422),
    "NUL in a text": (b'{"kind": "page", "title": "a", "body": "a\\u0000b"}', 422),
    "NUL in a slug": (b'{"kind": "page", "title": "a", "slug": "a\\u0000b"}', 422),
    "NUL in a name of a field": (b'{"kind": "page", "title": "a", "a\\u0000b": 1}', 422),
    "NUL in a kind": (b'{"kind": "pa\\u0000ge", "title": "a"}', 422),
    "a bidirectional override": ('{"kind": "page", "title": "a\u202egnp.exe"}'.encode(), 422),
    "two lines in a title": (b'{"kind": "page", "title": "a\\nb"}', 422),
    "an empty title": (b'{"kind": "page", "title": "  "}', 422),
    "no title": (b'{"kind": "page"}', 422),
    "a title of 10,000 characters": (b'{"kind": "page", "title": "' + b"x" * 10_000 + b'"}', 422),
    "a slug of 10,000 characters": (b'{"kind": "page", "title": "a", "slug": "' + b"x" * 10_000 + b'"}', 422),
    "an empty slug": (b'{"kind": "page", "title": "a", "slug": ""}', 422),
    "a slug of dots": (b'{"kind": "page", "title": "a", "slug": ".."}', 422),
    "a slug with a slash": (b'{"kind": "page", "title": "a", "slug": "a/b"}', 422),
    "a slug of a view": (b'{"kind": "page", "title": "a", "slug": "@items"}', 422),
    "no kind": (b'{"title": "a"}', 422),
    "an unknown field": (b'{"kind": "page", "title": "a", "colour": "red"}', 422),
    "an id of one's own": (b'{"kind": "page", "title": "a", "id": 7}', 422),
    "an object as title": (b'{"kind": "page", "title": {"a": 1}}', 422),
}


def test_odd_bodies_are_refused(api: Api):
    before = api.ada.get(content("/handbook/@items?count=true")).json["total"]
    for name, (body, status) in BODIES.items():
        answer = send(api.ada, content("/handbook"), body)
        assert answer.status_int == status, (name, answer.text)
        problem(answer)
    assert api.ada.get(content("/handbook/@items?count=true")).json["total"] == before


VALUES: dict[str, Any] = {
    "age": ["30", 30.5, True, -1, 151, 1 << 70, [], {}],
    "email": ["nobody", "a@b@c", "a b@example.com", 7, "x" * 300 + "@example.com"],
    "hire_date": ["yesterday", "2026-02-30", "31.12.2026", 0, "0", "2026-01-01T00:00:00Z"],
    "manager": ["/nowhere", 0, -1, 1 << 70, 1.5, True, {}, "", "a\0b", "/handbook"],
    "department": [7, "x" * 101, "a\0b", ["HR"], "a\u202eb"],
    "photo": ["/handbook/leave", 999_999_999],
}


def test_wrong_values_are_named_by_their_field(api: Api):
    for field, values in VALUES.items():
        for value in values:
            given = {"kind": "employee", "name": "Jane Roe", field: value}
            body = orjson.dumps(given) if not _is_huge(value) else _written(given)
            answer = send(api.ada, PEOPLE, body)
            assert answer.status_int == 422, (field, value, answer.text)
            assert set(wrong_fields(answer)) == {field}, (field, value, answer.text)
    assert len(api.ada.get(f"{PEOPLE}/@items").json["items"]) == 1


def _is_huge(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) > 1 << 63


def _written(given: dict[str, Any]) -> bytes:
    text = ", ".join(
        f'"{name}": {value if _is_huge(value) else orjson.dumps(value).decode()}' for name, value in given.items()
    )
    return f"{{{text}}}".encode()


def test_other_types_of_bodies_are_415(api: Api):
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ):
        problem(send(api.ada, PEOPLE, b'{"kind": "employee", "name": "x"}', kind=kind))
        answer = send(api.ada, LEAVE, b"title=x", method="PATCH", kind=kind)
        assert answer.status_int == 415
        assert "application/json" in problem(answer)["detail"]
    assert api.ada.get(LEAVE).json["version"] == 1
    assert (
        send(api.ada, LEAVE, b'{"title": "x"}', method="PATCH", kind="application/json; charset=utf-8").status_int
        == 200
    )


ADDRESSES = {
    "/api/v1/content/%ff": 400,
    "/api/v1/content/handbook%00": 400,
    "/api/v1/content/handbook?x=%ff": 400,
    "/api/v1/content/handbook?x=%00": 400,
    "/api/v1/content/handbook/@items?title=%00": 400,
    "/api/v1/content/handbook/@items?a%00b=1": 400,
    "/api/v1/content/handbook/@items?cursor=%00": 400,
    "/api/v1/content/" + "a/" * 500: 404,
    "/api/v1/content/" + "a" * 10_000: 404,
    "/api/v1/content/..%2f..%2fetc": 404,
    "/api/v1/content/handbook/..": 200,  # the home, as addresses are read everywhere
    "/api/v1/content/handbook/@@items": 404,
    "/api/v1/content/handbook/@": 404,
    "/api/v1/content//handbook//": 200,
    "/api/v1/nodes/0": 404,
    "/api/v1/nodes/-1": 404,
    "/api/v1/nodes/1e3": 404,
    "/api/v1/nodes/%D9%A3": 404,
    "/api/v1/nodes/99999999999999999999999": 404,
    "/api/v1/users/%00": 400,
    "/api/v1/users/a%2fb": 404,
    "/api/v1/contents": 404,
    "/api/v2/content/": 404,
    "/api/": 404,
    "/api": 404,
}


def test_odd_addresses(api: Api):
    for url, status in ADDRESSES.items():
        answer = api.ada.get(url, expect_errors=True)
        assert answer.status_int == status, (url, answer.text)
        if status >= 400 and url.startswith("/api/"):
            problem(answer)


def test_a_get_with_a_body_is_a_get(api: Api):
    answer = send(api.ada, LEAVE, b"\xff\0not json", method="GET", kind="text/plain")
    assert (answer.status_int, answer.json["title"]) == (200, "Leave")


def test_odd_headers(api: Api):
    for header in ("Bearer", "Bearer ", "Bearer \xff", "Basic YTpi", "bearer x y", "Bearer " + "x" * 10_000):
        app = api.site.browser()
        problem(app.get(LEAVE, headers={"Authorization": header}, status=401))
    for header in ("", "nonsense", '"', "W/", '"a' * 5000):
        api.ada.get(LEAVE, headers={"If-None-Match": header}, status=200)


def test_a_parent_that_was_deleted_takes_nothing(api: Api):
    api.ben.delete(content("/handbook"), status=204)
    for url in (content("/handbook"), node(api.folder.id)):
        answer = send(api.ben, url, b'{"kind": "page", "title": "x"}')
        assert answer.status_int == 404
    problem(put_bytes(api.ben, content("/handbook/a.txt/@content"), b"x", 404))


@pytest.fixture
def narrow(make_site: Any) -> Api:
    """A site that takes small bodies only."""
    return Api(make_site(**{"request.max_size": "64KiB"}))


def test_bodies_that_are_too_large_are_413(narrow: Api):
    body = orjson.dumps({"kind": "page", "title": "x", "body": "x" * (64 << 10)})
    answer = send(narrow.ada, content("/handbook"), body)
    assert answer.status_int == 413
    assert problem(answer)["limit"] == 64 << 10
    assert send(narrow.ada, content("/handbook"), body[:30000] + b'"}').status_int == 201
    unknown_length = narrow.ada.request(
        content("/handbook"),
        method="POST",
        body=body,
        headers={"Content-Type": "application/json"},
        environ={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
        expect_errors=True,
    )
    assert unknown_length.status_int in (400, 413)


def test_a_visitor_learns_nothing_from_odd_requests(api: Api):
    for url in (LEAVE, PEOPLE, "/api/v1/users", "/api/v1/changes/1/@undo", "/api/v1/trash"):
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            answer = send(api.visitor, url, b"\xff", method=method)
            assert answer.status_int in (400, 401, 405), (method, url)
            problem(answer)
