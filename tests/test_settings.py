"""The settings: what is read, what is refused and in which words, and that each key is read somewhere."""

import ast
import configparser
import contextlib
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from myplatform import settings as configuration
from myplatform.settings import INTEGER, WORDS, Setting, SettingsError, UnfitError, from_paste, from_values, load
from myplatform.settings.ini import read_ini
from myplatform.settings.kinds import render_duration, render_size
from myplatform.settings.schema import CORE, TOPICS
from tests.conftest import examples

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "myplatform"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that is the current one, so that reports name files without a path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def plug_in(monkeypatch):
    """Keys declared during a test are forgotten after it."""
    schema = configuration.schema
    monkeypatch.setattr(schema, "_declared", dict(schema._declared))
    return configuration.declare


def write(folder, *lines, name="site.ini", head=("[app:main]", "use = egg:myplatform")):
    """An INI file whose lines begin at line 3."""
    path = folder / name
    path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return path


def report(path):
    """The report about a wrong file."""
    with pytest.raises(SettingsError) as caught:
        load(path)
    return str(caught.value)


def test_reads_every_kind_of_value(folder):
    path = write(
        folder,
        "site.title = Häuser & Gärten 100%",
        "session.idle_timeout = 12h",
        "files.max_size = 10MiB",
        "api.docs = false",
        "site.accent = #0B7A4B",
        "trash.keep_days = 90",
        "search.language = german",
        "site.url = https://Intranet.example.com/",
        "database.url = postgres://ada:s%40cret@db/site",
        "pyramid.reload_templates = true",
    )
    settings = load(path)
    assert settings["site.title"] == "Häuser & Gärten 100%"
    assert settings["session.idle_timeout"] == timedelta(hours=12)
    assert settings["files.max_size"] == 10 * 1024 * 1024
    assert settings["api.docs"] is False
    assert settings["site.accent"] == "#0b7a4b"
    assert settings["trash.keep_days"] == 90
    assert settings["search.language"] == "german"
    assert settings["site.url"] == "https://intranet.example.com"
    assert settings["database.url"] == "postgresql+psycopg://ada:s%40cret@db/site"
    assert settings["pyramid.reload_templates"] == "true"
    assert settings["password.min_length"] == 12


def test_settings_are_an_unchangeable_mapping():
    settings = from_values({"site.title": "Example"})
    with pytest.raises(KeyError):
        settings["site.titel"]
    with pytest.raises(TypeError):
        settings["site.title"] = "Other"
    assert "site.title" in settings
    assert len(settings) >= len(CORE)


def test_values_of_programs_may_be_python_values():
    settings = from_values({"trash.keep_days": 7, "sign_in.window": timedelta(hours=2), "api.docs": False})
    assert settings["trash.keep_days"] == 7
    assert settings["sign_in.window"] == timedelta(hours=2)
    assert settings["api.docs"] is False
    with pytest.raises(SettingsError, match="expected a whole number"):
        from_values({"trash.keep_days": True})


def test_defaults_lie_beside_the_file(folder):
    settings = load(write(folder))
    assert settings["database.url"] == f"sqlite:///{folder}/data/myplatform.sqlite"
    assert settings["files.url"] == f"file://{folder}/data/files"


def test_says_where_each_value_comes_from(folder, monkeypatch):
    monkeypatch.setenv("SITE_TITLE", "From outside")
    (folder / "url").write_text(f"sqlite:///{folder}/x.sqlite\n")
    lines = ["site.title = ${SITE_TITLE}", f"database.url_file = {folder}/url", "api.docs = true", "tm.x = y"]
    path = write(folder, *lines)
    settings = load("site.ini")
    assert settings["site.title"] == "From outside"
    assert settings["database.url"] == f"sqlite:///{folder}/x.sqlite"
    assert settings.source("site.title") == "environment SITE_TITLE"
    assert settings.source("database.url") == f"file {folder}/url"
    assert settings.source("api.docs") == "site.ini:5"
    assert settings.source("tm.x") == "site.ini:6"
    assert settings.source("trash.keep_days") == "default"
    assert from_values({"api.docs": "true"}).source("api.docs") == "program"
    with pytest.raises(KeyError):
        settings.source("nothing")
    assert load(path) == settings


def test_secrets_are_masked_everywhere(folder):
    path = write(folder, "database.url = postgresql+psycopg://ada:p@ss:w/ord@db/site")
    assert "p@ss" not in report(path)
    assert "ord" not in report(path).split("a password are written")[0]
    settings = from_values({"database.url": "postgresql://ada:secret@db/site"})
    assert settings.masked()["database.url"] == "postgresql+psycopg://ada:***@db/site"
    assert "secret" not in repr(settings)
    wrong = report(write(folder, "database.url = postgresql+asyncpg://ada:secret@db/site"))
    assert "secret" not in wrong
    assert "fix: database.url = postgresql+psycopg://ada:***@db/site" in wrong


@pytest.mark.parametrize(
    "lines",
    [
        ("database.url = sqlite:////x.sqlite", "database.url = postgresql+psycopg://ada:secret@db/site"),
        ("database.url = postgresql+psycopg://ada:secret@db/%(nothing)s",),
        ("database.url = postgresql+psycopg://ada:secret@${NOTHING_OF_THIS_NAME}/site",),
        ("database.url = sqlite:////x.sqlite", "mail.url = smtp://ada:secret@mail.example.com:587"),
        ("database.url = sqlite:////x.sqlite", "database.replica_urls = postgresql+psycopg://ada:secret@db/site"),
        ("database.url = sqlite:////x.sqlite", "[DEFAULT]", "cache.url = redis://:secret@cache/0"),
        ("database.url = sqlite:////x.sqlite", "operations.token = secret", "operations.token = again"),
    ],
)
def test_no_mistake_of_any_sort_shows_a_secret(folder, lines):
    told = report(write(folder, *lines))
    assert "1 error" in told or "2 errors" in told
    assert "secret" not in told


def test_variables_here_and_default_and_percent_signs(folder):
    path = write(
        folder,
        "site.title = %(company)s: 100% and 50%% of %(here)s",
        "database.url = sqlite:///%(data)s/x.sqlite",
        head=("[DEFAULT]", "company = Example", "data = %(here)s/store", "[app:main]", "use = egg:myplatform"),
    )
    settings = load(path)
    assert settings["site.title"] == f"Example: 100% and 50% of {folder}"
    assert settings["database.url"] == f"sqlite:///{folder}/store/x.sqlite"


def test_chains_of_files_take_the_nearest_value(folder):
    (folder / "base").mkdir()
    write(folder / "base", "site.title = Base", "api.docs = false", "files.url = file://%(here)s/x")
    head = ["[app:main]", "use = config:base/site.ini"]
    path = write(folder, "site.title = Own", name="own.ini", head=head)
    settings = load(path)
    assert settings["site.title"] == "Own"
    assert settings["api.docs"] is False
    assert settings.source("site.title") == "own.ini:3"
    assert settings.source("api.docs") == "base/site.ini:4"
    assert settings["files.url"] == f"file://{folder}/base/x"


def test_named_sections_of_one_file(folder):
    path = write(folder, "site.title = Base", "[app:other]", "use = main", "site.title = Other")
    assert load(path)["site.title"] == "Base"
    assert load(f"{path}#other")["site.title"] == "Other"
    assert load(path, "other").source("site.title") == "site.ini:6"


def test_a_chain_that_bites_its_tail_ends(folder):
    path = write(folder, "site.title = Base", head=("[app:main]", "use = main"))
    assert load(path)["site.title"] == "Base"


def test_lines_go_on_when_indented_and_comments_do_not(folder):
    path = write(folder, "pyramid.includes =", "    json", "    # a comment", "", "    ast", "#x")
    assert load(path)["pyramid.includes"].split() == ["json", "ast"]


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_reads_files_as_configparser_does(name):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read(ROOT / name, encoding="utf-8")
    ours = {s: {e.key: e.value for e in entries} for s, entries in read_ini(ROOT / name).sections.items()}
    theirs = {section: dict(parser.items(section)) for section in parser.sections()}
    assert ours == theirs


def snapshots():
    """Wrong lines and the whole report about each, from `settings_reports.txt`."""
    text = (Path(__file__).parent / "settings_reports.txt").read_text(encoding="utf-8")
    for part in text.split("=== ")[1:]:
        name, _, rest = part.partition("\n")
        lines, _, expected = rest.partition("\n---\n")
        yield pytest.param(lines, expected.strip(), id=name)


@pytest.mark.parametrize(("lines", "expected"), list(snapshots()))
def test_refuses_and_says_how_to_mend(folder, lines, expected):
    assert report(write(folder, *lines.split("\n"))) == expected


def test_settings_under_default_have_no_effect_and_are_refused(folder):
    text = report(write(folder, head=("[DEFAULT]", "site.title = x", "[app:main]", "use = egg:myplatform")))
    assert text.startswith("site.ini:2  [DEFAULT]  site.title = x\n  error CFG023: has no effect under")


def test_files_that_cannot_be_read_at_all(folder):
    assert report("nothing.ini").startswith("nothing.ini\n  error CFG001: cannot be read: no such file")
    (folder / "latin.ini").write_bytes(b"[app:main]\nsite.title = M\xfcller\n")
    assert "latin.ini:2\n  error CFG001: is not UTF-8 text (byte 26 of the file)" in report("latin.ini")
    (folder / "empty.ini").write_text("")
    assert "CFG004: there is no section [app:main]" in report("empty.ini")
    (folder / "typo.ini").write_text("[app:mian]\nuse = egg:myplatform\n")
    assert "did you mean it by [app:mian]?" in report("typo.ini")
    assert "CFG001: stands before the first [section]" in report(write(folder, head=("x = y", "[app:main]")))
    for use, told in (("myplatfrom", "no package 'myplatfrom' is installed"), ("myplatform#mian", "no 'mian' here")):
        assert told in report(write(folder, head=("[app:main]", f"use = egg:{use}")))
    base = write(folder, head=("[app:main]", "use = config:nowhere.ini"))
    assert "use = config:nowhere.ini\n  error CFG001: there is no file nowhere.ini" in report(base)


def test_all_problems_are_reported_at_once_in_the_order_of_lines(folder):
    lines = ["databse.url = x", "api.docs = no", "session.idle_timeout = 100d", "site.title = ${NOT_SET}"]
    text = report(write(folder, *lines))
    heads = [line.split()[0] for line in text.splitlines() if line.startswith("site.ini")]
    assert heads == ["site.ini:3", "site.ini:4", "site.ini:5", "site.ini:6"]
    assert text.endswith("4 errors. Nothing was started.")


def test_every_problem_carries_its_parts(folder):
    path = write(folder, "api.docs = no")
    with pytest.raises(SettingsError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.section) == ("site.ini", 3, "app:main")
    assert (problem.key, problem.value, problem.code) == ("api.docs", "no", "CFG014")
    assert (problem.message, problem.fix) == ("expected true or false; got 'no'", "api.docs = false")


def test_odd_bytes_in_values_are_shown_and_do_no_harm(folder):
    text = report(write(folder, "api.docs = \x1b[31mno\u202e" + "x" * 500))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[31mno\\u202exxx" in text
    assert "…" in text


def test_what_pastedeploy_hands_over_keeps_its_lines(folder):
    path = write(folder, "api.docs = no", "site.title = %(here)s")
    given = {"__file__": str(path), "here": str(folder)}
    with pytest.raises(SettingsError) as caught:
        from_paste(given, {"api.docs": "no", "site.title": str(folder), "trash.keep_days": "x"})
    assert [(p.file, p.line, p.key) for p in caught.value.problems] == [
        ("site.ini", 0, "trash.keep_days"),
        ("site.ini", 3, "api.docs"),
    ]
    settings = from_paste(given, {"site.title": str(folder)})
    assert settings["site.title"] == str(folder)
    assert settings.source("site.title") == "site.ini:4"


def test_pastedeploy_without_a_file(folder):
    settings = from_paste({}, {"site.title": "Tests", "pyramid.includes": ""})
    assert settings["site.title"] == "Tests"
    assert settings["files.url"] == f"file://{folder}/data/files"


def test_a_missing_required_key_is_named(folder, plug_in):
    plug_in(Setting("laptops.owner", configuration.TEXT, None, "Who owns the laptops.", "IT", required=True))
    assert report(write(folder)) == (
        "site.ini  [app:main]  laptops.owner\n"
        "  error CFG004: is missing; who owns the laptops\n"
        "  fix: laptops.owner = IT      docs: settings#laptops.owner\n"
        "1 error. Nothing was started."
    )


def test_plug_ins_declare_keys_when_they_are_included(folder, plug_in, monkeypatch):
    (folder / "laptop_plug_in.py").write_text(
        "from myplatform.settings import INTEGER, Setting, declare\n"
        'declare(Setting("laptops.years", INTEGER, "4", "Years of use.", "5", at_least="1", at_most="9"))\n'
        "def includeme(config): pass\n"
    )
    monkeypatch.syspath_prepend(folder)
    path = write(folder, "pyramid.includes = laptop_plug_in.includeme", "laptops.years = 5")
    assert load(path)["laptops.years"] == 5
    wrong = write(folder, "pyramid.includes = laptop_plug_in", "laptops.years = 10")
    assert "expected 1 to 9; got 10" in report(wrong)
    with pytest.raises(ValueError, match=r"laptops\.years is declared already"):
        plug_in(Setting("laptops.years", INTEGER, "3", "Another meaning.", "5"))


def test_libraries_get_their_keys_and_plug_ins_are_named_apart():
    settings = from_values({"pyramid.includes": "json\nast", "pyramid.debug_all": "true", "tm.x": "2"})
    assert settings.for_libraries() == {"pyramid.debug_all": "true", "tm.x": "2"}
    assert settings.plug_ins == ("json", "ast")
    assert from_values({}).plug_ins == ()


def test_lists_of_plug_ins(folder, plug_in):
    plug_in(Setting("laptops.makers", WORDS, "", "Whose laptops.", "a b"))
    assert load(write(folder, "laptops.makers = a", "   b c"))["laptops.makers"] == ("a", "b", "c")
    assert load(write(folder))["laptops.makers"] == ()
    assert from_values({"laptops.makers": ("a", "b")})["laptops.makers"] == ("a", "b")


@pytest.mark.parametrize("setting", CORE, ids=lambda setting: setting.key)
def test_defaults_bounds_and_examples_are_values(setting, monkeypatch):
    for name in re.findall(r"\$\{(\w+)\}", setting.example):
        monkeypatch.setenv(name, "x")
    others = {"mail.from": "intranet@example.com", "graphql.queries": "/srv/queries"}
    if setting.key == "app.debug_toolbar":
        others["app.mode"] = "development"
    if setting.key == "database.replica_urls":
        others["database.url"] = "postgresql://db.example.com/site"
    from_values({**others, setting.key: setting.example})
    assert setting.topic in TOPICS
    assert setting.meaning.endswith(".")
    for text in filter(None, (setting.default, setting.at_least, setting.at_most)):
        value = setting.kind.parse(text.replace("%(here)s", "/srv"))
        assert isinstance(value, setting.kind.type)
        assert setting.kind.parse(setting.kind.render(value)) == value


SHARDS = ["", " ", "[", "]", "//", ":", "@", "#", "?", "%", "%zz", "/", "\\", "1", "99999", "-1", "\u00b2", "\0", "\n"]
SHARDS += ["<", ">", ",", "=", "&", "*", "..", "a@b.c", "none", "127.0.0.1", "[::1]", "http:", "https://", "redis://"]
SHARDS += ["postgresql://", "sqlite:///", "s3://", "file://", "smtp://", "log://", "amqp://", "wss://", "memory:"]


@hypothesis_settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.sampled_from(SHARDS), max_size=6).map("".join), st.integers(0, 40))
def test_what_no_kind_takes_is_refused_in_words(shards, kept):
    for setting in CORE:
        for text in (shards, setting.example[:kept] + shards):
            with contextlib.suppress(UnfitError):
                setting.kind.parse(text.strip())


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59, "59s"), (5400, "90m"), (86400, "1d")])
def test_durations_are_written_as_short_as_they_can_be(seconds, text):
    assert render_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("size", "text"), [(0, "0B"), (1023, "1023B"), (1024, "1KiB"), (3 << 20, "3MiB")])
def test_sizes_are_written_as_short_as_they_can_be(size, text):
    assert render_size(size) == text


@cache
def read_keys():
    """Every literal key of a settings look-up in the package, and the URL of every part opened, with its place."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] != "settings":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                if isinstance(node, ast.Subscript) and names_settings(node.value):
                    found.setdefault(literal(node.slice), place)
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open_part":
                    found.setdefault(f"{literal(node.args[0])}.url", place)
    found.pop(None, None)
    return found


def literal(node):
    """The text a node stands for, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def names_settings(node):
    """Whether an expression is the settings: a name or attribute so called, or `registry["settings"]`."""
    if isinstance(node, ast.Subscript):
        return literal(node.slice) == "settings"
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.endswith("settings")


def test_only_declared_keys_are_read():
    keys = {setting.key for setting in CORE}
    libraries = ("pyramid.", "jinja2.", "tm.", "retry.")
    ours = {key: place for key, place in read_keys().items() if not key.startswith(libraries)}
    assert {key: place for key, place in ours.items() if key not in keys} == {}


def test_every_declared_key_is_read_somewhere():
    assert [setting.key for setting in CORE if setting.key not in read_keys()] == []
