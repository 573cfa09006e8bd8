"""Bytes that are no text, and numbers that are none, at every address of the site: refused, never a mistake of ours."""

from __future__ import annotations

import re
import time
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from webob import Request
from webtest import TestApp

from tests.conftest import IS_LONG, PASSWORD, Site
from tests.crawling import Crawl
from tests.whole_site.test_forgery import session_of

NUMBERS = ("0", "-1", "1.5", "9" * 18, "9" * 400, "\u0661", "1e9", "0x1", "+1", " 1", "null", "'")
PARAMETERS = (
    "q", "kind", "under", "sort", "cursor", "limit", "fields", "column",
    "age", "of", "with", "before", "after", "size", "version", "download",
    "changed", "who", "came_from", "done", "page", "depth", "count", "age__gte",
)


@pytest.fixture(scope="module")
def places(seen: Crawl) -> list[str]:
    """One address for each view, without its query."""
    one_of_each: dict[str, str] = {}
    for visit in seen.visits.values():
        path = urlsplit(visit.address).path
        one_of_each.setdefault(re.sub(r"/\d+|^.*(?=/@)", "/0", path), path)
    return [path for path in one_of_each.values() if not path.startswith("/-/static/")]


def ask(browser: TestApp, path: str, query: str = "", **environ: str) -> int:
    """The status of an address given as raw bytes, percent-encoded."""
    request = Request.blank("/", {"REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": f"myplatform={session_of(browser)}"})
    request.environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    request.environ.update({"QUERY_STRING": query, **environ})
    answer = request.get_response(browser.app)
    assert answer.body is not None  # reads all of it, as a server would
    return answer.status_int


def test_bytes_that_are_no_text(sample: Site, places: list[str]) -> None:
    ada = sample.signed_in("ada")
    assert len(places) > 50
    for place in places:
        for odd in ("%ff", "%00", "%ed%a0%80", "%c0%ae"):
            assert ask(ada, f"{place}/{odd}") == 400, f"{place}/{odd}"
            assert ask(ada, place, f"a={odd}") == 400, f"{place}?a={odd}"
            assert ask(ada, place, f"{odd}=a") == 400, f"{place}?{odd}=a"
        assert ask(ada, place, HTTP_COOKIE="myplatform=\xff") < 500, place


def test_parameters_that_make_no_sense(sample: Site, places: list[str]) -> None:
    ada = sample.signed_in("ada")
    for place in places:
        for number in ("-1", "9" * 18, "9" * 400, "\u0661", "'"):
            query = "&".join(f"{name}={number}" for name in PARAMETERS)
            assert ask(ada, place, query.encode().decode("latin-1")) < 500, f"{place}?{query}"
        twice = "&".join(f"{name}=x&{name}=y" for name in PARAMETERS)
        assert ask(ada, place, twice) < 500, f"{place}?{twice}"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "place", ["/-/id/{}", "/-/branches/{}", "/-/thumbnail/{}", "/api/v1/nodes/{}", "/-/trash/{}/purge"]
)
def test_ids_that_are_none(sample: Site, place: str, number: str) -> None:
    status = ask(sample.signed_in("ada"), place.replace("{}", number.encode().decode("latin-1")))
    assert status in (400, 404), f"{place} {number}"


def test_long_and_deep_addresses(sample: Site) -> None:
    ada = sample.signed_in("ada")
    for path in (
        "/" + "x" * 8000,
        "/x" * 2000,
        "/" * 500,
        "/handbook/" + "../" * 200,
        "/.",
        "/..;/",
        "//evil.example/%2f..",
    ):
        assert ask(ada, path) in (200, 301, 303, 400, 404, 414), path[:40]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "X"])
def test_other_methods_do_nothing(sample: Site, places: list[str], method: str) -> None:
    ada = sample.signed_in("ada")
    for place in places:
        assert ask(ada, place, REQUEST_METHOD=method) in (204, 400, 403, 404, 405, 428), f"{method} {place}"


HEADERS = ("HTTP_HOST", "HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE")
HEADERS += ("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_AUTHORIZATION", "HTTP_USER_AGENT")
HEADERS += ("HTTP_REFERER", "HTTP_ORIGIN", "HTTP_X_CSRF_TOKEN", "CONTENT_TYPE", "HTTP_COOKIE", "REMOTE_ADDR")
ODD_VALUES = (
    "",
    " ",
    "x" * 9000,
    "\xff\xfe",
    "\x01",
    "a b",
    "[::1",
    "bytes=-",
    "bytes=9-1,0-",
    "*",
    "W/",
    '"',
    "a/b;q=z",
)
ODD_VALUES += (
    "Bearer \xff",
    "Basic !",
    "%00",
    "🙂".encode().decode("latin-1"),
    "Mon, 99 Xxx 9999 99:99:99 GMT",
    "null",
    ",;=",
)


TRIED_WITH_HEADERS = (
    ("GET", "/-/account/sessions"),
    ("GET", "/handbook/notes.txt/@content"),
    ("GET", "/handbook/office.png/@thumbnail"),
    ("GET", "/-/theme.css"),
    ("GET", "/api/v1/content/handbook"),
    ("POST", "/-/sign-in"),
    ("POST", "/handbook/leave/@edit"),
    ("PATCH", "/api/v1/content/handbook"),
)
"""One address of each sort of view, as each reads headers of its own."""
AT_ONCE = len(TRIED_WITH_HEADERS) if IS_LONG else 3
"""At how many addresses each value of a header is tried; they go round, so that every address hears every header."""


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_make_no_sense(sample: Site, header: str) -> None:
    ada = sample.signed_in("ada")
    for number, value in enumerate(ODD_VALUES, HEADERS.index(header)):
        for turn in range(AT_ONCE):
            method, path = TRIED_WITH_HEADERS[(number * AT_ONCE + turn) % len(TRIED_WITH_HEADERS)]
            status = ask(ada, path, **{"REQUEST_METHOD": method, header: value})
            assert status < 500, f"{method} {path} {header}: {value!r}"


@pytest.mark.parametrize("header", ["HTTP_USER_AGENT", "REMOTE_ADDR", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST"])
def test_signing_in_with_headers_that_make_no_sense(site: Site, header: str) -> None:
    site.user("ada")
    browser = site.browser()
    form = browser.get("/-/sign-in").form
    values = {"name": "ada", "password": PASSWORD, "csrf_token": form["csrf_token"].value}
    for value in ("", "\xff\xfe", "\x01\x02", "x" * 9000, "203.0.113.9, 10.0.0.1", "fe80::1%eth0"):
        cookie = f"myplatform-csrf={browser.cookies['myplatform-csrf']}"
        environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": cookie, header: value}
        request = Request.blank("/-/sign-in", environ, POST=values)
        request.environ[header] = value
        answer = request.get_response(site.application)
        assert answer.status_int == 303, f"{header}: {value!r}"


@pytest.mark.parametrize("cookie", ["{}", 'a="{}', "a=b,{}", "({})", "{}; a=b", "a=b {}", "a=[{}"])
def test_long_cookies_cost_no_time(sample: Site, cookie: str) -> None:
    visitor = sample.browser()
    visitor.set_cookie("myplatform", "x")

    def seconds(length: int) -> float:
        begin = time.process_time()
        assert ask(visitor, "/-/sign-in", HTTP_COOKIE=cookie.format("x" * length)) == 200
        return time.process_time() - begin

    assert seconds(200_000) < 2  # it was minutes


@pytest.mark.parametrize(
    "range_", ["bytes=-", "bytes=", "bytes=9-1", "bytes=0-1,4-5", "bytes=x-y", "lines=1-2", "bytes=1"]
)
def test_a_range_that_is_none_is_left_out(sample: Site, range_: str) -> None:
    ada = sample.signed_in("ada")
    for path in ("/handbook/notes.txt/@content", "/api/v1/content/handbook/notes.txt/@content"):
        assert ask(ada, path, HTTP_RANGE=range_) == 200
    assert ask(ada, "/handbook/notes.txt/@content", HTTP_RANGE="bytes=1-2") == 206
    assert ask(ada, "/handbook/notes.txt/@content", HTTP_RANGE="bytes=-2") == 206
    assert ask(ada, "/handbook/notes.txt/@content", HTTP_RANGE="bytes=99-") == 416


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_visitor_sends_little(sample: Site, content_type: str) -> None:
    visitor = sample.browser()
    for path in ("/-/sign-in", "/-/sign-out", "/-/setup/x", "/-/password/x"):
        begin = time.process_time()
        body = b'--x\r\nContent-Disposition: form-data; name="a"' + b"; x=y" * 1_000_000 + b"\r\n\r\nb\r\n--x--\r\n"
        visitor.post(path, body, headers={"Content-Type": content_type}, status=413)
        visitor.post(path, body[-60_000:], headers={"Content-Type": content_type}, status=400)
        assert time.process_time() - begin < 2
