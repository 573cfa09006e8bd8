"""The checks of a site's address: the site behind a web server with TLS that is set up well, or badly in one way."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import trustme
from waitress.server import create_server

from myplatform import make_app
from myplatform.checks import Examination
from myplatform.examining import address
from myplatform.live.pages import EMBEDDED
from myplatform.migrating import upgrade
from tests import servers
from tests.conftest import site_settings

HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "server", "date")


class WebServer(BaseHTTPRequestHandler):
    """What stands before the site. Each attribute that is set makes it worse in one way."""

    protocol_version = "HTTP/1.1"
    site_port, live_port = 0, 0
    faults: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        """Hand the request on and the answer back."""
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if "small bodies" in self.faults and size > 1 << 20:
            self.send_error(413)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if "adds to forged" not in self.faults:
            headers["X-Forwarded-For"] = self.client_address[0]
            headers.pop("Forwarded", None)
        headers["X-Forwarded-Proto"] = "http" if "no scheme" in self.faults else "https"
        if "no host" in self.faults:
            headers["Host"] = "backend"
        is_live = self.path == "/-/live" and "no sockets" not in self.faults
        if is_live:
            headers["Connection"] = "Upgrade"
        inner = http.client.HTTPConnection("127.0.0.1", self.live_port if is_live else self.site_port, timeout=10)
        inner.request(self.command, self.path, body, headers)
        self._answer(inner.getresponse())
        inner.close()

    do_POST = do_GET  # noqa: N815 - the library's name

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() in HOP_BY_HOP or (name in (address.POLICY, address.TRANSPORT) and "drops" in self.faults):
                continue
            is_weakened = name == "Set-Cookie" and "weakens cookies" in self.faults
            self.send_header(name, value.partition(";")[0] if is_weakened else value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Any]:
    """The registry of a site that is served through a web server with TLS."""
    folder = tmp_path_factory.mktemp("address")
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    outer = ThreadingHTTPServer(("127.0.0.1", 0), WebServer)
    outer.socket = context.wrap_socket(outer.socket, server_side=True)
    url = f"https://localhost:{outer.server_port}"
    more = {"site.url": url, "live.listen": f"127.0.0.1:{servers.free_port()}"}
    settings = site_settings(f"sqlite:///{folder}/site.sqlite", folder, **more)
    app = make_app(settings)
    upgrade(app.registry["engine"])
    inner = create_server(
        app, host="127.0.0.1", port=0, clear_untrusted_proxy_headers=True, trusted_proxy="127.0.0.1",
        trusted_proxy_headers="x-forwarded-for x-forwarded-proto",
    )
    WebServer.site_port, WebServer.live_port = inner.effective_port, app.registry[EMBEDDED].port()
    for server in (outer.serve_forever, lambda: servers.run_until_closed(inner)):
        threading.Thread(target=server, daemon=True).start()
    app.registry["authorities"] = str(folder / "ca.pem")
    yield app.registry
    outer.shutdown()
    outer.server_close()
    inner.close()
    app.registry[EMBEDDED].stop()
    app.registry["engine"].dispose()


@pytest.fixture(autouse=True)
def trusted(site, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", site["authorities"])


def found(site: Any, *faults: str, url: str | None = None) -> dict[str, str]:
    """What the checks find by id, of a web server with faults."""
    WebServer.faults = set(faults)
    examination = Examination(site, url=url)
    answers = {}
    for check in address.CHECKS:
        try:
            for finding in check.run(examination):
                answers[check.id] = finding.what
        except address.NotTried as reason:
            answers[check.id] = f"not tried: {reason}"
        except (OSError, http.client.HTTPException) as error:
            answers[check.id] = type(error).__name__
    return answers


def test_a_web_server_that_is_set_up_well(site):
    assert found(site) == {}


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        ("adds to forged", "PRT092", "X-Forwarded-For of a browser is believed"),
        ("no host", "PRT091", "the site sees the host backend"),
        ("no scheme", "PRT091", "the site takes requests for http"),
        ("drops", "PRT093", "the header Strict-Transport-Security does not arrive"),
        ("weakens cookies", "PRT094", "comes without samesite"),
        ("no sockets", "PRT095", "a handshake does not reach the live service (401)"),
        ("small bodies", "PRT096", "a body of 6 MiB is refused on the way (413)"),
    ],
)
def test_each_mistake_is_named(site, fault, name, words):
    answers = found(site, fault)
    assert words in answers.pop(name)
    assert answers == {}


def test_an_address_that_leads_elsewhere(site, monkeypatch):
    elsewhere = found(site, url=f"http://127.0.0.1:{site[EMBEDDED].port()}")
    assert elsewhere["PRT090"].startswith("something else answers there")
    assert elsewhere["PRT092"].startswith("not tried: ")
    assert found(site, url=f"https://127.0.0.1:{servers.free_port()}")["PRT090"] == "ConnectionRefusedError"
    monkeypatch.delenv("SSL_CERT_FILE")
    assert found(site)["PRT090"] == "SSLCertVerificationError"


def test_nobody_else_is_told_who_asks(site):
    """Without the secret of a row there is nothing."""
    WebServer.faults = set()
    answer = address.ask(f"{site['address']}/-/arrived/{'x' * 43}")
    assert (answer.status, b"address" in answer.body) == (404, False)
