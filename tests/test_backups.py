"""Backups: what comes back is what was there, on either database; damaged ones are refused; copies are the same."""

import datetime as dt
import io
import random
import threading
import zipfile
from decimal import Decimal
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile_of
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, inspect, select, text

from myplatform.actions.content import edit_node, ensure_root
from myplatform.actions.files import Limits, Upload, add_file, replace_file
from myplatform.actions.groups import add_member, create_group
from myplatform.actions.holding import contents_kept
from myplatform.actions.sessions import create_session
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.tidying import tidy
from myplatform.actions.trash import trash_node
from myplatform.actions.users import create_user
from myplatform.backups import copying
from myplatform.backups.archive import CONTENTS, MANIFEST, Backup, Unusable
from myplatform.backups.loading import fill_table, load
from myplatform.backups.making import make_backup
from myplatform.backups.reading import LiveSource, Tally, lines_of
from myplatform.backups.restoring import drill, mark_restored, restore
from myplatform.backups.shapes import NOT_KEPT, SORTS, Shape, line_of
from myplatform.backups.sites import Site
from myplatform.data_checks import invariants
from myplatform.database import make_engine, open_session, open_snapshot
from myplatform.errors import Conflict
from myplatform.identity import SYSTEM
from myplatform.migrating import alone, bring_to, current_revision, head_revision, upgrade
from myplatform.models import Blob, Change, SiteValue
from myplatform.parts.files import LocalFiles
from myplatform.queries.changes import feed
from myplatform.queries.consistency_files import Contents
from myplatform.queries.nodes import node_by_path
from myplatform.settings import Settings
from tests.conftest import _administer, _database, make_node, site_settings
from tests.specimen import Specimen, known

LIMITS = Limits(size=1 << 20, pixels=1 << 20)
ODD = "\\N \\. \t\r\n 'quoted\" {curly} =cmd ü 日本 🎉"


def quiet(_message):
    pass


@pytest.fixture
def site(engine, settings, tmp_path):
    """A small site with every sort of value in it, the kind of a plug-in included."""
    made = Site(engine, LocalFiles(tmp_path / "files"), settings)
    with known(Specimen):
        upgrade(engine)
        with open_session(made.sessions) as db:
            fill(db, made.files)
        yield made


def fill(db, files):
    root = ensure_root(db)
    ada = create_user(db, name="ada", display_name="Ada '\\N' ü 🎉", password=None, is_admin=True, by=SYSTEM)
    create_session(db, ada)
    group = create_group(db, by=SYSTEM, name="g")
    add_member(db, group, by=SYSTEM, member=ada)
    set_grants(db, root, [Granted("group:g", "editor")], inherits=True, by=SYSTEM)
    make_node(db, "/", "folder", "Folder")
    make_node(db, "/folder", "page", "Page", body=f"# {ODD}\n[up](/folder)", review_by=dt.date(2030, 2, 28))
    values = {
        "text": ODD,
        "number": -(1 << 40),
        "share": 0.1,
        "price": Decimal("1234567.05"),
        "agreed": False,
        "day": dt.date(1999, 12, 31),
        "moment": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
        "tags": ["new", "rare"],
        "link": node_by_path(db, "/folder").id,
    }
    make_node(db, "/", "specimen", "Specimen", **values)
    file = add_file(
        db, files, node_by_path(db, "/folder"), Upload(io.BytesIO(b"first"), "a.txt"), by=SYSTEM, limits=LIMITS
    )
    second = Upload(io.BytesIO(b"second"), "a.txt")
    replace_file(db, files, file.node, second, by=SYSTEM, limits=LIMITS, expected_version=None)
    trash_node(db, make_node(db, "/folder", "page", "Gone").node, by=SYSTEM)


@pytest.fixture
def elsewhere(request, tmp_path):
    """Makes an empty site on a fresh database of either sort."""
    made = []

    def make(dialect):
        name = f"other_{uuid4().hex[:12]}"
        url = f"sqlite:///{tmp_path}/{name}.sqlite"
        if dialect == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            _administer(server, f'CREATE DATABASE "{name}"')
            url = _database(server, name)
        settings = site_settings(url, tmp_path / name)
        site = Site(make_engine(settings), LocalFiles(tmp_path / name / "files"), settings)
        made.append((dialect, name, site))
        return site

    yield make
    for dialect, name, site in made:
        site.engine.dispose()
        if dialect == "postgresql":
            _administer(request.getfixturevalue("postgresql_server"), f'DROP DATABASE "{name}" WITH (FORCE)')


def content(site, *, is_unnumbered=False):
    """Every line of every table."""
    with open_snapshot(site.sessions) as db:
        source = LiveSource(db.connection(), "", is_unnumbered)
        return {shape.name: list(source.lines(shape)) for shape in source.tables()}


def faults(site):
    with open_snapshot(site.sessions) as db:
        return {each.id: found for each in invariants(Contents(site.files, True)) if (found := list(each.faults(db)))}


def backup_of(site, path):
    make_backup(site, path)
    return Backup(path)


def test_what_is_restored_is_what_was_there(site, elsewhere, tmp_path):
    before = content(site)
    with backup_of(site, tmp_path / "b.zip") as backup:
        backup.verify()
        with open_session(site.sessions) as db:
            page = node_by_path(db, "/folder/page")
            edit_node(db, page, {"title": "Changed since"}, by=SYSTEM, expected_version=None)
            make_node(db, "/folder", "page", "New since")
        assert content(site) != before
        restore(backup, site, replace=True, tell=quiet)
        assert content(site) == before
        there = elsewhere(site.engine.dialect.name)
        restore(backup, there, replace=False, tell=quiet)
    assert content(there) == before
    assert faults(there) == {}
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert set(there.files.contents(later)) == set(site.files.contents(later))
    for each in (site, there):
        with open_session(each.sessions) as db:
            assert make_node(db, "/folder", "page", "Later").node.id > 0  # ids go on behind those that were given out
        assert faults(each) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_site_moves_to_postgresql_and_back_unchanged(site, elsewhere):
    before, there, back = content(site), elsewhere("postgresql"), elsewhere("sqlite")
    copied = copying.copy(site, there, tell=quiet)
    assert copied.differing == []
    assert {name: tally.rows for name, tally in copied.tables.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    assert content(there) == before
    assert faults(there) == {}
    with open_session(there.sessions) as db:
        assert feed(db, SYSTEM, after=None, limit=100).rows
        make_node(db, "/folder", "page", "Written there")
    with pytest.raises(Conflict, match="a site at the target already"):
        copying.copy(site, there, tell=quiet)
    after = content(there, is_unnumbered=True)
    assert copying.copy(there, back, tell=quiet).differing == []
    assert content(back) == after
    assert faults(back) == {}


def test_a_backup_beside_a_writer_is_of_one_moment(site, elsewhere, tmp_path):
    over, begun, errors = threading.Event(), threading.Event(), []

    def write():
        number = 0
        try:
            while not over.is_set():
                number += 1
                with open_session(site.sessions) as db:
                    place = make_node(db, "/folder", "folder", f"Place {number}").node
                    upload = Upload(io.BytesIO(f"bytes {number}".encode()), "x.txt")
                    add_file(db, site.files, place, upload, by=SYSTEM, limits=LIMITS)
                begun.set()
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    assert begun.wait(30)
    with backup_of(site, tmp_path / "b.zip") as backup:
        over.set()
        writer.join(30)
        there = elsewhere(site.engine.dialect.name)
        restore(backup, there, replace=False, tell=quiet)
    assert errors == []
    assert faults(there) == {}


def test_a_site_is_not_given_up_by_mistake(site, tmp_path):
    with backup_of(site, tmp_path / "b.zip") as backup:
        before = content(site)
        with pytest.raises(Conflict, match="--replace"):
            restore(backup, site, replace=False, tell=quiet)
        assert content(site) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_that_was_cut_off_names_where(site, tmp_path):
    path = tmp_path / "b.zip"
    backup_of(site, path).__exit__()
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(Unusable, match=r"cut off in (tables|contents|manifest)"):
            Backup(path)
    path.write_bytes(b"something else")
    with pytest.raises(Unusable, match="no backup"):
        Backup(path)


def rewritten(path, member, change):
    """Write the zip again with another content of one member; None leaves it out."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members.items():
            changed = change(data) if name == member else data
            if changed is not None:
                new.writestr(name, changed)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("tables/nodes.jsonl", lambda data: data.replace(b"Folder", b"Holder")),
        ("tables/changes.jsonl", lambda data: b"\n".join(data.split(b"\n")[:-2]) + b"\n"),
        ("tables/users.jsonl", lambda _data: None),
        (CONTENTS, lambda data: data + data),
        ("contents/", lambda data: data[:-1] + b"?"),
    ],
)
def test_an_altered_member_is_named(site, tmp_path, what, change):
    path = tmp_path / "b.zip"
    with backup_of(site, path) as backup:
        member = what if not what.endswith("/") else next(n for n in backup._zip.namelist() if n.startswith(what))
    rewritten(path, member, change)
    with Backup(path) as backup, pytest.raises(Unusable, match=member):
        backup.verify()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bytes_that_rotted_are_named(site, tmp_path):
    path = tmp_path / "b.zip"
    backup_of(site, path).__exit__()
    rotten = bytearray(path.read_bytes())
    order = random.Random(7)
    with zipfile.ZipFile(path) as whole:
        members = [each for each in whole.infolist() if each.compress_size > 10]
    for each in members:
        place = each.header_offset + 30 + len(each.filename) + 20 + order.randrange(1, each.compress_size)
        kept = rotten[place]
        rotten[place] ^= 0x55
        path.write_bytes(rotten)
        with pytest.raises(Unusable, match=r"(tables/|contents|manifest)"), Backup(path) as backup:
            backup.verify()
        rotten[place] = kept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_of_a_newer_program_is_refused(site, tmp_path):
    path = tmp_path / "b.zip"
    backup_of(site, path).__exit__()

    def newer(data):
        return orjson.dumps(orjson.loads(data) | {"revision": "9999"})

    rewritten(path, MANIFEST, newer)
    before = content(site)
    with Backup(path) as backup, pytest.raises(Conflict, match="newer version of the program"):
        restore(backup, site, replace=True, tell=quiet)
    assert content(site) == before


class OlderSource:
    """What a backup of an older schema has: fewer tables."""

    revision = "0009"

    def __init__(self, engine):
        self.engine = engine

    def load_into(self, site):
        with self.engine.connect() as connection, alone(site.engine) as target:
            return load(target, LiveSource(connection, self.revision), search_language="english")


def test_an_older_schema_is_loaded_and_brought_up_to_date(engine, elsewhere):
    dialect = engine.dialect.name
    old, new = elsewhere(dialect), elsewhere(dialect)
    with alone(old.engine) as connection:
        bring_to(connection, OlderSource.revision)
        names = (
            "id, kind, slug, path, ancestry, title, sort_title, position, version, created_at, created_by, modified_at"
        )
        names += ", modified_by, access_id, inherits"
        values = "1, 'folder', '', '/', '/', 'Home', 'home', 1, 1, :now, 'system', :now, 'system', 1, :no"
        moment = "2026-01-02 03:04:05.000006"
        connection.execute(text(f"INSERT INTO nodes ({names}) VALUES ({values})"), {"now": moment, "no": False})
        connection.execute(text("INSERT INTO folders (node_id, body) VALUES (1, '[there](/elsewhere)')"))
    OlderSource(old.engine).load_into(new)
    assert current_revision(new.engine) == head_revision()
    with open_session(new.sessions) as db:
        assert node_by_path(db, "/").title == "Home"
        assert db.execute(text("SELECT target FROM text_references")).scalars().all() == ["/elsewhere"]


def test_the_feed_goes_on_behind_every_cursor_given_out(site, elsewhere, tmp_path):
    with open_session(site.sessions) as db:
        db.execute(
            text("UPDATE changes SET transaction_number = transaction_number + 5000000 WHERE transaction_number > 0")
        )
    upgrade(site.engine)
    with backup_of(site, tmp_path / "b.zip") as backup:
        with open_session(site.sessions) as db:
            make_node(db, "/folder", "page", "Lost with the old place")
        with open_session(site.sessions) as db:
            given = feed(db, SYSTEM, after=None, limit=1000).cursor
        there = elsewhere(site.engine.dialect.name)
        restore(backup, there, replace=False, tell=quiet)
        mark_restored(there, backup)
    with open_session(there.sessions) as db:
        make_node(db, "/folder", "page", "After")
    with open_session(there.sessions) as db:
        rows = feed(db, SYSTEM, after=given, limit=1000).rows
        assert [row.node_path for row in rows] == ["/folder/after"]
        assert db.execute(select(Change.action).where(Change.subject == "site")).scalars().all() == ["backup-restored"]
    assert faults(there) == {}


def test_nothing_is_tidied_away_under_a_backup(site):
    with open_session(site.sessions) as db:
        site.files.put(io.BytesIO(b"unused"), 10)
        old = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
        sha256 = site.files.put(io.BytesIO(b"lonely"), 10).sha256
        db.add(Blob(sha256=sha256, size=6, created_at=old))
    times = {name: dt.timedelta(days=9) for name in ("keep_trash", "session_age", "keep_drafts", "keep_notifications")}
    with contents_kept(site.engine), open_session(site.sessions) as db:
        assert tidy(db, site.files, by=SYSTEM, **times).contents == 0
    with open_session(site.sessions) as db:
        assert tidy(db, site.files, by=SYSTEM, **times).contents == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_connection_in_the_pool_is_enough(settings, site, tmp_path):
    narrow = Settings({**settings, "database.pool_size": 1, "database.pool_overflow": 0}, {})
    engine = make_engine(narrow)
    with backup_of(Site(engine, site.files, narrow), tmp_path / "b.zip") as backup:
        assert drill(backup, Site(engine, site.files, narrow), check=lambda _there: 0, tell=quiet)["found"] == 0
    engine.dispose()


def test_a_drill_leaves_nothing_but_a_note(site, tmp_path):
    with backup_of(site, tmp_path / "b.zip") as backup:
        told = drill(backup, site, check=lambda there: len(faults(there)), tell=quiet)
    assert (told["found"], told["contents"]) == (0, 2)
    assert set(told["seconds"]) == {"restore", "check"}
    with open_session(site.sessions) as db:
        noted = {row.key: row.value["is"] for row in db.query(SiteValue)}
        assert noted["operations.drill"]["backup"] == "b.zip"
        assert noted["operations.backup"]["bytes"] > 0
    assert not [name for name in inspect(site.engine).get_schema_names() if name.startswith("drill")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tables_of_plug_ins_that_are_not_enabled_are_kept_and_asked_for(site, elsewhere, tmp_path):
    with backup_of(site, tmp_path / "b.zip") as backup:
        there = elsewhere(site.engine.dialect.name)
        from myplatform import kinds

        forgotten = kinds._kinds.pop(Specimen.name)
        try:
            with pytest.raises(Conflict, match="nowhere to put specimens"):
                restore(backup, there, replace=False, tell=quiet)
        finally:
            kinds._kinds[Specimen.name] = forgotten


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_says_what_is_not_in_it(site, tmp_path):
    with backup_of(site, tmp_path / "b.zip") as backup:
        assert backup.manifest["left_out"] == NOT_KEPT
        assert "database.url" in backup.manifest["keys"]["not_in_this_file"]
        assert not {"sessions", "one_time_links"} & {shape.name for shape in backup.tables()}
        assert b"sqlite:///" not in (tmp_path / "b.zip").read_bytes()
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_broken_contents_are_named_and_keep_nothing_else_back(site, elsewhere, tmp_path):
    first, second = sorted(site.files.folder.glob("??/??/*"))
    first.write_bytes(b"rotten")
    second.unlink()
    with backup_of(site, tmp_path / "b.zip") as backup:
        backup.verify()
        about = backup.manifest["contents"]
        assert (about["damaged"], about["missing"], about["count"]) == ([first.name], [second.name], 0)
        there = elsewhere("sqlite")
        restore(backup, there, replace=False, tell=quiet)
    assert set(faults(there)) == {"DAT401"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_that_fails_leaves_the_one_before(site, tmp_path, monkeypatch):
    path = tmp_path / "b.zip"
    backup_of(site, path).__exit__()
    before = path.read_bytes()
    monkeypatch.setattr(site.files, "open", lambda _key: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_backup(site, path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".b.zip*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_backups_to_one_file_do_not_meet(site, tmp_path, monkeypatch):
    path, opened = tmp_path / "b.zip", site.files.open

    def another_begins(key):
        monkeypatch.undo()
        make_backup(site, path)
        return opened(key)

    monkeypatch.setattr(site.files, "open", another_begins)
    with backup_of(site, path) as backup:
        backup.verify()
    assert path.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".b.zip*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_contents_that_rotted_in_place_are_brought_back(site, tmp_path):
    with backup_of(site, tmp_path / "b.zip") as backup:
        for file in site.files.folder.glob("??/??/*"):
            file.chmod(0o600)
            file.write_bytes(b"?" * file.stat().st_size)
        assert set(faults(site)) == {"DAT401"}
        restore(backup, site, replace=True, tell=quiet)
    assert faults(site) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_tells_of_contents_that_are_broken(site, elsewhere):
    first, second = sorted(site.files.folder.glob("??/??/*"))
    first.write_bytes(b"rotten")
    second.unlink()
    there = elsewhere("sqlite")
    copied = copying.copy(site, there, tell=quiet)
    assert (copied.contents, copied.broken) == (0, [first.name, second.name])
    assert not there.files.folder.exists()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number or str(number) == "0.0")
WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2999, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
SINGLE = TEXTS | WHOLE | st.booleans() | st.floats(-1e9, 1e9).filter(bool)
NESTED = st.recursive(SINGLE, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=4)
JSONS = st.lists(NESTED, max_size=3) | st.dictionaries(TEXTS, NESTED, max_size=3)
"""SQLite makes numbers of JSON that is nothing but one, so nothing like that is kept."""
VALUES = {
    "moment": MOMENTS,
    "date": st.dates(),
    "fraction": FRACTIONS,
    "amount": st.decimals(Decimal("-99999999999999.99"), Decimal("99999999999999.99"), places=2),
    "json": JSONS,
    "yesno": st.booleans(),
    "integer": WHOLE,
    "text": TEXTS,
}
SORTED = Shape("sorts", (("id", "integer"), *((f"a_{sort}", sort) for sort in VALUES)), ("id",))


def test_every_value_comes_back_as_it_was(engine):
    made = Table("sorts", MetaData(), *(Column(name, SORTS[sort]) for name, sort in SORTED.columns))

    def there_and_back(rows):
        lines = [line_of((number, *row)) for number, row in enumerate(rows)]
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM sorts"))
            fill_table(connection, SORTED, lines, Tally())
            assert list(lines_of(connection, SORTED)) == lines

    with engine.begin() as connection:
        made.create(connection)
    rows = st.lists(st.tuples(*(st.none() | values for values in VALUES.values())), max_size=4)
    profile = profile_of(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    profile(given(rows=rows)(there_and_back))()
    with engine.begin() as connection:
        made.drop(connection)
