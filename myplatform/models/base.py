"""Declarative base, the naming of constraints, and column types that mean the same on both databases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

LARGEST_ID = (1 << 63) - 1
"""The last number that a column of ids can hold."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class _NaiveUTC(TypeDecorator[dt.datetime]):
    """SQLite keeps no time zone: store UTC without one, give it back with one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=dt.UTC) if value else None


Identifier = BigInteger().with_variant(Integer, "sqlite")
"""Row ids: SQLite only counts up by itself in a column of type INTEGER."""

Timestamp = DateTime(timezone=True).with_variant(_NaiveUTC(), "sqlite")
"""A moment, always UTC and aware in Python."""

class _Cents(TypeDecorator[Decimal]):
    """SQLite has no exact fractions: an amount is kept as a whole number of hundredths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value.scaleb(2))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value).scaleb(-2)


Amount = Numeric(16, 2).with_variant(_Cents(), "sqlite")
"""An exact amount with two decimals."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A value as JSON; None is the database's own null, so that it is found as missing."""

OrderedText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by code point on both databases, so that prefix ranges and sort keys agree."""


def node_key() -> Column[int]:
    """The primary key, or its first part, of what belongs to a node and goes with it."""
    goes_along = ForeignKey("nodes.id", ondelete="CASCADE")
    return Column("node_id", Identifier, goes_along, primary_key=True, autoincrement=False)


class Base(DeclarativeBase):
    """All tables of the site, built-in kinds' included."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {str: Text(), int: Identifier, dt.datetime: Timestamp, dict[str, Any]: Json}  # noqa: RUF012


class current_transaction_number(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it stands for
    """Number of the running transaction: the order in which the change feed may be read without gaps.

    PostgreSQL numbers writing transactions, from the start again where a database is restored elsewhere:
    `transaction_number_offset()`, which `migrating.py` keeps, makes up for that. SQLite has one writer at a time,
    whose row ids already are in commit order, so 0 serves.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(current_transaction_number)
def _always_zero(element: Any, compiler: Any, **kw: Any) -> str:  # noqa: ARG001
    return "0"


@compiles(current_transaction_number, "postgresql")
def _postgresql_transaction(element: Any, compiler: Any, **kw: Any) -> str:  # noqa: ARG001
    return "(CAST(CAST(pg_current_xact_id() AS text) AS bigint) + transaction_number_offset())"


def utc_now() -> dt.datetime:
    """The current moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)
