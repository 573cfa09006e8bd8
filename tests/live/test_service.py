"""The live service: whoever may see a thing hears at once that it changed, and nobody else ever does."""

import json
import threading
import time
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from myplatform.actions.comments import add_comment
from myplatform.actions.content import edit_node
from myplatform.actions.modes import end_mode, set_mode
from myplatform.actions.sessions import end_other_sessions
from myplatform.actions.sharing import set_grants
from myplatform.actions.tokens import revoke_token
from myplatform.actions.trash import trash_node
from myplatform.actions.users import disable_user
from myplatform.identity import SYSTEM
from myplatform.live import hub, notifying, reading, rounds
from myplatform.models import Token, User
from myplatform.queries.identities import identity_of_user
from myplatform.queries.live import owners_of_jobs, standing_of
from myplatform.queries.modes import MAINTENANCE, READ_ONLY
from myplatform.queries.nodes import node_by_path
from tests import servers
from tests.conftest import ON_ONE_DATABASE
from tests.live.conftest import browser_headers, secret_of


@pytest.fixture(autouse=True)
def people(site):
    for name in ("ada", "bob"):
        site.user(name)
    site.grant("/", ("user:ada", "editor"))


@pytest.fixture
def page(site):
    site.node("/", "folder", "Folder")
    return site.node("/folder", "page", "Page", body="One").node


def edit(site, path, by="ada", **values):
    with site.session() as db:
        asker = identity_of_user(db, by, public=False)
        node = node_by_path(db, path)
        return edit_node(db, node, values, by=asker, expected_version=node.version).node


def test_a_change_is_told_to_whoever_looks_at_the_page_or_its_folder(site, join, page):
    bob = join("bob")
    ready = bob.watch(f"node:{page.id}", f"inside:{page.parent_id}")
    assert ready["you"] == "bob"
    assert ready["watching"] == sorted([f"node:{page.id}", f"inside:{page.parent_id}"])
    edit(site, "/folder/page", title="Changed", body="Two")
    first, second = bob.next("changed"), bob.next("changed")
    assert {first["topic"], second["topic"]} == {f"node:{page.id}", f"inside:{page.parent_id}"}
    assert (first["action"], first["version"], first["by"], first["name"]) == ("edited", 2, "ada", "Ada")
    assert "Two" not in json.dumps([first, second])


def test_what_comes_goes_and_is_said_is_told(site, join, page):
    bob = join("bob")
    bob.watch(f"node:{page.id}", f"inside:{page.parent_id}")
    new = site.node("/folder", "page", "New").node
    assert bob.actions(1) == [(f"inside:{page.parent_id}", "created", new.id)]
    with site.session() as db:
        add_comment(db, node_by_path(db, "/folder/page"), "Well said", by=identity_of_user(db, "ada", public=False))
    assert {each[:2] for each in bob.actions(2)} == {
        (f"node:{page.id}", "commented"),
        (f"inside:{page.parent_id}", "commented"),
    }
    with site.session() as db:
        trash_node(db, node_by_path(db, "/folder/new"), by=SYSTEM)
    assert bob.actions(1) == [(f"inside:{page.parent_id}", "trashed", new.id)]


def test_a_place_that_something_left_is_told_too(site, join, page):
    site.node("/", "folder", "Other")
    bob = join("bob")
    bob.watch(f"inside:{page.parent_id}")
    from myplatform.actions.arrangement import move_node

    with site.session() as db:
        move_node(db, node_by_path(db, "/folder/page"), to=node_by_path(db, "/other"), by=SYSTEM)
    assert bob.actions(1) == [(f"inside:{page.parent_id}", "moved", page.id)]


def test_what_one_may_not_see_is_never_heard_of(site, join, page):
    site.node("/folder", "page", "Secret")
    site.grant("/folder/secret", ("user:ada", "reader"), inherits=False)
    with site.session() as db:
        secret = node_by_path(db, "/folder/secret")
    ada, bob = join("ada"), join("bob")
    assert ada.watch(f"node:{secret.id}", f"inside:{page.parent_id}")["watching"] == sorted(
        [f"node:{secret.id}", f"inside:{page.parent_id}"]
    )
    assert bob.watch(f"node:{secret.id}", "node:999999", f"inside:{page.parent_id}", "changes")["watching"] == sorted(
        [f"inside:{page.parent_id}", "changes"]
    )
    edit(site, "/folder/secret", by="ada", title="Still secret")
    assert {each[0] for each in ada.actions(2)} == {f"node:{secret.id}", f"inside:{page.parent_id}"}
    assert bob.fence() == []


def test_the_whole_feed_goes_to_programs_as_far_as_they_may_see(site, join, page):
    site.node("/folder", "page", "Secret")
    site.grant("/folder/secret", ("user:ada", "reader"), inherits=False)
    program = join("bob", scopes=("read",))
    program.watch("changes")
    edit(site, "/folder/secret", title="Still secret")
    edit(site, "/folder/page", title="One")
    edit(site, "/folder/page", title="Two")
    changes = [program.next("change")["change"] for _ in range(2)]
    assert [(each["action"], each["node"]["title"], each["node"]["version"]) for each in changes] == [
        ("edited", "One", 2),
        ("edited", "Two", 3),
    ]


def test_any_number_of_places_and_jobs_can_be_watched(site, page):
    with site.session() as db:
        many = 70_000 if db.get_bind().dialect.name == "postgresql" else 5_000
        assert standing_of(db, {page.id, *range(10**6, 10**6 + many)}).keys() == {page.id}
        assert owners_of_jobs(db, set(range(10**6, 10**6 + many))) == {}


def test_a_token_that_may_not_read_hears_nothing(join, page):
    assert join("ada", scopes=("write",)).watch(f"node:{page.id}")["watching"] == []


def test_who_comes_again_hears_what_was_missed_once_and_in_order(site, join, page):
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    edit(site, "/folder/page", title="Heard")
    bob.next("changed")
    bob.connection.close()
    edit(site, "/folder/page", title="Missed")
    again = join("bob")
    again.watch(f"node:{page.id}", after=bob.cursor)
    assert [each["version"] for each in again.told] == [3]
    edit(site, "/folder/page", title="Heard again")
    again.told.clear()
    assert again.next("changed")["version"] == 4


def test_a_page_hears_what_happened_since_it_was_asked_for(site, join, page):
    edit(site, "/folder/page", title="While it was loading")
    bob = join("bob")
    bob.watch(f"node:{page.id}", age=30)
    assert [each["action"] for each in bob.told] == ["created", "edited"][-len(bob.told) :]
    assert bob.told[-1]["version"] == 2


def test_who_missed_too_much_begins_anew(site, join, page, monkeypatch):
    monkeypatch.setattr(reading, "REPEAT_LIMIT", 3)
    bob = join("bob")
    cursor = bob.watch(f"node:{page.id}")["cursor"]
    for number in range(4):
        edit(site, "/folder/page", title=f"Title {number}")
        bob.next("changed")
    again = join("bob")
    again.watch(f"node:{page.id}", after=cursor)
    assert [each["type"] for each in again.told] == ["reset"]


def closed_with(client):
    """The code with which a socket was closed, and how many seconds that took."""
    begun = time.monotonic()
    try:
        while True:
            client.connection.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code, time.monotonic() - begun


def end_sessions(site):
    with site.session() as db:
        end_other_sessions(db, db.query(User).filter_by(name="bob").one(), by=SYSTEM)


def disable(site):
    with site.session() as db:
        disable_user(db, db.query(User).filter_by(name="bob").one(), by=SYSTEM)


def revoke(site):
    with site.session() as db:
        revoke_token(db, db.query(Token).one().id, by=SYSTEM)


@pytest.mark.parametrize(("over", "scopes"), [(end_sessions, ()), (disable, ()), (revoke, ("read",))])
def test_a_socket_ends_with_the_session_or_token_that_opened_it(site, join, page, over, scopes):
    bob = join("bob", scopes=scopes)
    bob.watch(f"node:{page.id}")
    over(site)
    code, seconds = closed_with(bob)
    assert code == 4401
    assert seconds < 5


def close_site(site, mode):
    with site.session() as db:
        set_mode(db, mode, reason="The database moves", until=None, by=SYSTEM)


def test_maintenance_ends_the_sockets_of_all_but_administrators_and_lets_nobody_else_in(site, service, join, page):
    site.user("eve", is_admin=True)
    bob, program, eve = join("bob"), join("bob", scopes=("read",)), join("eve")
    for each in (bob, program, eve):
        each.watch(f"node:{page.id}")
    close_site(site, MAINTENANCE)
    for each in (bob, program):
        code, seconds = closed_with(each)
        assert code == 1013
        assert seconds < 5
    headers = browser_headers(site, secret_of(site, "bob"))
    with pytest.raises(InvalidStatus) as answer:
        connect(f"ws://127.0.0.1:{service.port()}/-/live", additional_headers=headers, proxy=None)
    assert answer.value.response.status_code == 503
    assert answer.value.response.headers["Retry-After"] == "300"
    assert b"The database moves" in answer.value.response.body
    edit_by_system(site)
    assert eve.next("changed")["version"] == 2
    assert join("eve").watch("me")["watching"] == ["me"]
    with site.session() as db:
        end_mode(db, MAINTENANCE, by=SYSTEM)
    assert join("bob").watch("me")["watching"] == ["me"]


def test_while_the_site_can_only_be_read_sockets_stay(site, join, page):
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    close_site(site, READ_ONLY)
    assert join("bob").watch("me")["watching"] == ["me"]
    edit_by_system(site)
    assert bob.next("changed")["version"] == 2


def test_a_session_that_is_over_by_the_clock_ends_too(site, service, page, join, monkeypatch):
    monkeypatch.setattr(rounds, "POLL", 0.1)
    monkeypatch.setattr(rounds, "DUE_AFTER", 0.1)
    bob = join("bob")
    bob.watch(f"node:{page.id}")
    from sqlalchemy import delete

    from myplatform.models import BrowserSession

    with site.session() as db:
        db.execute(delete(BrowserSession))  # as tidying does, which nobody is told of
    assert closed_with(bob)[0] == 4401


def test_a_right_that_is_taken_away_ends_the_watching_before_anything_more_is_told(site, join, page):
    ada, bob = join("ada"), join("bob")
    for each in (ada, bob):
        each.watch(f"node:{page.id}", f"inside:{page.parent_id}")
    with site.session() as db:
        set_grants(db, node_by_path(db, "/folder"), [], inherits=False, by=SYSTEM)
        site_folder = node_by_path(db, "/folder")
    begun = time.monotonic()
    assert {bob.next("gone")["topic"] for _ in range(2)} == {f"node:{page.id}", f"inside:{site_folder.id}"}
    assert time.monotonic() - begun < 5
    edit_by_system(site)
    assert bob.fence() == []


def edit_by_system(site):
    with site.session() as db:
        node = node_by_path(db, "/folder/page")
        edit_node(db, node, {"title": "Out of sight"}, by=SYSTEM, expected_version=node.version)


def test_who_is_here_is_told_to_the_others_here(site, join, page):
    topic = f"present:{page.id}"
    ada, bob = join("ada"), join("bob")
    ada.watch(topic)
    assert ada.next("present")["people"] == [{"user": "ada", "name": "Ada", "editing": False}]
    bob.watch(topic, editing=True)
    two = [{"user": "bob", "name": "Bob", "editing": True}, {"user": "ada", "name": "Ada", "editing": False}]
    assert ada.next("present")["people"] == bob.next("present")["people"] == two
    bob.connection.close()
    assert ada.next("present")["people"] == two[1:]


def test_somebody_with_two_windows_is_here_once_until_both_are_closed(join, page):
    topic = f"present:{page.id}"
    ada, bobs = join("ada"), [join("bob"), join("bob")]
    ada.watch(topic)
    for each in bobs:
        each.watch(topic)
    while len(ada.next("present")["people"]) < 2:
        pass
    bobs[0].connection.close()
    bobs[1].watch(topic, editing=True)
    people = ada.next("present")["people"]
    while not people[0]["editing"]:
        people = ada.next("present")["people"]
    assert [each["user"] for each in people] == ["bob", "ada"]


def test_nobody_is_where_they_may_not_see(site, join, page):
    site.grant("/folder/page", ("user:ada", "reader"), inherits=False)
    ada, bob = join("ada"), join("bob")
    ada.watch(f"present:{page.id}")
    assert bob.watch(f"present:{page.id}")["watching"] == []
    assert [each["user"] for each in ada.next("present")["people"]] == ["ada"]


def test_a_page_that_listens_late_hears_that_somebody_was_called_since_it_was_made(site, join):
    bob, ada = join("bob"), join("ada")
    with site.session() as db:
        called = db.query(User).filter_by(name="bob").one().id
    site.registry["live"].ring(f"user:{called}")
    for client in (bob, ada):
        client.fence()  # the service has heard it
        client.say(leave=["me"])
    bob.watch("me", age=30)
    assert bob.next("notifications")
    ada.watch("me", age=30)
    assert ada.fence() == []


def test_people_are_called_when_something_waits_for_them(site, join):
    ada, bob = join("ada"), join("bob")
    for each in (ada, bob):
        each.watch("me")
    with site.session() as db:
        user_id = db.query(User).filter_by(name="bob").one().id
    site.registry["live"].ring(f"user:{user_id}")
    assert bob.next("notifications")
    assert ada.fence() == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("x", "no JSON"),
        ("[]", "is an object"),
        ('{"hello": 1}', "is an object"),
        ('{"watch": "me"}', "Topics are"),
        ('{"watch": ["node:0"]}', "Topics are"),
        ('{"watch": ["node:1; DROP TABLE"]}', "Topics are"),
        ('{"watch": ["me"], "after": 7}', "after is a cursor"),
        ('{"watch": ["me"], "after": "!!!"}', "The cursor is not one"),
        ('{"watch": ["me"], "age": -1}', "age is a number"),
        ('{"watch": ["me"], "age": 1e99}', "age is a number"),
        (json.dumps({"watch": [f"node:{n}" for n in range(1, 102)]}), "100 topics at most"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_messages_that_make_no_sense_are_answered_and_end_nothing(join, message, words):
    bob = join("bob")
    bob.connection.send(message)
    assert words in bob.next("error")["detail"]
    assert bob.watch("me")["watching"] == ["me"]


@ON_ONE_DATABASE
def test_too_many_messages_and_too_large_ones_end_the_socket(join):
    bob = join("bob")
    with suppress(ConnectionClosed):  # it may be over before all are sent
        for _ in range(40):
            bob.say(leave=["me"])
    assert closed_with(bob)[0] == 1008
    bob = join("bob")
    bob.connection.send("x" * 10_000)
    assert closed_with(bob)[0] == 1009


@ON_ONE_DATABASE
def test_while_too_much_waits_to_be_answered_who_asks_comes_again_later(site, service, join, page, monkeypatch):
    monkeypatch.setattr(hub, "MOST_WISHES", 6)
    away, back = threading.Event(), threading.Event()
    read = reading.Reader.read

    def read_late(self, asked):
        away.set()
        assert back.wait(10)
        return read(self, asked)

    def ask_and_wait_in_line(client, length):
        client.say(watch=["me", "changes", f"node:{page.id}"])
        servers.wait_for(lambda: service.running.hub._wished == length)

    first, gone, second, third = join("bob"), join("bob"), join("ada"), join("ada")
    monkeypatch.setattr(reading.Reader, "read", read_late)
    site.registry["live"].ring("changes")
    assert away.wait(10)
    ask_and_wait_in_line(first, 3)
    ask_and_wait_in_line(gone, 6)
    gone.say(watch=["me"])
    assert closed_with(gone)[0] == 1013
    ask_and_wait_in_line(second, 6)  # in the room of what has gone
    third.say(watch=["me"])
    assert closed_with(third)[0] == 1013
    back.set()
    watching = ["changes", "me", f"node:{page.id}"]
    assert first.next("ready")["watching"] == second.next("ready")["watching"] == watching


def refused(port, path="/-/live", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"ws://127.0.0.1:{port}{path}"
    with pytest.raises(InvalidStatus) as answer, connect(url, additional_headers=names, proxy=None):
        pass
    return answer.value.response.status_code


@ON_ONE_DATABASE
def test_only_who_is_signed_in_gets_in_and_only_from_pages_of_the_site(site, service):
    port, secret = service.port(), secret_of(site, "bob")
    ours = site.registry["address"]
    assert refused(port, Origin=ours) == 401
    assert refused(port, Origin=ours, Cookie="myplatform=nonsense") == 401
    assert refused(port, Authorization="Bearer nonsense") == 401
    cookie = f"myplatform={secret}"
    assert refused(port, Cookie=cookie) == 403
    assert refused(port, Cookie=cookie, Origin="null") == 403
    assert refused(port, Cookie=cookie, Origin="http://127.0.0.1:8000") == 403
    assert refused(port, Cookie=cookie, Origin="http://evil.example") == 403
    assert refused(port, Cookie=cookie, Origin="http://127.0.0.1.evil.example") == 403
    assert refused(port, Cookie=cookie, Origin="http://[") == 403
    assert refused(port, path="/elsewhere", Cookie=cookie, Origin=ours) == 404


@ON_ONE_DATABASE
def test_behind_a_web_server_only_pages_of_the_sites_own_address_get_in(make_site):
    from myplatform.live.embedded import Embedded

    site = make_site(**{"site.url": "https://intranet.example.com"})
    service = Embedded(site.registry, "127.0.0.1", 0)
    try:
        port, secret = service.port(), secret_of(site, "bob")
        cookie = {"Cookie": f"__Host-myplatform={secret}"}
        assert refused(port, Origin=f"http://127.0.0.1:{port}", **cookie) == 403
        assert refused(port, Origin="https://intranet.example.com", Cookie=f"myplatform={secret}") == 401
        headers = {**cookie, "Origin": "https://intranet.example.com"}
        url = f"ws://127.0.0.1:{port}/sub/-/live"
        with connect(url, additional_headers=headers, proxy=None):
            pass
    finally:
        service.stop()


@ON_ONE_DATABASE
def test_the_process_says_that_it_lives(service):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{service.port()}/healthz") as answer:
        assert answer.read() == b"ok\n"


@ON_ONE_DATABASE
def test_the_process_tells_its_figures_to_whoever_has_the_operations_token(make_site):
    import urllib.error
    import urllib.request

    from myplatform.live.embedded import Embedded

    token = "operations-token-that-is-long-enough"
    site = make_site(**{"operations.token": token})
    service = Embedded(site.registry, "127.0.0.1", 0)
    try:
        address = f"http://127.0.0.1:{service.port()}/metrics"
        cookie = browser_headers(site, secret_of(site, "bob"))
        with connect(f"ws://127.0.0.1:{service.port()}/-/live", additional_headers=cookie, proxy=None):
            asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(asked) as answer:
                assert answer.headers.get_all("Content-Type") == ["text/plain; version=0.0.4; charset=utf-8"]
                assert "myplatform_sockets" in answer.read().decode()
        for headers in ({}, {"Authorization": "Bearer wrong"}, cookie):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(urllib.request.Request(address, headers=headers))
    finally:
        service.stop()


@ON_ONE_DATABASE
def test_nobody_takes_all_the_room(make_site):
    from myplatform.live.embedded import Embedded

    site = make_site(**{"live.max_sockets_per_user": "2", "live.max_sockets": "10"})
    service = Embedded(site.registry, "127.0.0.1", 0)
    try:
        headers = browser_headers(site, secret_of(site, "bob"))
        url = f"ws://127.0.0.1:{service.port()}/-/live"
        with (
            connect(url, additional_headers=headers, proxy=None),
            connect(url, additional_headers=headers, proxy=None),
        ):
            assert refused(service.port(), **headers) == 503
    finally:
        service.stop()


def test_a_round_that_fails_does_not_end_the_service(site, join, page, monkeypatch):
    """Whatever it was, be it what another version of the program rings: the next round delivers."""
    bob = join("bob")
    bob.watch(f"node:{page.id}", f"present:{page.id}")
    bob.next("present")
    wrong = [1, {"user": 5}, {"user": "eve", "name": None, "editing": False}]
    site.registry["live"].ring("presence", {"service": "x", "node": page.id, "people": wrong})
    real, failed = rounds.messages_of, threading.Event()

    def failing(rows, found):
        if rows and not failed.is_set():
            failed.set()
            raise ValueError("a mistake of ours")
        return real(rows, found)

    monkeypatch.setattr(rounds, "messages_of", failing)
    edit(site, "/folder/page", title="Lost")
    assert failed.wait(10)
    edit(site, "/folder/page", title="Told")
    while bob.next("changed")["version"] != 3:
        pass


def test_reading_for_people_goes_on_after_a_mistake(site, join, page, monkeypatch):
    real, failed = notifying.notify_of_changes, threading.Event()

    def failing(db, **options):
        if not failed.is_set():
            failed.set()
            raise ValueError("a mistake of ours")
        return real(db, **options)

    ada = join("ada")
    ada.watch("me")
    monkeypatch.setattr(notifying, "notify_of_changes", failing)
    for words in ("First", "Second @ada"):
        with site.session() as db:
            add_comment(db, page, words, by=identity_of_user(db, "bob", public=False))
        assert failed.wait(10)
    ada.next("notifications")
