"""Bytes that are no text, and numbers that are none, at every address of the site: refused, never a mistake of ours."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from webob import Request
from webtest import TestApp

from tests.conftest import Site
from tests.crawling import Crawl
from tests.whole_site.test_forgery import session_of

NUMBERS = ("0", "-1", "1.5", "9" * 18, "9" * 400, "\u0661", "1e9", "0x1", "+1", " 1", "null", "'")
PARAMETERS = (
    "q",
    "kind",
    "under",
    "sort",
    "cursor",
    "limit",
    "fields",
    "column",
    "age",
    "of",
    "with",
    "before",
    "after",
)
PARAMETERS += (
    "size",
    "version",
    "download",
    "changed",
    "who",
    "came_from",
    "done",
    "page",
    "depth",
    "count",
    "age__gte",
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
    return request.get_response(browser.app).status_int


def test_bytes_that_are_no_text(sample: Site, places: list[str]) -> None:
    ada = sample.signed_in("ada")
    assert len(places) > 50
    for place in places:
        for odd in ("%ff", "%00", "%ed%a0%80", "%c0%ae"):
            assert ask(ada, f"{place}/{odd}") == 400, f"{place}/{odd}"
            assert ask(ada, place, f"a={odd}") == 400, f"{place}?a={odd}"
            assert ask(ada, place, f"{odd}=a") == 400, f"{place}?{odd}=a"
        assert ask(ada, place, HTTP_COOKIE='myplatform="\\377"') == 400, place
        assert ask(ada, place, HTTP_COOKIE="myplatform=\xff") < 500, place


def test_parameters_that_make_no_sense(sample: Site, places: list[str]) -> None:
    ada = sample.signed_in("ada")
    for place in places:
        for number in NUMBERS:
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
