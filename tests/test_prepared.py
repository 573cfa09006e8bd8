"""Prepared statements: the same rows, events and errors as through SQLAlchemy."""

import pytest
from sqlalchemy import bindparam, event, func, literal, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from myplatform.models.node import NODES
from myplatform.queries.prepared import Prepared, among

NAMES = Prepared(
    lambda dialect: select(NODES.c.title, NODES.c.created_at, literal("x").label("sign")).where(
        among(NODES.c.path, "paths", dialect), NODES.c.version == bindparam("version")
    )
)


def test_rows_have_their_columns_by_name_and_by_place(db, root):
    (row,) = NAMES.run(db, {"paths": ["/", "/nothing"], "version": 1})
    assert (row.title, row.sign, row[0]) == (root.title, "x", root.title)
    assert row.created_at == root.created_at
    assert NAMES.run(db, {"paths": [], "version": 1}) == []


def test_statements_are_counted_like_all_others(db, root, statements):
    statements.clear()
    NAMES.run(db, {"paths": ["/"], "version": 1})
    assert len(statements) == 1


def test_listeners_of_a_library_may_keep_something_on_the_context(db, root, engine):
    kept = []

    def before(_connection, _cursor, _statement, _parameters, context, _many):
        context.span = "begun"

    def after(_connection, _cursor, _statement, _parameters, context, _many):
        kept.append(context.span)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    NAMES.run(db, {"paths": ["/"], "version": 1})
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)
    assert kept == ["begun"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_statement_that_takes_too_long_fails_as_through_sqlalchemy(db):
    db.execute(text("SET LOCAL statement_timeout = '20ms'"))
    with pytest.raises(OperationalError, match="statement timeout"):
        Prepared(lambda _dialect: select(func.pg_sleep(30))).run(db, {})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_connection_is_given_up(db, engine):
    ended = Prepared(lambda _dialect: select(func.pg_terminate_backend(func.pg_backend_pid())))
    with pytest.raises(DBAPIError) as lost:
        ended.run(db, {})
    assert lost.value.connection_invalidated
    db.rollback()
    with engine.connect() as connection:
        assert connection.execute(select(literal(1))).scalar_one() == 1
