"""A number, and a chart: figures over any kind's fields, of what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..errors import Invalid
from ..fields import Choice, Field, Integer, Text
from ..languages import gettext as _
from ..languages import mark
from ..queries.aggregates import PERIODS, Group
from .block import Block, Place
from .drawing import Bar, donut, line, shares
from .measuring import MEASURED, group_names, measured, value_in_words, what_is_measured

SHAPES = ("bars", "line", "donut")
MOST_OF_A_DONUT = 7


class Number(Block):
    """One figure."""

    name = "number"
    label = mark("Number")
    description = mark("How many, the sum, the average, the least or the most, of any kind's fields.")
    icon = "data"
    options: ClassVar[dict[str, Field]] = {**MEASURED, "title": Text("Title", max_length=200)}
    defaults: ClassVar[dict[str, Any]] = {"show": "count"}
    sample = "of: employee\nshow: count\ntitle: People who work here"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The figure in words, and what it is about."""
        query, groups, field = measured(place, options)
        title = options["title"] or what_is_measured(query, options, field)
        return {"title": title, "value": value_in_words(groups[0].value, field)}


class Chart(Block):
    """Figures for each value of a field."""

    name = "chart"
    label = mark("Chart")
    description = mark("Figures for each value of a field, as bars, a line or a ring.")
    icon = "chart"
    options: ClassVar[dict[str, Field]] = {
        **MEASURED,
        "by": Text("By", max_length=100, required=True),
        "per": Choice("Per", options=PERIODS),
        "type": Choice("Type", options=SHAPES),
        "title": Text("Title", max_length=200),
        "description": Text("Description", max_length=500),
        "limit": Integer("At most", min=2, max=40),
    }
    defaults: ClassVar[dict[str, Any]] = {"show": "count", "type": "bars", "limit": 12, "per": "year"}
    sample = "of: employee\nby: department\ntype: bars\ntitle: People by department"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """The bars with their names and values, and what its shape needs to be drawn."""
        grouping = {"by": options["by"], "per": options["per"]}
        query, groups, field = measured(place, options, **grouping)
        groups = [group for group in groups if group.value is not None]
        most = min(options["limit"], MOST_OF_A_DONUT) if options["type"] == "donut" else options["limit"]
        names = group_names(place, query, options["by"], options["per"], groups)
        if options["type"] == "line":
            pairs = _in_order(names, groups)[-most:]
        else:
            pairs = _largest(names, groups, most, may_add=options["show"] in ("count", "sum"))
        numbers = [_number(value) for _name, value in pairs]
        words = [value_in_words(value, field) for _name, value in pairs]
        bars = [
            Bar(name, shown, share)
            for (name, _value), shown, share in zip(pairs, words, shares(numbers), strict=True)
        ]
        title = options["title"] or what_is_measured(query, options, field)
        return {
            "bars": bars,
            "title": title,
            "description": options["description"],
            "type": options["type"],
            **_shape(options["type"], numbers),
        }


def _shape(shape: str, numbers: list[float]) -> dict[str, Any]:
    if shape == "donut":
        if any(number < 0 for number in numbers):
            raise Invalid.one("type", _("a ring cannot show what is less than nothing; use bars"))
        return {"arcs": donut(numbers)}
    return {"line": line(numbers)} if shape == "line" else {}


def _number(value: Any) -> float:
    try:
        return float(value)
    except TypeError:
        raise Invalid.one("show", _("gives dates, which a chart cannot compare; use a number block")) from None


def _in_order(names: Sequence[str], groups: Sequence[Group]) -> list[tuple[str, Any]]:
    """By what is grouped, as a line runs; groups without it stand nowhere on it."""
    known = [(group.key, name, group.value) for name, group in zip(names, groups, strict=True) if group.key is not None]
    return [(name, value) for _key, name, value in sorted(known)]


def _largest(names: Sequence[str], groups: Sequence[Group], most: int, *, may_add: bool) -> list[tuple[str, Any]]:
    """The largest groups; where values can be added, the others as one."""
    pairs = [(name, group.value) for name, group in zip(names, groups, strict=True)]
    if len(pairs) <= most:
        return pairs
    kept = most - 1 if may_add else most
    others = [(_("Others"), sum(value for _name, value in pairs[kept:]))] if may_add else []
    return [*pairs[:kept], *others]
