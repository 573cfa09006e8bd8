"""What breaks around the live service: it lives on, nobody misses anything, and one slow reader holds up nobody."""

import asyncio
import json
import socket as sockets
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus

from myplatform.actions.content import edit_node
from myplatform.identity import SYSTEM
from myplatform.live import rounds
from myplatform.live import sockets as live_sockets
from myplatform.live.embedded import Embedded
from myplatform.queries.nodes import node_by_path
from tests import servers
from tests.conftest import ON_ONE_DATABASE
from tests.live.conftest import browser_headers, secret_of

pytestmark = ON_ONE_DATABASE


@pytest.fixture
def page(site):
    site.user("bob")
    return site.node("/", "page", "Page", body="One").node


def edit(site, body):
    with site.session() as db:
        edit_node(db, node_by_path(db, "/page"), {"body": body}, by=SYSTEM, expected_version=None)


def test_a_service_that_restarts_loses_nothing_for_those_who_come_again(site, join, service, page):
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    edit(site, "Heard")
    bob.next("changed")
    service.stop()
    with pytest.raises(ConnectionClosed) as closed:
        bob.connection.recv(timeout=10)
    assert closed.value.rcvd.code == 1012
    edit(site, "Missed")
    again = join("bob")  # starts it again
    again.watch(f"node:{page.id}", after=bob.cursor)
    edit(site, "Heard again")
    assert [again.next("changed")["version"] for _ in range(2)] == [3, 4]
    assert again.fence() == []


def test_a_reader_who_does_not_read_is_dropped_and_holds_up_nobody(site, join, service, page, monkeypatch):
    monkeypatch.setattr(live_sockets, "MOST_WAITING", 4096)
    slow = sockets.socket()
    slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2048)
    slow.connect(("127.0.0.1", service.port()))
    headers = browser_headers(site, secret_of(site, "bob"))
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    slow.sendall(
        "GET /-/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{''.join(lines)}\r\n".encode()
    )
    hub = service.running.hub
    servers.wait_for(lambda: len(hub.sockets) == 1)
    message = json.dumps({"watch": [f"node:{page.id}", "changes"]}).encode()
    slow.sendall(bytes([0x81, 0x80 | len(message)]) + bytes(4) + message)
    servers.wait_for(lambda: "changes" in hub.watching)
    (watcher,) = hub.sockets
    watcher.connection.transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 2048)
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    for number in range(400):
        edit(site, f"Text {number}")
        if hub.counts["dropped"]:
            break
    servers.wait_for(lambda: hub.counts["dropped"] == 1)
    edit(site, "The last")
    version = bob.next("changed")["version"]
    with site.session() as db:
        newest = node_by_path(db, "/page").version
    while version < newest:
        version = bob.next("changed")["version"]
    slow.close()


def test_two_hundred_windows_at_once_all_hear(make_site):
    site = make_site(**{"live.max_sockets_per_user": "1000"})
    site.user("bob")
    site.grant("/", ("signed-in", "reader"))
    page = site.node("/", "page", "Page", body="One").node
    service = Embedded(site.registry, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{service.port()}/-/live"
    headers = browser_headers(site, secret_of(site, "bob"))
    ready = asyncio.Semaphore(0)

    async def window():
        async with connect_async(url, additional_headers=headers, proxy=None) as socket:
            await socket.send(json.dumps({"watch": [f"node:{page.id}"]}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "ready":
                    ready.release()
                elif message["type"] == "changed":
                    return message["version"]
        return None

    async def all_of_them():
        windows = [asyncio.create_task(window()) for _ in range(200)]
        for _ in windows:
            await asyncio.wait_for(ready.acquire(), 20)
        await asyncio.to_thread(edit, site, "Two")
        return await asyncio.wait_for(asyncio.gather(*windows), 20)

    try:
        with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own
            assert thread.submit(lambda: asyncio.run(all_of_them())).result(60) == [2] * 200
    finally:
        service.stop()


def test_without_a_bus_changes_are_heard_a_moment_later(make_site, monkeypatch):
    monkeypatch.setattr(rounds, "POLL", 0.2)
    with servers.own_valkey(ours_to_stop=True) as server:
        site = make_site(**{"live.url": server.url})
        site.user("bob")
        site.grant("/", ("signed-in", "reader"))
        page = site.node("/", "page", "Page", body="One").node
        service = Embedded(site.registry, "127.0.0.1", 0)
        headers = browser_headers(site, secret_of(site, "bob"))
        from websockets.sync.client import connect

        url = f"ws://127.0.0.1:{service.port()}/-/live"
        with connect(url, additional_headers=headers, proxy=None) as socket:
            socket.send(json.dumps({"watch": [f"node:{page.id}"]}))
            assert json.loads(socket.recv(timeout=10))["type"] == "ready"
            server.stop()
            edit(site, "Two")
            assert json.loads(socket.recv(timeout=10))["version"] == 2
        service.stop()
        site.registry["live"].close()


def test_a_database_that_is_away_ends_no_socket(site, join, service, page, monkeypatch):
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    reader = service.running.reader
    read, failed = reader.read, []

    def fail(asked):
        failed.append(asked)
        raise OperationalError("", {}, Exception("the database is away"))

    monkeypatch.setattr(reader, "read", fail)
    monkeypatch.setattr(reader, "who", lambda **_shown: fail(None))
    edit(site, "Meanwhile")
    bob.say(watch=["me"])
    servers.wait_for(lambda: failed)
    with pytest.raises(InvalidStatus) as refused:
        join("bob")
    assert refused.value.response.status_code == 503
    assert refused.value.response.headers["Retry-After"]
    monkeypatch.setattr(reader, "read", read)
    assert bob.next("changed")["version"] == 2
    assert "me" in bob.next("ready")["watching"]
