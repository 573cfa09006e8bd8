"""One sample site, and all that an administrator finds in it, for tests that only read or are refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from myplatform.actions.content import ensure_root
from myplatform.models import Base
from tests.conftest import Site, site_settings
from tests.crawling import Crawl, crawl
from tests.sample import fill


@dataclass(frozen=True)
class Followed:
    """All that an administrator found, and whether a row of the database changed meanwhile."""

    crawl: Crawl
    has_changed_something: bool


@pytest.fixture(scope="session")
def sample(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample site, filled once; what databases answer is tested elsewhere."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copy(sqlite_template, folder / "site.sqlite")
    settings = site_settings(f"sqlite:///{folder}/site.sqlite", folder, **{"pyramid.reload_templates": "true"})
    site = Site(settings)
    with site.session() as db:
        ensure_root(db)
    fill(site)
    yield site
    site.engine.dispose()


@pytest.fixture(scope="session")
def followed(sample: Site) -> Followed:
    """Every link followed by an administrator."""
    browser = sample.signed_in("ada")
    before = rows_of(sample)
    crawled = crawl(browser, "/", "/-/style", "/api/docs", "/api/v1/content/")
    return Followed(crawled, rows_of(sample) != before)


@pytest.fixture(scope="session")
def seen(followed: Followed) -> Crawl:
    """All that an administrator finds."""
    return followed.crawl


def rows_of(site: Site) -> dict[str, list[str]]:
    """Every row of every table."""
    tables = Base.metadata.sorted_tables
    with site.session() as db:
        return {table.name: sorted(repr(row) for row in db.execute(table.select())) for table in tables}
