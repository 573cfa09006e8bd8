"""The command line as a person calls it: in a folder with a configuration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from myplatform import cli

INI = """[app:main]
use = egg:myplatform
database.url = sqlite:///%(here)s/site.sqlite
database.auto_migrate = true
files.url = file://%(here)s/files
help.import = false
"""


def run(*arguments: Any, given: str | bytes | None = None) -> Result:
    """What the command line answers; `given` is typed in."""
    return CliRunner().invoke(cli.main, [str(each) for each in arguments], input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one, without a configuration named by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MYPLATFORM_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def new_site(folder: Path, sqlite_template: Path) -> Path:
    """A folder with the configuration of a site whose database has its schema and nothing else."""
    (folder / "development.ini").write_text(INI)
    shutil.copy(sqlite_template, folder / "site.sqlite")
    return folder


@pytest.fixture
def filled_site(new_site: Path) -> Path:
    """A folder with a site that has a page and a file."""
    pages = new_site / "pages"
    pages.mkdir()
    (pages / "leave.md").write_text("# Leave\n\nWords. [Form](form.txt)\n")
    (pages / "form.txt").write_text("A form.\n")
    assert run("import", "pages", pages, "/handbook").exit_code == 0
    return new_site
