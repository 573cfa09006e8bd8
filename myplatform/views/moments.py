"""How long ago something changed, as people choose it: today, this week, or from one day to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BadQuery
from ..languages import mark
from ..models import utc_now


@dataclass(frozen=True)
class Age:
    """A choice of how old things may be: the days before today, what it is called, and in a list of such."""

    days: int
    label: str
    short: str


AGES: Mapping[str, Age] = {
    "today": Age(0, mark("Changed today"), mark("Today")),
    "week": Age(7, mark("Changed in the last week"), mark("In the last week")),
    "month": Age(30, mark("Changed in the last month"), mark("In the last month")),
    "year": Age(365, mark("Changed in the last year"), mark("In the last year")),
}


def since(name: str, zone: dt.tzinfo) -> dt.datetime:
    """When the age of that name begins, at midnight in the time zone. Raises `BadQuery`."""
    if name not in AGES:
        raise BadQuery(f"There is no age {name!r}; there are {', '.join(AGES)}.", field="since")
    today = utc_now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - dt.timedelta(days=AGES[name].days)


def day_of(given: Mapping[str, str], name: str, zone: dt.tzinfo) -> dt.datetime:
    """The beginning, in the time zone, of the day given under that name. Raises `BadQuery`."""
    try:
        day = dt.date.fromisoformat(given[name])
    except ValueError:
        raise BadQuery(f"{name} must be a day such as 2026-01-31, not {given[name]!r}.", field=name) from None
    if not 1900 <= day.year <= 2999:
        raise BadQuery(f"{name} must be a day of the years 1900 to 2999.", field=name)
    return dt.datetime.combine(day, dt.time(), zone)
