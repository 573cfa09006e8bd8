"""`myplatform config` and the frame of the command line, run as a person runs them."""

import errno
import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from myplatform import cli, errors
from myplatform.settings import load
from myplatform.settings.reference import LOGGING, reference, sample
from tests.cli.conftest import run

ROOT = Path(__file__).resolve().parent.parent.parent
WRONG = "[app:main]\nuse = egg:myplatform\ndatabse.url = x\napi.docs = no\n"
REPORT = """\
wrong.ini:3  [app:main]  databse.url
  error CFG002: unknown key; did you mean 'database.url'?
wrong.ini:4  [app:main]  api.docs = no
  error CFG014: expected true or false; got 'no'
  fix: api.docs = false      docs: settings#api.docs
2 errors. Nothing was started.
"""


def run_process(*command, **environment):
    """What a real process of a program of this environment answers."""
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run(
        [program, *command[1:]],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_check_of_a_right_file_says_so_on_stderr(folder):
    (folder / "site.ini").write_text("[app:main]\nsite.title = Example\n")
    for result in (run("config", "check", "site.ini"), run("-c", "site.ini", "config", "check")):
        assert result.exit_code == 0
        assert result.stdout == ""
        assert result.stderr.startswith("site.ini is right: 1 of ")


def test_check_of_a_wrong_file_reports_everything_and_ends_with_78(folder):
    (folder / "wrong.ini").write_text(WRONG)
    result = run("config", "check", "wrong.ini")
    assert (result.exit_code, result.stdout, result.stderr) == (78, "", REPORT)


def test_the_file_comes_from_the_option_the_environment_or_the_folder(folder, monkeypatch):
    for name in ("development", "other", "third"):
        (folder / f"{name}.ini").write_text(f"[app:main]\nsite.title = {name}\n")
    assert "site.title = development " in run("config", "show").stdout
    monkeypatch.setenv("MYPLATFORM_CONFIG", "other.ini")
    assert "site.title = other " in run("config", "show").stdout
    assert "site.title = third " in run("-c", "third.ini", "config", "show").stdout


def test_show_names_sources_and_masks_secrets(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:secret@db/site")
    (folder / "site.ini").write_text("[app:main]\ndatabase.url = ${DATABASE_URL}\nsite.title = Example\n")
    lines = [line.split("  #") for line in run("-c", "site.ini", "config", "show").stdout.splitlines()]
    shown = {value.strip(): source.strip() for value, source in lines}
    assert shown["database.url = postgresql+psycopg://ada:***@db/site"] == "environment DATABASE_URL"
    assert shown["site.title = Example"] == "site.ini:3"
    assert shown["trash.keep_days = 30"] == "default"


def test_the_reference_in_the_manual_is_the_generated_one():
    assert run("config", "docs").stdout == reference()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == reference(), "run: make docs"


@pytest.mark.parametrize("profile", ["sqlite", "postgres"])
def test_init_writes_a_right_file_that_only_the_owner_can_read(folder, profile, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:secret@db/site")
    result = run("config", "init", "--profile", profile, "new.ini")
    assert result.exit_code == 0
    assert stat.S_IMODE((folder / "new.ini").stat().st_mode) == 0o600
    assert run("config", "check", "new.ini").exit_code == 0
    again = run("config", "init", "new.ini")
    assert again.exit_code == 1
    assert "new.ini is there already" in again.stderr
    assert "no such file or directory" in run("config", "init", "nowhere/new.ini").stderr


def test_init_leaves_no_half_of_a_file(folder, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("myplatform.cli.config.sample", full)
    assert run("config", "init", "new.ini").exit_code == 1
    assert not (folder / "new.ini").exists()


def test_every_key_of_a_written_file_can_be_switched_on(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "x")
    text = sample("sqlite", "new.ini")
    (folder / "new.ini").write_text(re.sub(r"(?m)^#(?! |$)", "", text))
    settings = load("new.ini")
    assert {settings.source(key).partition(":")[0] for key in settings} == {"new.ini"}


def test_the_ini_files_of_the_project_are_right(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:secret@db/site")
    development = load(ROOT / "development.ini")
    assert development["database.auto_migrate"] is True
    assert development["database.url"] == f"sqlite:///{ROOT}/data/myplatform.sqlite"
    assert load(ROOT / "production.ini")["database.url"].startswith("postgresql+psycopg://")
    expected = sample("postgres", "production.ini")
    again = "run: myplatform config init --profile postgres"
    assert (ROOT / "production.ini").read_text(encoding="utf-8") == expected, again


@pytest.mark.parametrize("command", [["pserve", "wrong.ini"], ["myplatform", "-c", "wrong.ini", "serve"]])
def test_nothing_is_served_from_a_wrong_file(folder, command):
    server = "[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:0\n"
    (folder / "wrong.ini").write_text(WRONG + server)
    result = run_process(*command)
    assert (result.returncode, result.stdout, result.stderr) == (78, "", REPORT)
    assert [path.name for path in folder.iterdir()] == ["wrong.ini"]


def test_serve_without_a_server_section_is_a_configuration_error(folder):
    (folder / "site.ini").write_text("[app:main]\nuse = egg:myplatform\n")
    result = run("-c", "site.ini", "serve")
    assert result.exit_code == 78
    assert "error CFG004: there is no section [server:main]" in result.stderr


def test_checking_needs_no_database_code(folder):
    (folder / "site.ini").write_text("[app:main]\nsite.title = Example\n")
    code = (
        "import sys; from myplatform.cli import main\n"
        "try: main(['config', 'check', 'site.ini'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print([name for name in ('sqlalchemy', 'psycopg', 'sqlite3') if name in sys.modules])"
    )
    result = run_process("python", "-c", code)
    assert (result.returncode, result.stdout) == (0, "[]\n")


NEEDING = """\
[app:main]
use = egg:myplatform
app.mode = development
app.debug_toolbar = true
cache.url = redis://127.0.0.1:6379/0
errors.sentry_dsn = https://key@sentry.example.com/1
files.url = s3://files
jobs.url = redis://127.0.0.1:6379/1
telemetry.otlp_url = http://127.0.0.1:4318

[server:main]
use = egg:myplatform#processes
listen = 127.0.0.1:6543
"""
ABSENT = {
    "app.debug_toolbar": ("pyramid_debugtoolbar", "dev"),
    "cache.url": ("redis", "production"),
    "errors.sentry_dsn": ("sentry_sdk", "errors"),
    "files.url": ("boto3", "production"),
    "jobs.url": ("celery", "production"),
    "telemetry.otlp_url": ("opentelemetry", "telemetry"),
    "use": ("gunicorn", "production"),
}


def test_what_is_needed_and_not_installed_is_a_mistake(folder, monkeypatch):
    (folder / "site.ini").write_text(NEEDING)
    assert run("config", "check", "site.ini").exit_code == 0
    for module in ("pyramid_debugtoolbar", "redis", "sentry_sdk", "boto3", "celery", "opentelemetry.sdk", "gunicorn"):
        monkeypatch.setitem(sys.modules, module, None)
    result = run("config", "check", "site.ini")
    assert result.exit_code == 78
    for key, (package, extra) in ABSENT.items():
        told = rf"  {key}\b.*\n  error CFG026: .*{package}.*not installed\n  fix: .*{extra}\]"
        assert re.search(told, result.stderr), key


def test_every_command_of_the_table_exists_and_explains_itself():
    listed = run("--help").stdout
    for name, place in cli.COMMANDS.items():
        assert f"  {name} " in listed
        assert place.summary in " ".join(listed.split())  # a long one goes over two lines
        assert run(name, "--help").exit_code == 0


def test_what_cannot_be_listened_at_written_or_logged_is_told_in_words(new_site):
    for command in ("serve", "live"):
        result = run(command, "--listen", "nonsense")
        assert (result.exit_code, "expected HOST:PORT" in result.stderr) == (2, True)
    for command in (("support-bundle", "--yes", "/nowhere/x.zip"), ("backup", "/nowhere/x")):
        result = run(*command)
        assert result.exit_code == 1
        assert re.search(r"^/nowhere/\S+: no such file or directory$", result.stderr, re.MULTILINE)
    logging = LOGGING.replace("keys = root, ", "keys = root, oops, ")
    with (new_site / "development.ini").open("a") as file:
        file.write("[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:0\n" + logging)
    result = run_process("myplatform", "serve")
    assert (result.returncode, "sections say: there is no section [logger_oops]" in result.stderr) == (78, True)


def test_usage_errors_end_with_2():
    assert "Did you mean 'live'?" in run("livr").stderr
    assert run("no-such-command").exit_code == 2
    assert run("config", "init").exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.Missing("There is no user ada."), 1, "There is no user ada."),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "no space left on device"),
        (ConnectionRefusedError("no"), 69, "The database does not answer: no"),
        (
            sqlite3.OperationalError("no such table: users"),
            1,
            "The database has not the schema of the code (no such table: users); run: myplatform migrate",
        ),
    ],
)
def test_what_goes_wrong_ends_with_its_exit_code(folder, monkeypatch, error, code, message):
    from sqlalchemy.exc import OperationalError

    is_own = isinstance(error, errors.Problem) or type(error) is OSError
    raised = error if is_own else OperationalError("SELECT 1", {}, error)

    def fail(*_arguments):
        raise raised

    monkeypatch.setattr(cli.configuration, "load", fail)
    result = run("config", "check")
    assert (result.exit_code, result.stderr) == (code, f"{message}\n")
