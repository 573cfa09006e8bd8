"""Figures over a list of nodes: how many, sum, average, least, most; in all or for each value of a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Row, cast, extract, func, literal_column, null
from sqlalchemy.orm import Session

from ..errors import BadQuery
from ..fields import Date, DateTime, Field, Money, Number
from ..fields.numbers import Integer as IntegerField
from ..identity import Identity
from ..languages import gettext as _
from .children import ItemQuery, collection_of, matching_items
from .listing import Column
from .nodes import NodeRow

FUNCTIONS = ("count", "sum", "average", "min", "max")
PERIODS = ("year", "month")
MOST_GROUPS = 500
"""Different values of a field that are told apart; the largest come first."""

Group = Row[Any]
"""`key`, None where the field is empty, and `value`."""


@dataclass(frozen=True)
class Measure:
    """What to find out: `function` of `field`, for each value of `by`, a date's `per` year or month."""

    function: str = "count"
    field: str | None = None
    by: str | None = None
    per: str | None = None


def figures(db: Session, asker: Identity, container: NodeRow, query: ItemQuery, measure: Measure) -> list[Group]:
    """The value for each group, largest first; one without a key where nothing is grouped. One statement.

    Only rows that the asker may see are counted. Raises `BadQuery` for fields that cannot be measured so.
    """
    columns = collection_of(query.kind).columns
    value = _value(columns, measure).label("value")
    key = _key(columns, measure)
    statement, values = matching_items(db, asker, container, query)
    statement = statement.with_only_columns(key.label("key"), value, maintain_column_froms=True)
    if measure.by is not None:
        statement = statement.group_by(key).order_by(value.desc().nulls_last(), key).limit(MOST_GROUPS)
    return list(db.execute(statement, values))


def measured_field(query: ItemQuery, name: str) -> Field:
    """The field of that name in the list. Raises `BadQuery`."""
    return _column(collection_of(query.kind).columns, name).field


def _column(columns: Any, name: str) -> Column:
    if name not in columns:
        names = ", ".join(sorted(columns))
        raise BadQuery(_("There is no field %(name)s here; there are %(names)s.", name=name, names=names), field=name)
    return columns[name]


def _value(columns: Any, measure: Measure) -> ColumnElement[Any]:
    if measure.function == "count" and measure.field is None:
        return func.count()
    if measure.field is None:
        raise BadQuery(_("Say which field: %(function)s needs one.", function=measure.function), field="field")
    column = _column(columns, measure.field)
    if measure.function == "count":
        return func.count(column.value)
    is_number = isinstance(column.field, IntegerField | Number | Money)
    if not is_number and not (measure.function in ("min", "max") and isinstance(column.field, Date | DateTime)):
        raise BadQuery(_("%(name)s is no number.", name=measure.field), field="field")
    if measure.function in ("min", "max"):
        return getattr(func, measure.function)(column.value)
    if measure.function == "sum":
        return func.sum(column.value)
    return func.avg(column.value, type_=column.value.type if isinstance(column.field, Money) else Float())


def _key(columns: Any, measure: Measure) -> ColumnElement[Any]:
    if measure.by is None:
        return null()
    column = _column(columns, measure.by)
    if not column.field.operators & {""}:
        raise BadQuery(_("%(name)s cannot be grouped by.", name=measure.by), field="by")
    if not isinstance(column.field, Date | DateTime):
        return column.value
    year = cast(extract("year", column.value), Integer)
    if measure.per == "month":
        return year * literal_column("100") + cast(extract("month", column.value), Integer)
    return year
