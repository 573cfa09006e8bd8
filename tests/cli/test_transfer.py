"""`myplatform import` and `export`, run as a person runs them on a new site."""

import json

import pytest

from tests.cli.conftest import INI, run

PEOPLE = "name,manager\nAda Example,Bob Example\nBob Example,\n"


@pytest.fixture(autouse=True)
def something_to_import(new_site):
    """A new site's folder has it, and the site its manual."""
    (new_site / "development.ini").write_text(INI.replace("help.import = false\n", ""))
    (new_site / "people.csv").write_text(PEOPLE)
    book = new_site / "book"
    book.mkdir()
    (book / "one.md").write_text("[two](two.md)")
    (book / "two.md").write_text("[gone](gone.md)")


def test_people_and_pages_come_in_and_go_out_again(folder):
    people = run("import", "people", "people.csv", "/people")
    assert (people.exit_code, people.stderr) == (0, "")
    assert people.stdout == "3 created, 0 changed, 0 unchanged, 0 new redirects\n"
    pages = run("import", "pages", "book", "/book")
    assert pages.exit_code == 0
    assert "3 created" in pages.stdout
    assert "Links that lead nowhere (1):\n  two.md:1: gone.md" in pages.stdout
    exported = run("export", "/book", "out")
    assert exported.exit_code == 0
    assert exported.stdout == "3 written\n"
    assert (folder / "out" / "one.md").read_text().endswith("---\n[two](two.md)")
    again = run("import", "pages", "out", "/book")
    assert again.stdout == "0 created, 0 changed, 3 unchanged, 0 new redirects\n"


def test_a_first_import_brings_the_manual_as_a_first_start_does(folder):
    run("import", "people", "people.csv", "/people")
    assert run("export", "/help", "help").exit_code == 0
    assert (folder / "help" / "writing.md").is_file()


def test_the_report_as_json(folder):
    result = run("import", "pages", "book", "/book", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["created"] == ["/book", "/book/one", "/book/two"]
    assert report["unresolved"] == [{"file": "two.md", "line": 1, "text": "gone.md"}]


def test_wrong_rows_are_named_and_nothing_is_changed(folder):
    (folder / "people.csv").write_text("name,age\nAda Example,old\nBob Example,older\n")
    result = run("import", "people", "people.csv", "/people")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "Nothing was changed:\n"
        'people.csv:2: column "age": must be a whole number\n'
        'people.csv:3: column "age": must be a whole number\n'
    )
    assert "There is nothing at /people." in run("export", "/people", "out").stderr


def test_latin_1_needs_to_be_named(folder):
    (folder / "people.csv").write_bytes("name\nJosé Example\n".encode("latin-1"))
    refused = run("import", "people", "people.csv", "/people")
    assert refused.exit_code == 1
    assert "people.csv:2: is not utf-8 here" in refused.stderr
    assert run("import", "people", "people.csv", "/people", "--encoding", "latin-1").exit_code == 0


def test_a_file_that_cannot_be_taken_over_is_exit_code_1_and_the_rest_is_kept(folder):
    (folder / "book" / "bad.md").write_bytes(b"\xff")
    result = run("import", "pages", "book", "/book")
    assert result.exit_code == 1
    assert "Not taken over (1):\n  bad.md:1: is not UTF-8 here" in result.stdout
    assert "3 unchanged" in run("import", "pages", "book", "/book").stdout


@pytest.mark.parametrize(
    "arguments",
    [("pages", "nowhere", "/x"), ("pages", "people.csv", "/x"), ("people", "book", "/x"), ("pages", "book"), ("cake",)],
)
def test_wrong_usage_is_exit_code_2(folder, arguments):
    assert run("import", *arguments).exit_code == 2


def test_an_unknown_user(folder):
    result = run("import", "pages", "book", "/book", "--as", "nobody")
    assert result.exit_code == 1
    assert "There is no enabled user called nobody." in result.stderr
