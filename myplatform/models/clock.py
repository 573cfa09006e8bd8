"""The clock that all machines of a site have in common: the database's."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from .base import Timestamp


class database_now(FunctionElement[dt.datetime]):  # noqa: N801 - reads as the SQL function it stands for
    """The moment by the clock of the database, some seconds from now: `database_now(30)`.

    Machines compare leases, sessions and the like by this one clock, however theirs run.
    """

    type = Timestamp
    inherit_cache = False  # the seconds are part of its text

    def __init__(self, seconds: float = 0.0):
        super().__init__()
        self.seconds = round(float(seconds), 3)


class database_ago(FunctionElement[dt.datetime]):  # noqa: N801 - the same
    """The moment so many seconds ago, which are bound as a value by this name when the statement is run."""

    type = Timestamp
    inherit_cache = True

    def __init__(self, name: str):
        super().__init__(bindparam(name, type_=Float))


def moment_of(db: Session) -> dt.datetime:
    """What time it is by the clock of the database. One statement."""
    return db.execute(select(database_now())).scalar_one()


@compiles(database_now)
def _now_on_sqlite(element: database_now, _compiler: Any, **_kw: Any) -> str:
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', '{element.seconds:+} seconds') || '000')"


@compiles(database_now, "postgresql")
def _now_on_postgresql(element: database_now, _compiler: Any, **_kw: Any) -> str:
    return f"(clock_timestamp() + interval '{element.seconds} seconds')"


@compiles(database_ago)
def _ago_on_sqlite(element: database_ago, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', (-{seconds}) || ' seconds') || '000')"


@compiles(database_ago, "postgresql")
def _ago_on_postgresql(element: database_ago, compiler: Any, **kw: Any) -> str:
    return f"(clock_timestamp() - make_interval(secs => {compiler.process(element.clauses, **kw)}))"
