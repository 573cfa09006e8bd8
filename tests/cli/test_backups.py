"""`myplatform backup`, `restore`, `drill` and `copy`, run as a person runs them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import INI, run

pytestmark = pytest.mark.usefixtures("filled_site")


def test_a_site_is_kept_tried_out_lost_and_brought_back(folder):
    assert run("restore", "b.zip").exit_code == 2
    made = run("backup", "b.zip")
    assert (made.exit_code, made.stdout) == (0, "")
    assert "1 files" in made.stderr
    assert "database.url" in made.stderr
    assert run("backup", "verify", "b.zip").exit_code == 0
    drilled = run("drill", "b.zip")
    assert drilled.exit_code == 0
    assert "nothing found" in drilled.stderr
    refused = run("restore", "b.zip")
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    for lost in (*folder.glob("site.sqlite*"), *folder.glob("files/??/??/*")):
        lost.unlink()
    restored = run("restore", "b.zip")
    assert restored.exit_code == 0
    assert "Nothing found" in restored.stderr
    exported = run("export", "/handbook", str(folder / "again"))
    assert exported.exit_code == 0
    assert (folder / "again" / "form.txt").read_text() == "A form.\n"


@pytest.mark.parametrize("arguments", [("backup", "b.zip"), ("copy", "--to", "sqlite:////{folder}/other.sqlite")])
def test_a_new_site_gets_its_schema_first(folder, arguments):
    for path in folder.glob("site.sqlite*"):
        path.unlink()
    assert run(*(each.format(folder=folder) for each in arguments)).exit_code == 0


def test_what_cannot_be_written_is_said(folder):
    refused = run("backup", "nowhere/b.zip")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("nowhere/b.zip: no such file or directory\n")
    refused = run("export", "/handbook", str(folder / "site.sqlite" / "in"))
    assert refused.exit_code == 1
    assert refused.stderr.endswith(": not a directory\n")


def test_a_damaged_backup_is_refused(folder):
    run("backup", "b.zip")
    whole = (folder / "b.zip").read_bytes()
    (folder / "b.zip").write_bytes(whole[: len(whole) // 2])
    for arguments in (("backup", "verify", "b.zip"), ("restore", "b.zip", "--replace"), ("drill", "b.zip")):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert "cut off in" in refused.stderr
    assert run("check", "--data").exit_code == 0


def test_a_site_is_copied_and_compared(folder):
    url = f"sqlite:///{folder}/other.sqlite"
    copied = run("copy", "--to", url, "--files", f"file://{folder}/other-files")
    assert copied.exit_code == 0
    assert "Copied" in copied.stderr
    (folder / "other.ini").write_text(INI.replace("site.sqlite", "other.sqlite").replace("/files", "/other-files"))
    assert run("-c", "other.ini", "check", "--data", "--hashes").exit_code == 0
    again = run("copy", "--to", url)
    assert again.exit_code == 1
    assert "empty database" in again.stderr
    assert run("copy", "--to", "mysql://db/x").exit_code == 2
