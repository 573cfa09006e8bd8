"""Checks from outside: the address that people type leads to this site, through a proxy that is set up well.

A row with a secret is written, and the site is asked for it at its address: only this site can know of it.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..actions.probing import remove_probe, write_probe
from ..checks import Check, Examination, Finding, NotTried, Severity
from ..database import open_session
from ..live.admission import PATH
from .database import with_tables

SECONDS = 10
FORGED_ADDRESS, FORGED_HOST = "203.0.113.77", "forged.example.net"
BODY = 6 << 20
"""Bytes that a browser may send at once: it sends large files in pieces of 5 MiB."""
POLICY, TRANSPORT = "Content-Security-Policy", "Strict-Transport-Security"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, if that is a JSON object, otherwise nothing."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def ask(url: str, *, method: str = "GET", headers: Mapping[str, str] = {}, body: bytes | None = None) -> Answer:
    """One request, redirects not followed. The machine's certificates, and those of SSL_CERT_FILE, are trusted."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: Any = http.client.HTTPSConnection(parts.netloc, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent: the answer is there
            connection.request(method, parts.path or "/", body=body, headers=dict(headers))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(1 << 20))
    finally:
        connection.close()


def url_of(examination: Examination) -> str:
    """Where people reach the site. Raises `NotTried` where nothing says so."""
    url = examination.url or examination.settings["site.url"]
    if not url:
        raise NotTried("neither --url nor site.url says where people reach the site")
    return url.rstrip("/")


class Arrival(NamedTuple):
    """What came back from the site itself, plain and with forged headers."""

    url: str
    plain: Answer
    forged: Answer


def arrival(examination: Examination) -> Arrival:
    """The site's own answers. Raises `NotTried` where it was not reached: one check says that, the others need not."""
    url = url_of(examination)
    with with_tables(examination):
        pass  # the connection goes back before others wait for one
    found = examination.once("arrival", lambda: _arrival(examination, url))
    if isinstance(found, Exception) or "address" not in found.plain.json():
        raise NotTried(f"{url} does not reach the site")
    return found


def _arrival(examination: Examination, url: str) -> Arrival | Exception:
    factory = examination.registry["session_factory"]
    with open_session(factory) as db:
        secret = write_probe(db)
    forged = {
        "X-Forwarded-For": FORGED_ADDRESS,
        "X-Forwarded-Host": FORGED_HOST,
        "Forwarded": f"for={FORGED_ADDRESS};host={FORGED_HOST}",
    }
    try:
        target = f"{url}/-/arrived/{secret}"
        return Arrival(url, ask(target), ask(target, headers=forged))
    except (OSError, http.client.HTTPException) as error:
        return error
    finally:
        with open_session(factory) as db:
            remove_probe(db, secret)


def it_leads_here(examination: Examination) -> Iterator[Finding]:
    """The address reaches this site and no other."""
    try:
        seen = arrival(examination).plain.json()
    except NotTried:
        found = examination.kept.get("arrival")
        if found is None:
            raise
        if isinstance(found, Exception):
            raise found from None
        yield Finding(f"something else answers there, or another site ({found.plain.status})", url_of(examination))
        return
    examination.tell("address", f"{url_of(examination)} reaches this site, which sees {seen['address']}")


def it_keeps_host_and_scheme(examination: Examination) -> Iterator[Finding]:
    """What people typed is what the site sees."""
    came = arrival(examination)
    seen, wanted = came.plain.json(), urlsplit(came.url)
    if _without_port(seen["host"]) != _without_port(wanted.netloc):
        yield Finding(f"the site sees the host {seen['host']}", came.url, "nginx: proxy_set_header Host $host;")
    if seen["scheme"] != wanted.scheme:
        yield Finding(
            f"the site takes requests for {seen['scheme']}",
            came.url,
            "nginx: proxy_set_header X-Forwarded-Proto $scheme; and trusted_proxy under [server:main]",
        )


def _without_port(host: str) -> str:
    return str(urlsplit(f"//{host}").hostname)


def forged_headers_have_no_effect(examination: Examination) -> Iterator[Finding]:
    """A browser that sends headers of a proxy is taken for itself."""
    came = arrival(examination)
    seen = came.forged.json()
    if FORGED_ADDRESS in str(seen.get("address")):
        yield Finding("X-Forwarded-For of a browser is believed: everybody can seem to come from anywhere", came.url)
    if FORGED_HOST in str(seen.get("host")):
        yield Finding("X-Forwarded-Host of a browser is believed", came.url)


def headers_arrive(examination: Examination) -> Iterator[Finding]:
    """What browsers are told for their safety."""
    came = arrival(examination)
    headers = came.plain.headers
    if POLICY not in headers:
        weak = " (only reported on)" if f"{POLICY}-Report-Only" in headers else ""
        yield Finding(f"the header {POLICY} does not arrive{weak}", came.url)
    is_remembered = came.url.startswith("https:") and examination.settings["https.hsts_max_age"] > timedelta()
    if is_remembered and TRANSPORT not in headers:
        yield Finding(f"the header {TRANSPORT} does not arrive", came.url)


def cookies_are_safe(examination: Examination) -> Iterator[Finding]:
    """Cookies are out of reach of scripts, of other sites and of http."""
    came = arrival(examination)
    for cookie in ask(f"{came.url}/-/sign-in").headers.get_all("Set-Cookie", ()):
        name, words = cookie.partition("=")[0], {each.strip().lower() for each in cookie.split(";")[1:]}
        wanted = {"httponly"} | ({"secure"} if came.url.startswith("https:") else set())
        for each in sorted(wanted - words):
            yield Finding(f"the cookie {name} comes without {each}", came.url)
        if not any(word.startswith("samesite=") for word in words):
            yield Finding(f"the cookie {name} comes without samesite", came.url)


def sockets_pass(examination: Examination) -> Iterator[Finding]:
    """A handshake reaches the live service, which refuses it, as nobody is signed in."""
    settings = examination.settings
    if settings["live.listen"] is None:
        raise NotTried
    url = settings["live.public_url"] or f"{arrival(examination).url}{PATH}"
    url = url.replace("ws", "http", 1) if url.startswith("ws") else url
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "bXlwbGF0Zm9ybSBjaGVjaw==",
        "Authorization": "Bearer myplatform-check",
    }
    answer = ask(url, headers=handshake)
    examination.tell("sockets", f"{url} answers {answer.status}")
    if answer.status != http.HTTPStatus.UNAUTHORIZED or POLICY in answer.headers:
        yield Finding(f"a handshake does not reach the live service ({answer.status})", url)


def large_bodies_pass(examination: Examination) -> Iterator[Finding]:
    """Pieces of files are not refused on the way. The site refuses this one, as nobody is signed in."""
    came = arrival(examination)
    answer = ask(f"{came.url}/-/upload", method="POST", body=bytes(BODY))
    if answer.status in (413, 502, 504) and POLICY not in answer.headers:
        yield Finding(f"a body of 6 MiB is refused on the way ({answer.status})", came.url)


CHECKS = (
    Check(
        "PRT090",
        Severity.ERROR,
        "The address of the site leads to it",
        it_leads_here,
        mend="mend site.url, the name server, the certificate or the web server; SSL_CERT_FILE adds authorities",
    ),
    Check("PRT091", Severity.ERROR, "The site sees the host and scheme that people typed", it_keeps_host_and_scheme),
    Check(
        "PRT092",
        Severity.ERROR,
        "Forged headers of proxies have no effect",
        forged_headers_have_no_effect,
        mend="nginx: proxy_set_header X-Forwarded-For $remote_addr; and trusted_proxy under [server:main]",
    ),
    Check(
        "PRT093",
        Severity.ERROR,
        "Headers for the safety of browsers arrive",
        headers_arrive,
        mend="let the web server pass on and not change the site's headers",
    ),
    Check(
        "PRT094",
        Severity.ERROR,
        "Cookies are safe",
        cookies_are_safe,
        mend="let the web server pass on Set-Cookie unchanged; site.url = https://…",
    ),
    Check(
        "PRT095",
        Severity.WARNING,
        "Sockets reach the live service",
        sockets_pass,
        mend="nginx, at /-/live: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; Connection upgrade",
    ),
    Check(
        "PRT096", Severity.WARNING, "Bodies of 6 MiB pass", large_bodies_pass, mend="nginx: client_max_body_size 6m;"
    ),
)
