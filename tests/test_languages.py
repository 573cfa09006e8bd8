"""Words in the reader's language: which one it is, that the catalogues are whole, and what reaches the page."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import pytest
from babel.messages.checkers import checkers
from babel.messages.pofile import read_po
from webtest import TestApp

from myplatform import languages
from tests.conftest import Site

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import catalogues  # noqa: E402 - it stands beside the package, as the build of the front end does

WHOLE = ("de",)
"""Languages in which every word is translated."""


@pytest.mark.parametrize("path", catalogues.catalogues(), ids=lambda path: path.parent.parent.name)
def test_catalogues_know_the_words_of_the_code(path: Path) -> None:
    assert path.read_bytes() == catalogues.updated(path), "run `make words`"


@pytest.mark.parametrize("language", WHOLE)
def test_german_is_whole_and_right(language: str) -> None:
    path = catalogues.LOCALE / language / "LC_MESSAGES" / "myplatform.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale=language)
    messages = [message for message in catalog if message.id]
    assert [message.id for message in messages if not catalogues.is_translated(message)] == []
    assert [message.id for message in messages if message.fuzzy] == []
    for message in messages:
        for check in checkers:
            check(catalog, message)
        plural, singular = _both(message.string)
        wanted, wanted_one = _both(message.id)
        assert _names(plural) == _names(wanted), message.id
        assert _names(singular) <= _names(wanted_one) | _names(wanted), message.id


def _both(texts: str | tuple[str, str]) -> tuple[str, str]:
    return (texts, texts) if isinstance(texts, str) else (texts[1], texts[0])


def _names(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


def test_the_browser_s_language_is_used_as_far_as_there_are_words(site: Site) -> None:
    browser = site.browser()
    for asked, given in (("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr, en;q=0.1", "en"), ("xx", "en"), ("", "en")):
        page = browser.get("/-/sign-in", headers={"Accept-Language": asked})
        assert page.html.html["lang"] == given, asked
    assert "Anmelden" in browser.get("/-/sign-in", headers={"Accept-Language": "de"})


def test_what_was_chosen_wins(site: Site, signed_in: TestApp) -> None:
    form = next(form for form in signed_in.get("/-/account").forms.values() if "language" in form.fields)
    form["language"] = "de"
    form["time_zone"] = "Asia/Tokyo"
    form.submit(status=303)
    page = signed_in.get("/-/account", headers={"Accept-Language": "en"})
    assert page.html.html["lang"] == "de"
    assert "JST" in signed_in.get("/-/recent").text
    words = json.loads(page.html.select_one("script#words").string)
    assert set(words) <= {message for _file, _line, message in catalogues.words() if isinstance(message, str)}
    assert not site.browser().get("/-/sign-in").html.select("script#words")


def test_what_cannot_be_chosen(site: Site, signed_in: TestApp) -> None:
    page = signed_in.get("/-/account")
    form = next(form for form in page.forms.values() if "language" in form.fields)
    form["language"].force_value("tlh")
    form["time_zone"].force_value("../etc/passwd")
    answer = form.submit(status=422)
    assert len(answer.html.select("#errors li")) == 2


def test_the_zone_of_the_browser_is_that_of_its_times(site: Site, signed_in: TestApp) -> None:
    signed_in.set_cookie("time-zone", "Asia/Tokyo")
    assert "JST" in signed_in.get("/-/recent").text
    signed_in.set_cookie("time-zone", "Mars/Base")
    assert "UTC" in signed_in.get("/-/recent").text


def test_programs_read_english(site: Site, signed_in: TestApp) -> None:
    with site.session() as db:
        from myplatform.models import User

        db.query(User).filter_by(name="ada").one().language = "de"
    answer = site.client("ada").get("/api/v1/content/nowhere", status=404, headers={"Accept-Language": "de"})
    assert answer.json["title"] == "Nothing here"


def test_what_was_done_to_an_account_is_said_in_the_readers_language(signed_in: TestApp) -> None:
    for done in ("created", "saved", "disabled", "enabled", "ended"):
        english, german = (
            signed_in.get(f"/-/admin/users?done={done}", headers={"Accept-Language": language})
            .html.select_one(".toasts .toast p")
            .text
            for language in ("en", "de")
        )
        assert english != german


def test_a_plug_in_brings_its_own_words(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    words = 'msgid ""\nmsgstr ""\n\nmsgid "Move to trash"\nmsgstr "Mettre à la corbeille"\n'
    (folder / "myplatform.po").write_text(words)
    languages.add_folder(tmp_path)
    try:
        languages.read_by(lambda: languages.Reader("fr"))
        assert languages.gettext("Move to trash") == "Mettre à la corbeille"
        assert "fr" in languages.languages()
    finally:
        languages.read_by(lambda: languages.NOBODY)
        languages.FOLDERS.remove(tmp_path)
        languages.languages.cache_clear()
        languages._catalogue.cache_clear()


@pytest.fixture
def signed_in(site: Site) -> TestApp:
    """The browser of an administrator."""
    site.user("ada", is_admin=True)
    return site.signed_in("ada")


REFUSALS = {"Invalid.one": 1, "FieldError": 1, "ensure": 2, "wrong.add": 1, "breadcrumbs": 1}
REFUSALS |= dict.fromkeys(("Conflict", "NotAllowed", "Missing", "TooLarge", "Throttled"), 0)
"""What refuses something in words, or names a page, and which argument the words are."""
IN_ENGLISH = ("views/style.py",)
"""Pages of developers."""


def words_as_they_stand(path: Path) -> list[str]:
    """The calls in a module that say something to people without asking for it in their language."""
    calls = [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)]
    found = []
    for call in calls:
        place = REFUSALS.get(ast.unparse(call.func))
        if place is not None and len(call.args) > place and isinstance(call.args[place], ast.Constant | ast.JoinedStr):
            found.append(f"{path.name}:{call.lineno} {ast.unparse(call.args[place])}")
    return found


def test_what_pages_and_actions_refuse_is_said_in_the_reader_s_language() -> None:
    package = ROOT / "myplatform"
    modules = [*package.glob("actions/*.py"), *package.glob("views/*.py")]
    told = [path for path in modules if str(path.relative_to(package)) not in IN_ENGLISH]
    assert len(told) > 100
    assert [line for path in told for line in words_as_they_stand(path)] == []
