"""Watching a running site: figures, log lines with their request, what the header of developers says."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from myplatform import metrics
from myplatform.addresses import ensure_reach
from myplatform.logs import JsonFormatter
from myplatform.metrics_files import SIZE, ReservedCounts
from myplatform.settings import SettingsError, from_values
from tests.conftest import ON_ONE_DATABASE, PASSWORD, MakeSite, Site
from tests.views.conftest import form_to

TOKEN = "operations-token-that-is-long-enough"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched_site(make_site: MakeSite) -> Site:
    """A site with an operations token."""
    site = make_site(**{"operations.token": TOKEN})
    site.user("ada", is_admin=True)
    site.user("bob")
    return site


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: dict, name: str, **labels: str) -> float:
    """The sum of a figure over all labels but these."""
    return sum(value for (each, have), value in found.items() if each == name and labels.items() <= dict(have).items())


def test_metrics_count_requests_statements_and_what_is_there(watched_site: Site) -> None:
    ada = watched_site.signed_in("ada")
    before = figures(watched_site.browser().get("/metrics", headers=BEARER).text)
    watched_site.node("/", "page", "Leave")
    ada.get("/leave")
    ada.get("/what-somebody-typed/@there", status=404)
    after = figures(watched_site.browser().get("/metrics", headers=BEARER).text)

    def more(name: str, **labels: str) -> float:
        return total(after, name, **labels) - total(before, name, **labels)

    assert more("myplatform_requests_total", view="page", status="200") == 1
    assert more("myplatform_requests_total", status="404") == 1
    assert more("myplatform_request_seconds_count", view="page") == 1
    assert more("myplatform_sql_statements_total", view="page") >= 3
    assert more("myplatform_sql_seconds_total", view="page", database="primary") > 0
    assert total(after, "myplatform_pool_connections", state="in use", database="primary") >= 1  # this very request
    assert total(after, "myplatform_nodes", kind="page") == 1
    assert not any("typed" in value or "there" in value for _, labels in after for _, value in labels)


def test_sign_ins_are_counted(watched_site: Site) -> None:
    browser = watched_site.browser()
    before = figures(watched_site.browser().get("/metrics", headers=BEARER).text)
    for password in ("wrong", PASSWORD):
        form = form_to("/-/sign-in", browser.get("/-/sign-in"))
        form["name"], form["password"] = "bob", password
        form.submit(expect_errors=True)
    after = figures(watched_site.browser().get("/metrics", headers=BEARER).text)
    for outcome in ("wrong", "fine"):
        name = "myplatform_sign_ins_total"
        assert total(after, name, outcome=outcome) - total(before, name, outcome=outcome) == 1


def test_a_part_can_tell_figures_of_its_own(watched_site: Site) -> None:
    metrics.collect("test", lambda _db: [metrics.Figure("queue", "What waits", [({"state": "waiting"}, 7)])])
    assert 'myplatform_queue{state="waiting"} 7.0' in watched_site.browser().get("/metrics", headers=BEARER).text


def test_threads_that_count_first_at_the_same_moment_count_the_same() -> None:
    counter, ready = metrics.Counter(f"test_{uuid4().hex}", "Counted by many threads"), threading.Barrier(8)

    def count() -> None:
        ready.wait()
        counter.increase()

    with ThreadPoolExecutor(8) as threads:
        for each in [threads.submit(count) for _ in range(8)]:
            each.result()
    assert f"{counter.name}_total 8.0" in metrics.exposition(None).decode()


def test_metrics_are_nowhere_for_others(watched_site: Site) -> None:
    watched_site.browser().get("/metrics", status=404)
    watched_site.browser().get("/metrics", headers={"Authorization": "Bearer wrong"}, status=404)
    watched_site.signed_in("bob").get("/metrics", status=404)
    watched_site.client("ada", "read").get("/metrics", status=404)
    watched_site.client("ada").get("/metrics", status=200)


def test_an_empty_setting_opens_nothing(site: Site) -> None:
    site.browser().get("/metrics", headers={"Authorization": "Bearer "}, status=404)
    site.browser().get("/metrics", headers={"Authorization": "Bearer None"}, status=404)


class Part:
    """A part that does not answer."""

    def probe(self) -> str:
        raise ConnectionError("nobody at redis://:canary-password-1@cache.example")


def test_a_part_that_is_down_is_told_to_the_operator_and_is_no_failure(watched_site: Site, monkeypatch) -> None:
    monkeypatch.setattr("myplatform.views.api.health.families", lambda: ("files", "tested"))
    watched_site.registry["tested"] = Part()
    assert watched_site.browser().get("/readyz").json == {"status": "degraded"}
    told = watched_site.browser().get("/readyz", headers=BEARER).json
    assert (told["status"], told["checks"]["database"]) == ("degraded", "fine")
    assert told["checks"]["tested"] == "ConnectionError: nobody at redis://:***@cache.example"


@ON_ONE_DATABASE
def test_the_operations_token_needs_no_database(watched_site: Site, monkeypatch) -> None:
    def down(*_: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setitem(__import__("myplatform.views.api.health", fromlist=["x"]).CHECKS, "database", down)
    with watched_site.statements as seen:
        told = watched_site.browser().get("/readyz", headers=BEARER, status=503).json
    assert told["checks"]["database"] == "OSError: no route to host"
    assert all("tokens" not in statement for statement in seen)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict]]:
    """Every record from now on as the JSON that the formatter makes of it."""
    found: list[dict] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(orjson.loads(JsonFormatter().format(record)))

    handler, logger = Handler(), logging.getLogger("myplatform")
    logger.addHandler(handler)
    caplog.set_level(logging.INFO, "myplatform")
    yield found
    logger.removeHandler(handler)


@ON_ONE_DATABASE
def test_one_access_line_a_request_with_its_ids(site: Site, lines: list[dict]) -> None:
    site.user("ada", is_admin=True)
    ada = site.signed_in("ada")
    answer = ada.get("/?secret=in-the-query")
    [line] = [each for each in lines if each["logger"] == "myplatform.access"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{12}", line["request_id"])
    with site.session() as db:
        from myplatform.models import User

        assert line["user_id"] == db.query(User.id).filter_by(name="ada").scalar()
    request = line["request"]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/", 200)
    assert request["statements"] >= 3
    assert request["ms"] > request["sql_ms"] > 0
    assert "in-the-query" not in json.dumps(lines)


@ON_ONE_DATABASE
def test_an_error_answers_with_the_id_that_stands_in_the_log(site: Site, lines: list[dict], monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("myplatform.views.account.groups_with", fail)
    site.user("ada")
    answer = site.signed_in("ada").get("/-/account", status=500)
    [line] = [each for each in lines if each["level"] == "ERROR"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["request_id"] in answer.text
    assert "RuntimeError: broken" in line["stack"]


def test_a_json_line_is_written_by_one_setting(monkeypatch, capsys) -> None:
    from myplatform.logs import write_json

    handler = logging.StreamHandler()
    logger = logging.getLogger("tests.json")
    logger.addHandler(handler)
    write_json()
    logger.error("password=%s", "canary-password-2")
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["level"], line["message"]) == ("ERROR", "password=***")


@ON_ONE_DATABASE
def test_only_a_site_in_development_says_what_it_took(make_site: MakeSite, site: Site) -> None:
    timing = make_site(**{"app.mode": "development"}).browser().get("/-/sign-in").headers["Server-Timing"]
    assert re.fullmatch(r'total;dur=[\d.]+, sql;dur=[\d.]+;desc="\d+ statements"', timing)
    assert "Server-Timing" not in site.browser().get("/-/sign-in").headers


@pytest.mark.parametrize("listen", ["0.0.0.0:65", ":6543", "*:80", "127.0.0.1:1 10.0.0.7:2", "[::]:3", "example.org:4"])
def test_a_site_in_development_is_reached_from_this_machine_only(listen: str) -> None:
    settings = from_values({"app.mode": "development"})
    with pytest.raises(SettingsError, match=r"CFG042.*listens on this machine only"):
        ensure_reach(settings, listen)
    ensure_reach(from_values({"app.mode": "development", "app.open_development": "true"}), listen)
    ensure_reach(from_values({}), listen)


@pytest.mark.parametrize("listen", [None, "127.0.0.1:0", "localhost:6543", "[::1]:1 127.0.0.2:2"])
def test_a_site_in_development_listens_here(listen: str | None) -> None:
    ensure_reach(from_values({"app.mode": "development"}), listen)


def test_folders_of_servers_that_were_killed_are_removed_and_no_others(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    held, abandoned, foreign = (tmp_path / f"{metrics.PREFIX}{name}" for name in ("held", "abandoned", "foreign"))
    for folder in (held, abandoned, foreign):
        folder.mkdir()
        (folder / "counter_1.db").write_bytes(b"")
    metrics._hold(abandoned).close()
    with metrics._hold(held):
        metrics.remove_abandoned()
        assert sorted(tmp_path.iterdir()) == [foreign, held]
    metrics.remove_abandoned()
    assert sorted(tmp_path.iterdir()) == [foreign]


def test_a_folder_that_another_server_takes_for_abandoned_is_made_again(tmp_path, monkeypatch) -> None:
    """Between the moment in which it is made and the one in which it is held."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"{metrics.PREFIX}young"
    lock, raced = metrics.fcntl.flock, []

    def quicker(file, how):
        if how == metrics.fcntl.LOCK_SH and not raced:
            raced.append(file)
            metrics.remove_abandoned()
            assert not folder.exists()
        return lock(file, how)

    monkeypatch.setattr(metrics.fcntl, "flock", quicker)
    with metrics._hold(folder):
        metrics.remove_abandoned()
        assert (folder / metrics.IN_USE).exists()


def test_look_ups_in_the_cache_are_counted(watched_site: Site) -> None:
    def counts() -> dict[str, float]:
        found = figures(watched_site.browser().get("/metrics", headers=BEARER).text)
        return {each: total(found, "myplatform_cache_lookups_total", outcome=each) for each in ("hit", "miss", "down")}

    before = counts()
    cache = watched_site.registry["cache"]
    for _ in range(3):
        cache.get_or_create("a key of this test", lambda: 1, 60)
    after = counts()
    assert {name: after[name] - before[name] for name in after} == {"hit": 2, "miss": 1, "down": 0}


def counted(path: Path) -> dict[str, float]:
    """What whoever asks for the metrics reads of a process's file."""
    return {key: value for key, value, _moment, _at in ReservedCounts.read_all_values_from_file(str(path))}


def test_the_room_of_counts_is_taken_before_they_are_written(tmp_path: Path) -> None:
    """A mapped page for which the disk has no room would end the process by a signal."""
    path = tmp_path / "counter_1.db"
    counts = ReservedCounts(str(path))
    assert path.stat().st_blocks * 512 >= SIZE
    names = [f"{number} {'x' * 1000}" for number in range(2 * SIZE // 1000)]
    for name in names:
        counts.read_value(name)
        counts.write_value(name, 2.0, 0.0)
    assert path.stat().st_blocks * 512 >= path.stat().st_size > 2 * SIZE
    assert counted(path) == dict.fromkeys(names, 2.0)
    counts.close()
    again = ReservedCounts(str(path))  # as a process of the same number finds it
    assert again.read_value(names[0])[0] == 2.0
    again.close()


@pytest.mark.parametrize("fits", [0, 1])
def test_counting_goes_on_where_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: int) -> None:
    real, left = os.posix_fallocate, [True] * fits

    def refused(descriptor: int, offset: int, length: int) -> None:
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        real(descriptor, offset, length)

    monkeypatch.setattr(os, "posix_fallocate", refused)
    path = tmp_path / "counter_1.db"
    counts = ReservedCounts(str(path))
    counts.write_value("first", 1.0, 0.0)
    for number in range(2 * SIZE // 1000):
        counts.write_value(f"{number} {'x' * 1000}", 3.0, 0.0)
    assert (counts.read_value("first")[0], counts.read_value(f"0 {'x' * 1000}")[0]) == (1.0, 3.0)
    assert path.exists() == bool(fits)  # an empty file could not be read
    assert not fits or counted(path)["first"] == 1.0
    counts.close()
