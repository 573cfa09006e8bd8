"""A canary secret comes out of no command: where the INI file is wrong, the database is away, or all of it crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CANARY = "canary-hunter2"
WRONG = f"""\
[app:main]
use = egg:myplatform
database.url = postgresql+psycopg://site:{CANARY}@127.0.0.1:none/site
operations.token = {CANARY}
files.url = s3://key:{CANARY}@/files
mail.url = smtp://site:{CANARY}@mail.example.com:none
errors.sentry_dsn = {CANARY}
sign_in.password = {CANARY}
"""
AWAY = f"""\
[app:main]
use = egg:myplatform
database.url = postgresql+psycopg://site:{CANARY}@127.0.0.1:1/site
database.auto_migrate = true
files.url = file://%(here)s/files

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:0
"""
CRASH = f"""
import threading
from myplatform.cli import Program, main
from myplatform.cli.config import config

@config.command()
def crash():
    password = "{CANARY}-2"
    def end():
        raise RuntimeError("a thread with database {{url}} and password=" + password)
    url = Program("site.ini").settings["database.url"]
    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    raise ValueError(f"the whole program with {{url!r}} and {CANARY}")

main(["-c", "site.ini", "config", "crash"])
"""


def run(folder: Path, *command: object) -> tuple[int, str]:
    """The exit code of a program in the folder, and all that it wrote."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def ours(folder: Path, *words: str) -> tuple[int, str]:
    """The same of `myplatform`."""
    return run(folder, Path(sys.executable).with_name("myplatform"), "-c", "site.ini", *words)


def test_a_wrong_file_is_told_without_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "site.ini").write_text(WRONG)
    code, told = ours(tmp_path, "serve")
    assert code == 78
    for key in ("database.url", "operations.token", "files.url", "mail.url", "errors.sentry_dsn", "sign_in.password"):
        assert key in told
    assert CANARY not in told


@pytest.mark.parametrize("words", [["serve"], ["check"]], ids=" ".join)
def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "site.ini").write_text(AWAY)
    code, told = ours(tmp_path, *words)
    assert code == 69
    assert "Connection refused" in told
    assert CANARY not in told


def test_a_crash_is_told_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "site.ini").write_text(AWAY)
    code, told = run(tmp_path, sys.executable, "-c", CRASH)
    assert code == 1
    assert "Exception in thread" in told
    assert "ValueError: the whole program with 'postgresql+psycopg://site:***@127.0.0.1:1/site' and ***" in told
    assert CANARY not in told
