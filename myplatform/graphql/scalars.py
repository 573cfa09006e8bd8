"""Types of single values: what a field's `graphql_type` names, written in answers as REST writes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
)


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


DATE_TIME = GraphQLScalarType("DateTime", serialize=_moment, description="A moment as ISO 8601 writes it, in UTC.")
DATE = GraphQLScalarType("Date", serialize=dt.date.isoformat, description="A day, such as 2026-03-31.")
LONG = GraphQLScalarType("Long", serialize=int, description="A whole number of at most 53 bits.")
DECIMAL = GraphQLScalarType("Decimal", serialize=str, description="An exact amount as text, such as 12.50.")

VALUE_TYPES: dict[str, GraphQLOutputType] = {
    "String": GraphQLString,
    "Boolean": GraphQLBoolean,
    "Float": GraphQLFloat,
    "Long": LONG,
    "Decimal": DECIMAL,
    "Date": DATE,
    "DateTime": DATE_TIME,
    "[String!]": GraphQLList(GraphQLNonNull(GraphQLString)),
}
"""What `Field.graphql_type` can name, besides "Node"."""


def required(type_: Any) -> Any:
    """The type of a value that is never null."""
    return GraphQLNonNull(type_)


def many(type_: Any) -> Any:
    """The type of a list that is never null and has no nulls in it."""
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(type_)))
