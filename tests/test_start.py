"""What happens when the application starts: on an empty database, again, and in several processes at once."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, inspect, select

from myplatform import make_app
from myplatform.actions.users import create_user
from myplatform.addresses import listening_address, public_address
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.models import Node, OneTimeLink
from myplatform.settings import from_values
from tests.conftest import site_settings

LINK = re.compile(r"http://127\.0\.0\.1:7000(/-/setup/\S+)")
START = """
import sys
from myplatform import make_app
from myplatform.settings import from_values
make_app(from_values(dict(zip(sys.argv[1::2], sys.argv[2::2]))), listen="127.0.0.1:7000")
"""


@pytest.fixture
def start(database_url, tmp_path):
    """Starts the application on the database."""
    started = []

    def begin(**others):
        app = make_app(site_settings(database_url, tmp_path, **others), listen="0.0.0.0:7000")
        started.append(app)
        return app

    yield begin
    for app in started:
        app.registry["engine"].dispose()


def everything(app, column):
    """All values of a column."""
    with open_session(app.registry["session_factory"], writes=False) as db:
        return db.scalars(select(column)).all()


def test_a_start_prints_a_link_that_works(start, capsys):
    from webtest import TestApp

    app = start()
    [path] = LINK.findall(capsys.readouterr().err)
    TestApp(app).get(path, status=200)
    assert everything(app, Node.path) == ["/"]


def test_a_site_with_an_administrator_prints_nothing(start, capsys):
    app = start()
    with open_session(app.registry["session_factory"]) as db:
        create_user(db, by=SYSTEM, name="ada", is_admin=True)
    capsys.readouterr()
    start()
    assert capsys.readouterr().err == ""


def test_the_first_start_brings_the_manual_and_a_later_one_does_not_bring_it_back(start):
    app = start(**{"help.import": "true"})
    paths = everything(app, Node.path)
    assert {"/", "/help", "/help/settings"} <= set(paths)
    start(**{"help.import": "true"})
    assert everything(app, Node.path) == paths


def test_several_processes_start_at_once_on_an_empty_folder(tmp_path):
    values = {
        "database.url": f"sqlite:///{tmp_path}/new/site.sqlite",
        "database.auto_migrate": "true",
        "files.url": f"file://{tmp_path}/files",
        "help.import": "false",
    }
    arguments = [part for pair in values.items() for part in pair]
    processes = [
        subprocess.Popen([sys.executable, "-c", START, *arguments], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    engine = create_engine(values["database.url"])
    with engine.connect() as connection:
        assert connection.execute(select(Node.path)).scalars().all() == ["/"]
        assert len(connection.execute(select(OneTimeLink.id)).all()) == len([e for e in errors if LINK.search(e)]) == 3
    engine.dispose()


def test_an_outdated_schema_is_left_alone_without_auto_migrate(tmp_path, caplog):
    url = f"sqlite:///{tmp_path}/empty.sqlite"
    make_app(site_settings(url, tmp_path)).registry["engine"].dispose()
    assert "myplatform migrate" in caplog.text
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize(
    ("values", "listen", "address"),
    [
        ({}, None, "http://127.0.0.1:6543"),
        ({}, "0.0.0.0:80", "http://127.0.0.1:80"),
        ({}, "*:80 [::]:80", "http://127.0.0.1:80"),
        ({}, "10.0.0.1:80", "http://10.0.0.1:80"),
        ({"site.url": "https://intranet.example"}, "10.0.0.1:80", "https://intranet.example"),
    ],
)
def test_the_address_is_one_that_works_on_this_machine(values, listen, address):
    assert public_address(from_values(values), listen) == address


def test_where_the_server_listens_is_read_from_the_file(tmp_path):
    ini = tmp_path / "a.ini"
    for server, listen in (("listen = 1.2.3.4:5", "1.2.3.4:5"), ("host = h\nport = 7", "h:7"), ("use = x", None)):
        ini.write_text(f"[server:main]\n{server}\n")
        assert listening_address({"__file__": str(ini)}) == listen
    assert listening_address({"__file__": str(ini), "listen": "a:1"}) == "a:1"
    assert listening_address({}) is None
