"""A canary secret comes out nowhere: not in a log, not in a report to Sentry, not in a trace."""

from __future__ import annotations

import gzip
import logging
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from myplatform.account_secrets import new_secret
from myplatform.scrubbing import Scrubber
from myplatform.settings import SettingsError
from tests.conftest import ON_ONE_DATABASE, MakeSite
from tests.views.conftest import form_to

CANARY = "canary-hunter2-canary"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql+psycopg://site:{CANARY}@db.example/site",
        f"redis://:{CANARY}@cache:6379/0",
        f"https://{CANARY.replace('-', '')}@sentry.example/1",
        f"Authorization: Bearer {CANARY}",
        f"Cookie: myplatform={CANARY}; theme=dark",
        f"GET /-/setup/{CANARY} 200",
        f"POST /-/stop-mail/{CANARY} 200",
        f"GET /search?q=x&token={CANARY}&page=2",
        f"{{'password': '{CANARY}', 'name': 'ada'}}",
        f'{{"csrf_token": "{CANARY}"}}',
        f"create_user(name='ada', password='{CANARY}')",
        f"database.password = {CANARY}",
        f"MultiDict([('name', 'ada'), ('new_password', '{CANARY}')])",
    ],
)
def test_the_shapes_of_secrets_are_known(text: str) -> None:
    scrubbed = Scrubber().text(text)
    assert CANARY not in scrubbed
    assert CANARY.replace("-", "") not in scrubbed
    assert "***" in scrubbed


def test_what_is_no_secret_stays() -> None:
    for text in ("GET /handbook/passwords-and-you 200 12 ms", "12 statements", "https://example.com/a?b=c", "5 tokens"):
        assert Scrubber().text(text) == text


def test_random_and_learned_secrets_are_known_wherever_they_stand() -> None:
    scrubber = Scrubber()
    for secret in (new_secret() for _ in range(50)):
        assert secret not in scrubber.text(f"odd {secret} place")
    scrubber.learn("p%40ss-word-of-the-database")
    assert scrubber.text("p%40ss-word-of-the-database p@ss-word-of-the-database") == "*** ***"
    assert scrubber.value({"a": [{"password": CANARY}], "api_key": 5}) == {"a": [{"password": "***"}], "api_key": "***"}


@pytest.mark.parametrize("piece", ["a.", "-.", "token.", "://a:", "://abcdefgh", "token='", "password ", "'"])
def test_what_somebody_thinks_up_takes_no_time(piece: str) -> None:
    text = piece * (16_000 // len(piece)) + "="  # as long as an address can be
    began = time.process_time()
    Scrubber().text(text)
    assert time.process_time() - began < 1


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes what is sent to it: HOST:PORT, and the bodies that came."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


@ON_ONE_DATABASE
def test_a_crash_and_a_trace_tell_no_secret(make_site: MakeSite, receiver, caplog, monkeypatch) -> None:
    sentry_sdk = pytest.importorskip("sentry_sdk")
    address, bodies = receiver
    site = make_site(
        **{
            "errors.sentry_dsn": f"http://{CANARY.replace('-', '')}@{address}/1",
            "telemetry.otlp_url": f"http://{address}",
            "operations.token": f"{CANARY}-operations",
        }
    )
    site.user("ada", is_admin=True)
    browser = site.browser()
    caplog.set_level(logging.DEBUG, "myplatform")
    form = form_to("/-/sign-in", browser.get("/-/sign-in"))
    form["name"], form["password"] = "ada", CANARY
    form.submit(status=422)

    def crash(*_: object) -> None:
        password = CANARY
        raise RuntimeError(f"cannot log in with password={password} and {browser.cookies}")

    monkeypatch.setattr("myplatform.views.account.groups_with", crash)
    ada = site.signed_in("ada")
    session = ada.cookies["myplatform"]
    try:
        ada.get(f"/-/account?token={CANARY}", status=500)
        site.browser().get("/metrics", headers={"Authorization": f"Bearer {CANARY}-operations"})
        sentry_sdk.flush(5)
        site.registry["tracer_provider"].force_flush(5000)
    finally:
        sentry_sdk.get_client().close(timeout=2)
        sentry_sdk.init()
        site.registry["tracer_provider"].shutdown()
    sent = b"\n".join(bodies)
    assert b"cannot log in" in sent
    assert b"request_id" in sent
    assert b"GET account" in sent
    for text in (sent.decode("utf-8", "replace"), caplog.text):
        assert "cannot log in" in text
        assert CANARY not in text
        assert session not in text


@pytest.mark.parametrize(
    ("key", "value", "package"),
    [
        ("errors.sentry_dsn", "http://key@127.0.0.1:1/1", "sentry_sdk"),
        ("telemetry.otlp_url", "http://127.0.0.1:1", "opentelemetry.sdk.trace"),
    ],
)
@ON_ONE_DATABASE
def test_a_missing_package_is_named(make_site: MakeSite, monkeypatch, key: str, value: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=r"CFG026: needs the package \w+, which is not installed"):
        make_site(**{key: value})
