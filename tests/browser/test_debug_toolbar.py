"""The toolbar for developers, on a real server: what it shows, what it hides, and whom it tells nothing.

The server is a process of its own: the toolbar changes SQLAlchemy and Pyramid for all of its process.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from requests import Response, Session

from myplatform.actions.content import ensure_root
from myplatform.actions.sessions import create_session
from myplatform.actions.users import create_user
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.debug_toolbar import POLICY, without_secrets
from myplatform.headers import CONTENT_SECURITY_POLICY
from myplatform.identity import SYSTEM
from myplatform.settings.reference import LOGGING
from tests.browser.conftest import Live, Windows
from tests.conftest import PASSWORD, site_settings

CANARY = "canary-hunter2-canary"
INI = f"""\
[app:main]
use = egg:myplatform
app.mode = development
app.debug_toolbar = true
database.url = sqlite:///%(here)s/site.sqlite
files.url = file://%(here)s/files
help.import = false
operations.token = {CANARY}-of-the-settings
mail.url = smtp://site:{CANARY}@127.0.0.1:1
mail.from = site@example.com

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:0
threads = 6

""" + LOGGING


@dataclass
class Served:
    """A site with the toolbar, and the cookie of somebody who is signed in."""

    address: str
    secret: str

    def browser(self) -> Browser:
        """A browser in which nobody is signed in."""
        return Browser(self.address)

    def signed_in(self) -> Browser:
        """One in which ada is signed in."""
        browser = self.browser()
        browser.cookies["myplatform"] = self.secret
        return browser


class Browser(Session):
    """A browser without JavaScript, at one site."""

    def __init__(self, address: str):
        super().__init__()
        self.address = address
        self.trust_env = False

    def request(self, method: str, url: str, **others: Any) -> Response:
        """What is answered, redirects included."""
        return super().request(method, self.address + url, **others | {"allow_redirects": False, "timeout": 30})

    def send_form(self, url: str, **values: str) -> Response:
        """Fill in the form at an address and send it there."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(url).text)
        assert token is not None
        return self.post(url, data={"csrf_token": token[1], **values})


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that was told by its INI file to show the toolbar."""
    folder = tmp_path_factory.mktemp("toolbar")
    shutil.copy(sqlite_template, folder / "site.sqlite")
    (folder / "site.ini").write_text(INI)
    engine = make_engine(site_settings(f"sqlite:///{folder}/site.sqlite", folder))
    with open_session(make_session_factory(engine)) as db:
        ensure_root(db)
        ada = create_user(db, name="ada", display_name="Ada", password=PASSWORD, is_admin=True, by=SYSTEM)
        secret = create_session(db, ada)
    engine.dispose()
    command = [Path(sys.executable).with_name("myplatform"), "-c", "site.ini", "serve"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(_address(process), secret)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    too_late = threading.Timer(60, process.kill)
    too_late.start()
    said = []
    for line in process.stderr or ():
        said.append(line)
        if found := re.search(r"Serving on (http://127\.0\.0\.1:\d+)", line):
            too_late.cancel()
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    pytest.fail("".join(said))


def told_of(browser: Browser, answer: Response) -> str:
    """What the toolbar has to say of the request that was answered."""
    page = browser.get(answer.headers["X-Debug-Toolbar"])
    assert page.headers["Content-Security-Policy"] == POLICY
    return unescape(page.text)


def test_it_tells_of_pages_and_of_rest_which_keep_their_policy(served: Served) -> None:
    ada = served.signed_in()
    page = ada.get("/")
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith(CONTENT_SECURITY_POLICY.partition("connect-src")[0])
    assert "pDebug" not in page.text
    assert f'href="{page.headers["X-Debug-Toolbar"]}"' in page.text
    for answer in (page, ada.get("/api/v1/content/")):
        told = told_of(ada, answer)
        assert "access_id" in told
        assert 'id="pSqlaTable"' in told
    history = ada.get("/_debug_toolbar/sse")
    assert history.headers["Content-Security-Policy"] == POLICY
    assert '"path": "/api/v1/content/"' in history.text
    script = ada.get("/_debug_toolbar/static/toolbar/toolbar.js")
    assert "unsafe-inline" not in script.headers["Content-Security-Policy"]


def test_requests_are_answered_as_ever(served: Served) -> None:
    ada = served.signed_in()
    tag = ada.get("/api/v1/content/").headers["ETag"]
    assert ada.get("/api/v1/content/", headers={"If-None-Match": tag}).status_code == 304
    assert [ada.get(odd).status_code for odd in ("/nowhere", "/%ff", "/?a=%ff")] == [404, 400, 400]
    assert "/leave" in ada.send_form("/@new/page", title="Leave").headers["Location"]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: served.signed_in().get("/leave"), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["X-Debug-Toolbar"] for answer in answers}) > 1


def test_no_secret_is_told(served: Served) -> None:
    browser, ada = served.browser(), served.signed_in()
    answers = (
        browser.send_form("/-/sign-in", name="ada", password=CANARY),
        browser.get("/api/v1/content/", headers={"Authorization": f"Bearer {CANARY}"}),
        browser.get("/api/v1/content/", headers={"Authorization": f"Basic {CANARY}"}),
        browser.get(f"/-/setup/{CANARY}"),
        browser.get(f"/-/sign-in?token={CANARY}"),
        browser.post("/api/v1/nodes", json={"name": "ada", "password": CANARY}),
        ada.get("/", headers={"X-CSRF-Token": CANARY}),
        ada.post("/-/account/password", data={"current": CANARY, "password": CANARY, "csrf_token": CANARY}),
    )
    for answer in answers:
        told = told_of(ada, answer)
        assert CANARY not in told
        assert served.secret not in told
        assert "HTTP_HOST" in told
    assert CANARY not in ada.get("/_debug_toolbar/sse").text


def test_nothing_is_run_or_kept_for_others(served: Served) -> None:
    ada = served.signed_in()
    told = ada.get("/").headers["X-Debug-Toolbar"]
    stranger = {"Host": "evil.example"}
    assert "X-Debug-Toolbar" not in ada.get("/", headers=stranger).headers
    refused = ada.get(told, headers=stranger)
    assert "pDebug" not in refused.text
    assert "unsafe-inline" not in refused.headers["Content-Security-Policy"]
    assert "X-Debug-Toolbar" not in ada.post("/-/nowhere", data=b"x" * (2 << 20)).headers
    assert ada.get(f"{told}/exception/execute/1?cmd=1").status_code == 400


def test_a_browser_has_nothing_to_complain_of(chromium: Any, served: Served) -> None:
    with Windows(chromium, Live(None, served.address)) as windows:
        page = windows.open()
        page.context.add_cookies([{"name": "myplatform", "value": served.secret, "url": served.address}])
        page.goto("/")
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("link", name="Debug toolbar").click()
        page.locator("#pDebugPanel-sqlalchemy a").click()
        page.locator("#pSqlaTable").get_by_text("SELECT").first.wait_for()
        page.locator("#requests").get_by_text("/").first.wait_for()
        page.get_by_role("link", name="Global").click()
        page.locator("#pDebugPanel-settings a").click()
        page.locator("#pDebugPanel-settings-content").wait_for()
    assert windows.complaints == []


def test_cells_after_names_of_secrets_are_emptied() -> None:
    page = "<script>token = 'a'</script><!-- b --><td>'password'</td><td>&#39;c&#39;</td><td>name</td><td>d&amp;</td>"
    expected = "<script>token = 'a'</script><td>'password'</td><td>***</td><td>name</td><td>d&amp;</td>"
    assert without_secrets(page) == expected
    assert without_secrets("<b>token</b> = <i>?</i>") == "<b>token</b> = <i>?</i>"
