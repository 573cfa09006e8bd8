"""Whom to believe about a client, and a site below a path."""

from __future__ import annotations

from typing import Any

import pytest

from myplatform.actions.tokens import create_token
from myplatform.identity import SYSTEM
from myplatform.models import User
from myplatform.proxies import Trusted, behind_proxies
from myplatform.settings import SettingsError, from_values
from tests.conftest import ON_ONE_DATABASE, PASSWORD, MakeSite
from tests.crawling import crawl
from tests.views.conftest import form_to

PROXIES = ["10.0.0.1", "10.0.1.0/24", "fd00::/64"]


def seen(remote: str, trusted: list[str], **headers: str) -> dict[str, Any]:
    """What the application sees of a request."""
    found: dict[str, Any] = {}
    environ = {"REMOTE_ADDR": remote, "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    behind_proxies(lambda environ, _start: found.update(environ), Trusted(trusted))(environ, None)
    return found


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.1.9", "192.0.2.7"),
        ("10.0.0.1", "10.0.1.8, 10.0.1.9", "10.0.1.8"),
        ("10.0.0.1", "192.0.2.7, nonsense, 10.0.1.9", "10.0.1.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("fd00::2", "2001:db8::1", "2001:db8::1"),
        ("10.0.2.1", "192.0.2.7", "10.0.2.1"),
        ("", "192.0.2.7", ""),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(remote: str, forwarded: str, client: str) -> None:
    assert seen(remote, PROXIES, x_forwarded_for=forwarded)["REMOTE_ADDR"] == client


def test_a_socket_of_the_file_system_can_be_trusted() -> None:
    assert seen("", ["unix"], x_forwarded_for="192.0.2.7")["REMOTE_ADDR"] == "192.0.2.7"


def test_a_proxy_names_request_and_trace_and_nobody_else_does() -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    given = {"x_request_id": "abc-1", "traceparent": trace, "x_forwarded_proto": "https", "x_forwarded_host": "evil"}
    believed, ignored = seen("10.0.0.1", PROXIES, **given), seen("192.0.2.7", PROXIES, **given)
    assert (believed["myplatform.request_id"], believed["myplatform.traceparent"]) == ("abc-1", trace)
    assert believed["wsgi.url_scheme"] == "https"
    assert ignored == {"REMOTE_ADDR": "192.0.2.7", "wsgi.url_scheme": "http"}
    assert "HTTP_X_FORWARDED_HOST" not in believed
    odd = seen("10.0.0.1", PROXIES, x_request_id="a\nb", traceparent="x", x_forwarded_proto="gopher")
    assert odd == {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Example.com/intranet/", "https://example.com/intranet"),
        ("https://example.com/a/b-c", "https://example.com/a/b-c"),
        ("https://example.com/", "https://example.com"),
    ],
)
def test_a_site_can_lie_below_a_path(given: str, kept: str) -> None:
    assert from_values({"site.url": given})["site.url"] == kept


@pytest.mark.parametrize("url", ["https://e.com/a//b", "https://e.com/-/x", "https://e.com/a?b", "https://e.com/ä"])
def test_not_below_any(url: str) -> None:
    with pytest.raises(SettingsError, match="CFG017"):
        from_values({"site.url": url})


@ON_ONE_DATABASE
def test_nothing_leaves_the_path_of_a_site(make_site: MakeSite) -> None:
    site = make_site(**{"site.url": "http://localhost/intranet"})
    site.user("ada", is_admin=True)
    site.node("/", "folder", "Handbook")
    site.node("/handbook", "page", "Leave", body="[up](../) and [x](/handbook) and [itself](/-/id/1)")
    crawled = crawl(site.signed_in("ada"), "/intranet/", "/intranet/api/v1/content/")
    assert len(crawled.visits) > 40
    outside = [str(visit) for address, visit in crawled.visits.items() if not address.startswith("/intranet")]
    assert outside == []
    assert [str(visit) for visit in crawled.visits.values() if visit.answer.status_int >= 400] == []
    api = site.client("ada")
    made = api.post_json("/intranet/api/v1/content/handbook", {"kind": "page", "title": "Sick"}, status=201)
    assert made.headers["Location"] == "http://localhost/intranet/api/v1/content/handbook/sick"


@ON_ONE_DATABASE
def test_cookies_are_sent_to_the_path_of_the_site_only(make_site: MakeSite) -> None:
    site = make_site(**{"site.url": "https://intranet.example/deep/intranet"})
    site.user("ada", is_admin=True)
    browser = site.browser()
    page = browser.get("/deep/intranet/-/sign-in", extra_environ={"wsgi.url_scheme": "https"})
    cookie = page.headers.getall("Set-Cookie")[0]
    assert cookie.startswith("__Secure-myplatform-csrf=")
    assert "path=/deep/intranet" in cookie.lower()
    form = form_to("/deep/intranet/-/sign-in", page)
    fields = {"name": "ada", "password": PASSWORD, "csrf_token": form["csrf_token"].value}
    sent = {name: value for name, _, value in (each.partition("=") for each in [cookie.partition(";")[0]])}
    answer = site.browser().post(
        "/deep/intranet/-/sign-in",
        fields,
        headers={"Cookie": "; ".join(f"{k}={v}" for k, v in sent.items())},
        status=303,
    )
    [session] = [each for each in answer.headers.getall("Set-Cookie") if each.startswith("__Secure-myplatform=")]
    assert "Path=/deep/intranet;" in session


@ON_ONE_DATABASE
def test_beside_the_path_there_is_nothing_but_health(make_site: MakeSite) -> None:
    browser = make_site(**{"site.url": "http://localhost/intranet"}).browser()
    for path in ("/", "/intranetx", "/handbook", "/-/sign-in"):
        assert browser.get(path, status=404).text == "There is nothing here.\n"
    browser.get("/healthz", status=200)
    browser.get("/intranet/healthz", status=200)
    assert browser.get("/intranet", status=303).location == "http://localhost/intranet/-/sign-in?came_from=%2Fintranet%2F"


def test_whole_addresses_begin_with_that_of_the_site_whatever_host_is_named(make_site: MakeSite) -> None:
    site = make_site(**{"site.url": "http://intranet.example.com"})
    site.node("/", "folder", "Book")
    site.user("eve", is_admin=True)
    with site.session() as db:
        user = db.query(User).filter_by(name="eve").one()
        token = create_token(db, user, name="t", scopes=("read", "write", "admin"), by=SYSTEM).secret
    api = site.browser()
    api.extra_environ["HTTP_HOST"] = "evil.example"
    api.authorization = ("Bearer", token)
    ours = "http://intranet.example.com/api/v1"
    account = {"name": "ben", "display_name": "Ben"}
    assert api.post_json("/api/v1/users", account, status=201).headers["Location"] == f"{ours}/users/ben"
    group = api.post_json("/api/v1/groups", {"name": "hr", "title": "HR"}, status=201)
    assert group.headers["Location"] == f"{ours}/groups/hr"
    page = api.post_json("/api/v1/content/book", {"kind": "page", "title": "Leave"}, status=201)
    assert page.headers["Location"] == f"{ours}/content/book/leave"
    asked = api.post("/api/v1/content/book/@export", status=202)
    assert asked.headers["Location"].startswith(f"{ours}/jobs/")
    assert api.get("/api/v1/users?limit=1").json["next"].startswith(f"{ours}/users?")
    assert "evil.example" not in api.get("/api/graphql")


def test_redirects_lead_to_the_address_of_the_site_whatever_host_is_named(make_site: MakeSite) -> None:
    site = make_site(**{"site.url": "http://intranet.example.com"})
    browser = site.browser()
    browser.extra_environ["HTTP_HOST"] = "evil.example"
    asked = browser.get("/handbook", status=303)
    assert asked.headers["Location"].startswith("http://intranet.example.com/-/sign-in?")
    form = browser.get("/-/sign-in?came_from=//evil.example/x").form
    site.user("ada")
    form["name"], form["password"] = "ada", PASSWORD
    assert form.submit(status=303).headers["Location"] == "http://intranet.example.com/"
