"""The bundle for somebody who helps: what is in it, and what is not."""

from __future__ import annotations

import zipfile
from pathlib import Path

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
