"""Values as words for people: times, sizes, counts and initials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from ..languages import gettext as _
from ..languages import mark, ngettext, reader

UNITS = (("year", 31536000), ("month", 2592000), ("day", 86400), ("hour", 3600), ("minute", 60))
NEAR = {
    ("day", 1): mark("yesterday"),
    ("day", -1): mark("tomorrow"),
    ("month", 1): mark("last month"),
    ("year", 1): mark("last year"),
}
"""What has a word of its own."""
TONES = 8


def relative_time(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago in words, as browsers' Intl.RelativeTimeFormat says it: "3 hours ago", "yesterday"."""
    seconds = (now - moment).total_seconds()
    for unit, length in UNITS:
        if abs(seconds) >= length:
            return _distance(int(seconds / length), unit, length)
    return _("just now")


def _distance(count: int, unit: str, length: int) -> str:
    """Words for a number of units, negative ones still to come."""
    if near := NEAR.get((unit, count)):
        return _(near)
    return _so_far(dt.timedelta(seconds=-count * length), unit, reader().locale)


@lru_cache(maxsize=1024)
def _so_far(ago: dt.timedelta, unit: str, locale: Locale) -> str:
    # A threshold above every count keeps the unit that was chosen, as browsers do: 45 days are a month.
    return format_timedelta(ago, granularity=unit, threshold=10**6, add_direction=True, locale=locale)


def exact_time(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The moment in full in a time zone: "Sunday, 22 November 2026, 14:05 CET"."""
    return _exact_minute(moment.replace(second=0, microsecond=0), zone, reader().locale)


@lru_cache(maxsize=4096)
def _exact_minute(minute: dt.datetime, zone: dt.tzinfo, locale: Locale) -> str:
    local = minute.astimezone(zone)
    day, clock = format_date(local, "full", locale), format_time(local, "short", locale=locale)
    return f"{day}, {clock} {local:%Z}"


def full_date(day: dt.date) -> str:
    """A day in words: "3 March 2026"."""
    return format_date(day, "long", reader().locale)


def day_of_year(text: str) -> str:
    """A day that comes every year, kept as "03-31": "31 March"."""
    day = dt.date.fromisoformat(f"2000-{text}")
    return format_skeleton("MMMMd", day, locale=reader().locale)


def file_size(size: int) -> str:
    """Bytes in the unit that keeps the number short: "812 bytes", "1.4 MB"."""
    if size < 1000:
        return ngettext("%(n)s byte", "%(n)s bytes", size)
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    number = format_decimal(value, "0.0" if value < 9.95 else "0", reader().locale)
    return f"{number} {unit}"


def number(value: float) -> str:
    """A number as the reader writes it: "1,024"."""
    return format_decimal(value, locale=reader().locale)


def initials(name: str) -> str:
    """Up to two letters that stand for a person without a photo."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


def tone(name: str) -> int:
    """The number of the colour behind a person's initials, always the same for the same name."""
    return crc32(name.encode()) % TONES


def joined(words: Sequence[str]) -> str:
    """A list in a sentence: "title", "title and text", "title, text and order"."""
    return format_list(words, locale=reader().locale)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """A browser as its owner would call it: "Firefox on Windows"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not user_agent:
        return _("Unknown browser")
    browser = browser or _("A browser")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if system else browser
