"""Times, sizes and lists as the reader writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest

from myplatform.languages import NOBODY, Reader, read_by
from myplatform.views import wording

NOW = dt.datetime(2026, 3, 3, 13, 5, tzinfo=dt.UTC)


@pytest.fixture
def reads() -> Iterator[Callable[[str], None]]:
    """Makes everything that follows be for a reader of a language."""
    yield lambda language: read_by(lambda: Reader(language))
    read_by(lambda: NOBODY)


@pytest.mark.parametrize(
    ("ago", "english", "german"),
    [
        ({"minutes": 1}, "1 minute ago", "vor 1 Minute"),
        ({"hours": 3}, "3 hours ago", "vor 3 Stunden"),
        ({"days": 45}, "last month", None),
        ({"days": 70}, "2 months ago", "vor 2 Monaten"),
        ({"days": 1}, "yesterday", None),
        ({"days": -3}, "in 3 days", "in 3 Tagen"),
        ({"seconds": 5}, "just now", None),
        ({"days": 900}, "2 years ago", "vor 2 Jahren"),
    ],
)
def test_how_long_ago(reads: Callable[[str], None], ago: dict[str, int], english: str, german: str | None) -> None:
    moment = NOW - dt.timedelta(**ago)
    assert wording.relative_time(moment, NOW) == english
    reads("de")
    assert wording.relative_time(moment, NOW) == german or german is None


def test_moments_days_sizes_and_lists(reads: Callable[[str], None]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert wording.exact_time(NOW, berlin) == "Tuesday, 3 March 2026, 14:05 CET"
    assert wording.full_date(NOW.date()) == "3 March 2026"
    assert (wording.file_size(812), wording.file_size(1_434_000)) == ("812 bytes", "1.4 MB")
    assert wording.joined(["title", "text", "order"]) == "title, text and order"
    assert wording.joined([]) == ""
    assert wording.number(12345) == "12,345"
    reads("de")
    assert wording.exact_time(NOW, berlin) == "Dienstag, 3. März 2026, 14:05 CET"
    assert wording.file_size(1_434_000) == "1,4 MB"
    assert wording.joined(["Titel", "Text", "Folge"]) == "Titel, Text und Folge"
    assert wording.number(12345) == "12.345"


def test_odd_languages_fall_back() -> None:
    from myplatform.languages import gettext

    read_by(lambda: Reader("fr"))
    assert gettext("Nothing that anybody translated") == "Nothing that anybody translated"
    read_by(lambda: NOBODY)
