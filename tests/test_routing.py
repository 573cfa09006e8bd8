"""Routes are found by their words as they would be by trying one after the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.request import Request
from pyramid.urldispatch import RoutesMapper

from myplatform.routing import RoutesByWords, first_words
from tests.conftest import Site

PATTERNS = (
    "/-/trash", "/-/trash/{id}/restore", "-/static/*subpath", "/api/v1/content/*traverse", "/api/v1/jobs/{id:[0-9]+}",
    "/api/v1/jobs/{id}", "/{any}/trash", "/-/tr{rest}", "/:old/style", "/-/größe/x", "/", "//", "/-/trash/", "/-/*all",
)  # fmt: skip
WORDS = st.sampled_from(["-", "trash", "static", "api", "v1", "content", "jobs", "7", "größe", "x", "", "style", "%2F"])


def both() -> tuple[RoutesMapper, RoutesMapper]:
    """Pyramid's mapper and ours with the same routes."""
    mappers = RoutesMapper(), RoutesByWords()
    for mapper in mappers:
        for number, pattern in enumerate(PATTERNS):
            mapper.connect(f"route {number}", pattern)
    return mappers


def answer(mapper: RoutesMapper, path: str) -> tuple[str | None, dict | None]:
    """The name of the route and what its placeholders stand for."""
    request = Request({"PATH_INFO": path.encode().decode("latin-1"), "REQUEST_METHOD": "GET"})
    found = mapper(request)
    return found["route"] and found["route"].name, found["match"]


@given(st.lists(WORDS, max_size=6))
def test_the_route_is_the_one_that_pyramid_finds(words: list[str]) -> None:
    theirs, ours = both()
    path = "/" + "/".join(words)
    assert answer(ours, path) == answer(theirs, path)


def test_a_route_takes_the_place_of_one_of_its_name() -> None:
    mapper = RoutesByWords()
    mapper.connect("one", "/first")
    assert answer(mapper, "/first") == ("one", {})
    mapper.connect("one", "/second")
    assert answer(mapper, "/first") == (None, None)
    assert answer(mapper, "/second") == ("one", {})


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("/api/v1/content/*traverse", ["api", "v1", "content"]), ("/-/tr{rest}", ["-"]), ("/-/größe", ["-"]), ("/", [""])],
)
def test_words_are_those_that_stand_whole_before_a_placeholder(pattern: str, words: list[str]) -> None:
    assert first_words(pattern) == words


def test_a_site_finds_its_routes_by_words(site: Site) -> None:
    from pyramid.interfaces import IRoutesMapper

    assert isinstance(site.registry.getUtility(IRoutesMapper), RoutesByWords)
