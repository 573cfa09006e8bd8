"""`myplatform check`, run as a person runs it."""

from __future__ import annotations

import json
import sqlite3

import pytest

from tests.cli.conftest import INI, run

pytestmark = pytest.mark.usefixtures("filled_site")


def break_something(folder, statement="DELETE FROM search_words WHERE word = 'leave'"):
    with sqlite3.connect(folder / "site.sqlite") as connection:
        connection.execute(statement)


def test_a_site_in_order_is_said_to_be():
    checked = run("check", "--data", "--hashes")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "Nothing found" in checked.stderr
    assert run("check").exit_code == 0


def test_what_is_found_is_named_and_mended(folder):
    break_something(folder)
    checked = run("check", "--data")
    assert checked.exit_code == 1
    assert "DAT304 error  node" in checked.stdout
    assert "mend: myplatform check --data --repair" in checked.stdout
    printed = json.loads(run("check", "--data", "--json").stdout)
    assert {each["id"] for each in printed["findings"]} == {"DAT304"}
    repaired = run("check", "--data", "--repair")
    assert repaired.exit_code == 0
    assert "Mended" in repaired.stderr
    assert run("check", "--data").exit_code == 0


def test_findings_below_the_level_or_silenced_do_not_fail(folder):
    break_something(folder, "UPDATE nodes SET sort_title = 'x'")
    assert run("check", "--data").exit_code == 1
    assert run("check", "--data", "--fail-level", "error").exit_code == 0
    (folder / "development.ini").write_text(INI + "check.silenced =\n  DAT306 sorted by hand\n  DAT101 never\n")
    silenced = run("check", "--data")
    assert (silenced.exit_code, silenced.stdout) == (0, "")
    assert "silenced: sorted by hand" in silenced.stderr


def test_a_silenced_check_needs_a_reason(folder):
    (folder / "development.ini").write_text(INI + "check.silenced = DAT306\n")
    refused = run("check", "--data")
    assert refused.exit_code == 78
    assert "no reason behind it" in refused.stderr


def test_what_belongs_to_the_data_is_refused_without_it():
    assert run("check", "--repair").exit_code == 2


def test_a_plug_in_adds_a_check(folder, monkeypatch):
    (folder / "our_checks.py").write_text(
        "from myplatform.checks import Check, Finding, Severity\n"
        "def run(examination):\n"
        "    yield Finding('is empty', examination.settings['site.title'], 'fill it')\n"
        "def includeme(config):\n"
        "    config.add_check(Check('OUR1', Severity.NOTE, 'Something is there', run))\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    (folder / "development.ini").write_text(INI + "pyramid.includes = our_checks\n")
    checked = run("check")
    assert (checked.exit_code, "OUR1 note" in checked.stdout) == (0, True)
    assert run("check", "--fail-level", "note").exit_code == 1
