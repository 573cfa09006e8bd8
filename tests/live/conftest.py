"""A live service in a thread of the test, and clients that are people in a browser or programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select
from websockets.sync.client import ClientConnection, connect

from myplatform.actions.sessions import create_session
from myplatform.actions.tokens import create_token
from myplatform.identity import SYSTEM
from myplatform.live import rounds
from myplatform.live import service as live_service
from myplatform.live.embedded import Embedded
from myplatform.models import Change, User
from myplatform.queries.changes import end_of_complete
from tests.conftest import Site

SECONDS = 10


class Client:
    """One socket; what it was told and nobody asked for yet is kept.

    `settle` waits until all that is committed can be read: on PostgreSQL other tests' transactions hold that up.
    """

    def __init__(self, connection: ClientConnection, settle: Callable[[], None]):
        self.connection = connection
        self.settle = settle
        self.told: list[dict[str, Any]] = []
        self.cursor: str | None = None

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.connection.send(json.dumps(message))

    def watch(self, *topics: str, **more: Any) -> dict[str, Any]:
        """Watch topics; returns the answer."""
        self.say(watch=list(topics), **more)
        return self.next("ready", "error")

    def next(self, *types: str) -> dict[str, Any]:
        """The next message of one of these types, waited for; others that come before are kept."""
        for message in self.told:
            if message["type"] in types:
                self.told.remove(message)
                return message
        deadline = time.monotonic() + SECONDS
        while True:
            message = json.loads(self.connection.recv(timeout=max(0, deadline - time.monotonic())))
            self.cursor = message.get("cursor", self.cursor)
            if message["type"] in types:
                return message
            self.told.append(message)

    def actions(self, count: int) -> list[tuple[str, str, int]]:
        """Topic, action and node of the next changes."""
        messages = [self.next("changed") for _ in range(count)]
        return [(each["topic"], each["action"], each["node"]) for each in messages]

    def fence(self) -> list[dict[str, Any]]:
        """All that it was told by now: the service has read everything that is committed, and answered."""
        self.settle()
        self.watch("me")
        told, self.told = self.told, []
        return told


Connect = Callable[..., Client]


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that waits less: for more words at once, for the database, for clients to say farewell."""
    monkeypatch.setattr(rounds, "PRESENCE_EVERY", 0.03)
    monkeypatch.setattr(rounds, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(live_service, "FAREWELL", 0.1)


@pytest.fixture
def service(site: Site) -> Iterator[Embedded]:
    """The service of the site."""
    embedded = Embedded(site.registry, "127.0.0.1", 0)
    assert embedded.port()
    yield embedded
    embedded.stop()


def secret_of(site: Site, name: str) -> str:
    """A new session of a user."""
    with site.session() as db:
        return create_session(db, db.query(User).filter_by(name=name).one())


def browser_headers(site: Site, secret: str) -> dict[str, str]:
    """What a browser sends from a page of the site."""
    return {"Cookie": f"time-zone=UTC; myplatform={secret}", "Origin": site.registry["address"]}


def settle(site: Site) -> None:
    """Wait until all committed changes are complete."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with site.session() as db:
            newest = db.execute(select(func.max(Change.transaction_number))).scalar() or 0
            if end_of_complete(db)[0] >= newest:
                return
        time.sleep(0.01)
    raise TimeoutError("some transaction does not end")


@pytest.fixture
def join(site: Site, service: Embedded) -> Iterator[Connect]:
    """Opens a socket: `join("ada")` as a browser, `join("ada", scopes=("read",))` as a program."""
    def open_socket(name: str, *, scopes: tuple[str, ...] = (), secret: str | None = None, **options: Any) -> Client:
        port = service.port()
        if scopes:
            with site.session() as db:
                user = db.query(User).filter_by(name=name).one()
                token = create_token(db, user, name="live", scopes=scopes, by=SYSTEM).secret
            headers = {"Authorization": f"Bearer {token}"}
        else:
            headers = browser_headers(site, secret or secret_of(site, name))
        url = f"ws://127.0.0.1:{port}/-/live"
        connection = opened.enter_context(connect(url, additional_headers=headers, proxy=None, **options))
        client = Client(connection, lambda: settle(site))
        client.fence()  # what was committed before is no news to it
        client.say(leave=["me"])
        return client

    with ExitStack() as opened:
        yield open_socket
