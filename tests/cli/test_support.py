"""The bundle for somebody who helps: what is in it, and what is not."""

from __future__ import annotations

import errno
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from myplatform.cli import main

INI = """\
[app:main]
use = egg:myplatform
database.auto_migrate = true
site.title = Canary Ltd
operations.token = canary-token-of-the-operators
"""


def test_it_has_versions_settings_and_counts_and_no_secret(tmp_path: Path) -> None:
    ini, bundle = tmp_path / "site.ini", tmp_path / "bundle.zip"
    ini.write_text(INI)
    run = CliRunner()
    words = ["user", "add", "canaryuser", "--password-stdin"]
    added = run.invoke(main, ["-c", str(ini), *words], input="long-enough-secret\n")
    assert added.exit_code == 0, added.output
    refused = run.invoke(main, ["-c", str(ini), "support-bundle", str(bundle)], input="n\n")
    assert refused.exit_code == 1
    assert "settings.txt: " in refused.output
    assert not bundle.exists()
    done = run.invoke(main, ["-c", str(ini), "support-bundle", "--yes", str(bundle)])
    assert done.exit_code == 0, done.output
    again = run.invoke(main, ["-c", str(ini), "support-bundle", "--yes", str(bundle)])
    assert (again.exit_code, again.output.splitlines()[-1]) == (1, f"{bundle}: file exists")
    with zipfile.ZipFile(bundle) as written:
        texts = {name: written.read(name).decode() for name in written.namelist()}
    assert set(texts) == {"versions.txt", "settings.txt", "schema.txt", "counts.txt", "figures.txt", "checks.txt"}
    assert "SQLAlchemy" in texts["versions.txt"]
    assert "operations.token = ***" in texts["settings.txt"]
    assert "users: 1 rows" in texts["counts.txt"]
    assert 'myplatform_jobs{state="failed"} 0.0' in texts["figures.txt"]
    assert "PRD" in texts["checks.txt"]
    assert "mail: the log" in texts["checks.txt"]
    whole = "".join(texts.values())
    assert "canary-token" not in whole
    assert "canaryuser" not in whole


def test_it_is_written_where_the_database_is_down(tmp_path: Path) -> None:
    ini, bundle = tmp_path / "site.ini", tmp_path / "bundle.zip"
    ini.write_text(f"{INI}database.url = postgresql+psycopg://ada:canary-secret@127.0.0.1:1/none\n")
    done = CliRunner().invoke(main, ["-c", str(ini), "support-bundle", "--yes", str(bundle)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(bundle) as written:
        texts = {name: written.read(name).decode() for name in written.namelist()}
    assert "SQLAlchemy" in texts["versions.txt"]
    for name in ("schema.txt", "counts.txt", "figures.txt"):
        assert texts[name].startswith("This could not be told: OperationalError: "), name
    assert "PRT001 error" in texts["checks.txt"]
    assert "canary-secret" not in "".join(texts.values())


def test_it_changes_nothing(tmp_path: Path) -> None:
    ini, bundle = tmp_path / "site.ini", tmp_path / "bundle.zip"
    ini.write_text(INI)
    assert CliRunner().invoke(main, ["-c", str(ini), "support-bundle", "--yes", str(bundle)]).exit_code == 0
    with zipfile.ZipFile(bundle) as written:
        assert " is at None, the program expects " in written.read("schema.txt").decode()


def test_no_half_of_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ini, bundle = tmp_path / "site.ini", tmp_path / "bundle.zip"
    ini.write_text(INI)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    done = CliRunner().invoke(main, ["-c", str(ini), "support-bundle", "--yes", str(bundle)])
    assert (done.exit_code, done.output.splitlines()[-1]) == (1, "no space left on device")
    assert not bundle.exists()
