"""Text travels compressed, and nothing that depends on exact bytes or tags notices."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob import Request, Response
from webtest import TestApp, TestResponse

from myplatform.compression import SMALLEST, accepts_gzip, gzipped, is_text
from myplatform.csrf import mask, unmask
from tests.conftest import ON_ONE_DATABASE, MakeSite, Site
from tests.sample import put_file
from tests.views.conftest import form_to

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
LONG = "Words about leave, and more words. " * 100


@pytest.fixture
def page(site: Site) -> str:
    """The REST address of a page with a long text."""
    site.user("ada", is_admin=True)
    site.node("/", "page", "Leave", body=LONG)
    return "/api/v1/content/leave"


def as_sent(browser: TestApp, answer: TestResponse, method: str = "GET") -> Response:
    """The same asked again by somebody who takes gzip, as it travels: the tests' browser unpacks."""
    again = Request.blank(answer.request.path, headers={**answer.request.headers, **GZIP}, method=method)
    return again.get_response(browser.app)


@given(st.binary(max_size=5000))
def test_what_is_packed_is_what_it_was(body: bytes) -> None:
    assert gzip.decompress(gzipped(body)) == body


def test_the_length_differs_from_time_to_time() -> None:
    assert len({len(gzipped(b"x" * 2000)) for _ in range(100)}) > 20


@pytest.mark.parametrize(
    ("header", "accepted"),
    [("gzip", True), ("gzip, deflate, br", True), ("*", True), ("", False), ("br", False), ("gzip;q=0", False),
     ("identity", False), ("gzip;q=0.5, br;q=1", True), ("gzip;q=x", False)],
)  # fmt: skip
def test_who_takes_gzip(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@ON_ONE_DATABASE
def test_pages_and_json_are_compressed_for_those_who_take_it(site: Site, page: str) -> None:
    for browser, address in ((site.signed_in("ada"), "/leave"), (site.client("ada"), page)):
        plain = browser.get(address)
        packed, head = as_sent(browser, plain), as_sent(browser, plain, "HEAD")
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body) / 2
        assert {"Accept-Encoding", "Cookie", "Authorization"} <= set(packed.headers["Vary"].split(", "))
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert "Leave" in gzip.decompress(packed.body).decode()
        assert (head.headers["Content-Encoding"], head.body) == ("gzip", b"")
    assert gzip.decompress(packed.body) == plain.body


@ON_ONE_DATABASE
def test_small_answers_files_and_answers_that_are_not_to_be_kept_are_left_alone(site: Site, page: str) -> None:
    ada = site.signed_in("ada")
    path = put_file(site, "/", "long.txt", LONG.encode())
    assert "Content-Encoding" not in as_sent(ada, ada.get("/healthz")).headers
    content = as_sent(ada, ada.get(f"{path}/@content"))
    assert content.body == LONG.encode()
    assert "Content-Encoding" not in content.headers
    form = form_to("/-/account/tokens", ada.get("/-/account/tokens"))
    form["name"] = "once"
    made = form.submit()
    assert made.headers["Cache-Control"] == "no-store"


@ON_ONE_DATABASE
def test_tags_of_compressed_answers_work_wherever_tags_do(site: Site, page: str) -> None:
    ada = site.client("ada")
    plain, packed = ada.get(page).headers["ETag"], ada.get(page, headers=GZIP).headers["ETag"]
    assert packed == plain[:-1] + '-gzip"'
    for tag, headers in ((plain, {}), (packed, GZIP), (f'"other", {packed}', GZIP), (f"W/{plain}", GZIP)):
        known = ada.get(page, headers={**headers, "If-None-Match": tag}, status=304)
        assert known.body == b""
        assert known.headers["ETag"] == (packed if packed in tag else plain)
        assert "Content-Encoding" not in known.headers
    ada.get(page, headers={"If-None-Match": '"other-gzip"'}, status=200)
    changed = ada.patch_json(page, {"title": "Holidays"}, headers={"If-Match": packed, **GZIP})
    newer = changed.headers["ETag"]
    assert newer not in (plain, packed)
    ada.patch_json(page, {"title": "No"}, headers={"If-Match": packed}, status=412)
    ada.patch_json(page, {"title": "Leave"}, headers={"If-Match": newer})


@ON_ONE_DATABASE
def test_a_site_behind_a_web_server_that_compresses_leaves_it_to_that(make_site: MakeSite) -> None:
    site = make_site(**{"http.compress": "false"})
    browser = site.browser()
    answer = as_sent(browser, browser.get("/-/sign-in"))
    assert len(answer.body) > SMALLEST
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.headers["Vary"]


def test_what_is_not_to_be_kept_or_is_no_text_is_not_packed() -> None:
    body = b"x" * SMALLEST
    assert is_text(Response(body))
    assert is_text(Response(body, content_type="image/svg+xml"))
    for headers in (
        {"cache_control": "private, no-store"},
        {"content_type": "image/png"},
        {"content_type": "text/event-stream"},
        {"content_encoding": "br"},
        {"status": 206},
        {"cache_control": "no-transform"},
    ):
        assert not is_text(Response(body, **headers))
    assert not is_text(Response(body[1:]))
    assert not is_text(Response(app_iter=iter([body])))


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_masked_token_is_the_token(token: bytes, pad: bytes) -> None:
    assert unmask(mask(token.hex(), pad)) == token.hex()
    assert unmask(token.hex()) == token.hex()


@ON_ONE_DATABASE
def test_no_page_has_the_token_against_forgery_itself(site: Site, page: str) -> None:
    ada = site.signed_in("ada")
    first, second = ada.get("/leave/@edit"), ada.get("/leave/@edit")
    secret = ada.cookies["myplatform-csrf"]
    tokens = [form_to("/-/sign-out", each)["csrf_token"].value for each in (first, second)]
    assert tokens[0] != tokens[1]
    assert {unmask(token) for token in tokens} == {secret}
    assert secret not in first.text + second.text
    ada.post("/-/sign-out", {"csrf_token": tokens[0][:-1] + ("0" if tokens[0][-1] != "0" else "1")}, status=400)
    ada.post("/-/sign-out", {"csrf_token": tokens[0]}, status=303)
