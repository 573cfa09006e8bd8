"""The doorbell by NOTIFY and LISTEN of PostgreSQL: nothing more to run where the site has a database server already.

It rings behind the commit, over a connection of its own: within a transaction NOTIFY makes commits wait for each other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from ..settings import Settings
from .live import Begun, Heard, Listening, heard_back
from .live_relay import Listener, Sender

CHANNEL = "myplatform_live"
OPTIONS = {"connect_timeout": 3, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
TURN = 0.25
"""Seconds after which a listener looks whether it should stop."""


class PostgreSQLBus:
    """Rings through a channel of one database."""

    def __init__(self, conninfo: str):
        self._conninfo = conninfo
        self._connection: psycopg.Connection[Any] | None = None
        self._process = os.getpid()
        self._inherited: list[psycopg.Connection[Any]] = []
        self._sender = Sender(self._send)

    def ring(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Notify."""
        self._sender.ring(topic, payload)

    def _send(self, text: bytes) -> None:
        """Runs in the sender's thread alone, which keeps the connection."""
        if self._process != os.getpid():  # made before a server forked: its parent goes on using it
            self._inherited += [self._connection] if self._connection is not None else []
            self._connection, self._process = None, os.getpid()
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._conninfo, autocommit=True, **OPTIONS)
        try:
            self._connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text.decode()))
        except psycopg.Error:
            self._connection.close()
            raise

    def listen(self, heard: Heard, begun: Begun) -> Listening:
        """Listen in a thread with a connection of its own."""
        return Listener(self._receive, heard, begun)

    def _receive(self, begun: Begun, take: Callable[[bytes | str], None], over: threading.Event) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, **OPTIONS) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            begun()
            while not over.is_set():
                for notify in connection.notifies(timeout=TURN):
                    take(notify.payload)

    def probe(self) -> str:
        """Ring and hear it; returns the version of the server."""
        with psycopg.connect(self._conninfo, autocommit=True, **OPTIONS) as connection:
            (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
        return heard_back(self, f"PostgreSQL {version.split()[0]}")

    def close(self) -> None:
        """End the thread, close the connection."""
        self._sender.close()
        if self._connection is not None:
            self._connection.close()


def postgresql_bus(url: str, settings: Settings) -> PostgreSQLBus:
    """The bus that a URL names; `postgresql:` alone is the site's own database."""
    return PostgreSQLBus(conninfo(settings["database.url"] if url == "postgresql:" else url))


def conninfo(url: str) -> str:
    """What the driver takes for a URL of SQLAlchemy, which has its own way to write several hosts with their ports."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    _, options = parsed.get_dialect()().create_connect_args(parsed)
    return make_conninfo(**{name: value for name, value in options.items() if isinstance(value, str | int)})
