"""A real browser at a real server: whatever it complains about, or asks of another host, fails the test."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from waitress.server import create_server

from myplatform.actions.content import ensure_root
from myplatform.actions.sessions import create_session
from myplatform.models import User
from tests import servers
from tests.conftest import Site, make_node, site_settings
from tests.sample import fill

TIMEOUT = 15_000
TOLD_BY_STATUS = "Failed to load resource: the server responded with a status of"
"""What Chromium says of a refused answer; those of pages are wanted, all others are noted from the answer itself."""
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`securitypolicyviolation: ${event.effectiveDirective} ${event.blockedURI}`);
});
"""
REMEMBER_EDITOR = """
if (location.protocol.startsWith("http")) localStorage.getItem("editor") ?? localStorage.setItem("editor", "%s");
"""


HURRY = """
{
  const wait = setTimeout;
  window.setTimeout = (what, after, ...given) => wait(what, after > 5000 ? after : after / 10, ...given);
}
"""
"""Makes what a page does after some seconds happen ten times sooner."""


@dataclass
class Live:
    """A site that answers at an address."""

    site: Site
    address: str


@contextmanager
def served(site: Site, port: int = 0, path: str = "") -> Iterator[Live]:
    """The site behind a server, on a port of its own where none is named; `path` is below which path it lies."""
    server = create_server(site.application, host="127.0.0.1", port=port, threads=6)
    thread = threading.Thread(target=servers.run_until_closed, args=(server,), daemon=True)
    thread.start()
    try:
        yield Live(site, f"http://127.0.0.1:{server.effective_port}{path}")
    finally:
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(10)
        assert not thread.is_alive()
        site.engine.dispose()


@pytest.fixture(scope="session")
def empty_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Site]:
    """Makes a site with nothing but its root, as the first start leaves it."""

    def make(**others: str) -> Site:
        folder = tmp_path_factory.mktemp("live")
        shutil.copy(sqlite_template, folder / "site.sqlite")
        others = {"pyramid.reload_templates": "true", **others}
        settings = site_settings(f"sqlite:///{folder}/site.sqlite", folder, **others)
        site = Site(settings)
        with site.session() as db:
            ensure_root(db)
        return site

    return make


@pytest.fixture(scope="module")
def live(empty_site: Callable[[], Site]) -> Iterator[Live]:
    """The sample site, live, anew for each file of tests. Each test changes only what it has made itself."""
    site = empty_site()
    fill(site)
    with served(site) as live:
        yield live


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    path = servers.chromium()
    if path is None:
        servers.missing("Chromium", "install one, or set MYPLATFORM_TEST_CHROMIUM to its path")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT)
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@dataclass
class Windows:
    """Opens windows of separate people and notes everything that must not happen in them."""

    chromium: Any
    live: Live
    contexts: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(
        self, name: str | None = None, *, editor: str = "markdown", hurries: bool = False, **options: Any
    ) -> Any:
        """A page in a window of its own, in which the user is signed in; `options` are those of a browser context.

        `editor` is the way of writing that it remembers: markdown, which tests fill in as any field, or visual. Of one
        that `hurries` the time between a cause and what follows from it by itself is short.
        """
        context = self.chromium.new_context(base_url=self.live.address, reduced_motion="reduce", **options)
        context.set_default_timeout(TIMEOUT)
        self.contexts.append(context)
        self._watch(context)
        context.add_init_script(REMEMBER_EDITOR % editor)
        if hurries:
            context.add_init_script(HURRY)
        if name is not None:
            secret = self._secret_of(name)
            context.add_cookies([{"name": "myplatform", "value": secret, "url": self.live.address, "httpOnly": True}])
        page = context.new_page()
        page.on("filechooser", lambda _chooser: None)  # a browser needs a moment to begin to tell of it
        return page

    def _secret_of(self, name: str) -> str:
        with self.live.site.session() as db:
            return create_session(db, db.query(User).filter_by(name=name).one())

    def _watch(self, context: Any) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.complaints.append(f"exception: {error.error}"))
        context.on("request", self._note_request)
        context.on("response", self._note_response)

    def _note_console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(TOLD_BY_STATUS):
            self.complaints.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((f"{self.live.address}/", "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {request.url}")

    def _note_response(self, response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.status}: {response.url}")
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")

    def shelf(self, name: str) -> str:
        """A folder with three pages and a folder of its own for one test; its path."""
        with self.live.site.session() as db:
            path = make_node(db, "/", "folder", name).node.path
            for title in ("Alpha", "Beta", "Gamma"):
                make_node(db, path, "page", title, body=f"About {title}.")
            make_node(db, path, "folder", "Box")
        return path

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, *_: object) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def windows(chromium: Any, live: Live) -> Iterator[Windows]:
    """Windows on the sample site."""
    with Windows(chromium, live) as windows:
        yield windows
    assert windows.complaints == []
