"""What number and chart have in common: which nodes are measured, by what, and how values and groups are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from babel.dates import format_date
from babel.numbers import format_decimal

from ..errors import BadQuery
from ..fields import Choice, Field, Link, Money, Text
from ..kinds import kind_of
from ..languages import gettext as _
from ..languages import reader
from ..queries.accounts import principal_titles
from ..queries.aggregates import FUNCTIONS, Group, Measure, figures, measured_field
from ..queries.children import ItemQuery, parse_items
from ..queries.listing import MAX_FILTERS
from ..queries.nodes import visible_nodes
from .block import Place

NOT_FILTERS = frozenset({"sort", "fields", "limit", "cursor", "count", "depth", "kind"})
WHO = frozenset({"created_by", "modified_by"})
MEASURED: dict[str, Field] = {
    "of": Text("Of", max_length=100),
    "in": Text("In", max_length=2000),
    "where": Text("Where", max_length=1000),
    "show": Choice("Show", options=FUNCTIONS),
    "field": Text("Field", max_length=100),
}
"""The options that say what is measured: a kind, a place, filters as in the address of a list, a function, a field."""


def asked_items(place: Place, options: Mapping[str, Any]) -> tuple[Any, ItemQuery]:
    """The place whose contents are measured, however deep they lie, and which of them. Raises any `Problem`."""
    container = place.find(options["in"]) if options["in"] else place.home
    parts = (options["where"] or "").split("&") if options["where"] else []
    if len(parts) > MAX_FILTERS or not all("=" in part for part in parts):
        message = _("where is written as in the address of a list: department=Finance&age__gte=30")
        raise BadQuery(message, field="where")
    given = parse_qsl(options["where"] or "", keep_blank_values=True)
    if wrong := NOT_FILTERS & {name for name, _value in given}:
        raise BadQuery(_("%(names)s is no filter.", names=", ".join(sorted(wrong))), field="where")
    kind = [("kind", options["of"])] if options["of"] else []
    return container, parse_items(kind_of(container.kind), [*given, *kind, ("depth", "all")])


def measured(place: Place, options: Mapping[str, Any], **grouping: Any) -> tuple[ItemQuery, list[Group], Field | None]:
    """The items' query, the figures, and the field that they are about; None where things are counted."""
    container, query = asked_items(place, options)
    function = options["show"] or "count"
    field = measured_field(query, options["field"]) if options["field"] and function != "count" else None
    groups = figures(place.db, place.asker, container, query, Measure(function, options["field"], **grouping))
    return query, groups, field


def what_is_measured(query: ItemQuery, options: Mapping[str, Any], field: Field | None) -> str:
    """What a figure is called where its author gave it no title: "Employees", "Average: Age"."""
    things = _(query.kind.plural) if query.kind is not None else _("Things")
    if field is None:
        return things
    words = {"sum": _("Sum"), "average": _("Average"), "min": _("Least"), "max": _("Most")}
    return f"{words[options['show']]}: {_(field.label)}"


def value_in_words(value: Any, field: Field | None) -> str:
    """A figure as the reader writes numbers, dates and amounts."""
    locale = reader().locale
    if value is None:
        return "–"
    if isinstance(value, dt.date):
        return format_date(value, "medium", locale=locale)
    if isinstance(field, Money):
        return format_decimal(value, "#,##0.00", locale=locale)
    if isinstance(value, float | Decimal):
        return format_decimal(value, "#,##0.##", locale=locale)
    return format_decimal(value, locale=locale)


def group_names(place: Place, query: ItemQuery, by: str, per: str | None, groups: Sequence[Group]) -> list[str]:
    """What each group is called."""
    field = measured_field(query, by)
    if by in WHO:
        titles = principal_titles(place.db, {group.key for group in groups})
        return [titles.get(group.key, group.key) for group in groups]
    if isinstance(field, Link):
        nodes = visible_nodes(place.db, place.asker, [group.key for group in groups])
        hidden = _("Not visible to you")
        return [_nothing() if each.key is None else getattr(nodes.get(each.key), "title", hidden) for each in groups]
    return [_name(field, by, per, group.key) for group in groups]


def _name(field: Field, by: str, per: str | None, key: Any) -> str:
    if key is None:
        return _nothing()
    if by == "kind":
        return _(kind_of(key).plural)
    if field.type_name in ("date", "date-time"):
        if per != "month":
            return str(key)
        return format_date(dt.date(key // 100, key % 100, 1), "MMM y", locale=reader().locale)
    return field.to_text(key)


def _nothing() -> str:
    return _("Not given")
