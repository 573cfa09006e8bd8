"""`myplatform migrate`, `tidy` and `openapi`, run as a person runs them."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import run

INI = """[app:main]
use = egg:myplatform
database.url = sqlite:///%(here)s/site.sqlite
files.url = file://%(here)s/files
"""


@pytest.fixture(autouse=True)
def with_configuration(folder):
    """The configuration of a site whose schema is not made by itself."""
    (folder / "development.ini").write_text(INI)


def test_a_plan_is_printed_and_not_run():
    for _ in range(2):
        plan = run("migrate", "--plan")
        assert plan.exit_code == 0
        assert "CREATE TABLE nodes" in plan.stdout


def test_the_schema_is_brought_up_to_date_once():
    first = run("migrate")
    assert (first.exit_code, first.stdout) == (0, "")
    assert "was brought up to date" in first.stderr
    assert "is up to date" in run("migrate").stderr
    plan = run("migrate", "--plan")
    assert (plan.exit_code, plan.stdout) == (0, "")


def test_tidying_says_what_it_removed():
    run("migrate")
    tidied = run("tidy")
    assert tidied.exit_code == 0
    assert "Removed 0 from the trash" in tidied.stderr


def test_the_description_needs_no_database(folder):
    printed = run("openapi")
    assert printed.exit_code == 0
    document = json.loads(printed.stdout)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/content/{path}/@items" in document["paths"]
    assert not (folder / "site.sqlite").exists()
