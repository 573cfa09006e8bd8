"""Prepared statements: the same rows, events and errors as through SQLAlchemy."""

from dataclasses import replace

import pytest
from sqlalchemy import bindparam, event, func, literal, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import EffectiveGrant
from myplatform.models.node import NODES
from myplatform.queries.children import items_of, parse_items
from myplatform.queries.navigation import navigation_rows
from myplatform.queries.nodes import lineage_of_path, node_by_id
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


def test_what_is_written_comes_back_where_that_is_asked(db, root):
    renaming = update(NODES).where(NODES.c.id == bindparam("of")).values(title=bindparam("new"), position=literal(7))
    telling = renaming.returning(NODES.c.title)
    assert Prepared(lambda _dialect: renaming).run(db, {"of": root.id, "new": "100% new"}) == []
    assert Prepared(lambda _dialect: telling).run(db, {"of": root.id, "new": "Newer"})[0].title == "Newer"
    assert db.execute(select(NODES.c.title, NODES.c.position).where(NODES.c.id == root.id)).one() == ("Newer", 7)


def test_words_of_the_statement_itself_are_written_as_they_are(db, root):
    words = "it's 100 % \\ %(of)s"
    said = select(literal(words).label("said"), literal(3).label("number")).where(NODES.c.id == bindparam("of"))
    assert Prepared(lambda _dialect: said).run(db, {"of": root.id})[0] == (words, 3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_keeps_the_plans_of_what_every_page_asks(db, root):
    def generic_plans():
        found = db.execute(text("SELECT statement, generic_plans FROM pg_prepared_statements"))
        return {row.statement: row.generic_plans for row in found}

    def ask(times):
        for _ in range(times):
            lineage_of_path(db, "/handbook/leave")
            navigation_rows(db, SYSTEM, [root.id])

    ask(12)
    before = generic_plans()
    ask(3)
    kept = [statement for statement, number in generic_plans().items() if number > before.get(statement, 0)]
    assert len([statement for statement in kept if "grant_principal" in statement or "is_directory" in statement]) == 2


def fill_unevenly(db, root, *, places, children):
    """Places with a grant and twenty pages each, and one with many; returns it."""
    row = db.execute(select(NODES).where(NODES.c.id == root.id)).one()._asdict()
    first = root.id + 1

    def node(node_id, parent, access_id, kind):
        title = f"{kind} {node_id}"
        more = {"ancestry": f"{parent['ancestry']}{parent['id']}/", "path": f"/{node_id}", "slug": str(node_id)}
        named = {"title": title, "sort_title": title, "kind": kind, "access_id": access_id}
        return {**row, **more, **named, "id": node_id, "parent_id": parent["id"]}

    folders = [node(number, row, number, "folder") for number in range(first, first + places)]
    parents = folders[1:] * 20 + [folders[0]] * children
    pages = [node(first + places + n, each, each["access_id"], "page") for n, each in enumerate(parents)]
    db.execute(NODES.insert(), folders + pages)
    granted = [{"access_id": each["id"], "principal": f"group:{each['id'] % 10}", "role": "reader"} for each in folders]
    db.execute(EffectiveGrant.__table__.insert(), granted)
    db.execute(text("ANALYZE nodes, effective_grants"))
    return node_by_id(db, first)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_large_place_among_small_ones_is_listed_in_the_order_of_an_index(db, root, statements):
    place = fill_unevenly(db, root, places=100, children=3000)
    reader = replace(SYSTEM, principals=tuple(f"group:{number}" for number in (place.id % 10, 10, 11)))
    query = parse_items(kind_named("folder"), [("sort", "title")])
    statements.clear()
    page = items_of(db, reader, place, query)
    assert len(page.rows) == 100
    asked = statements[0].replace("%(place_id)s", "$1").replace("%(principals)s", "$2")
    run = db.connection().exec_driver_sql
    run("SET LOCAL plan_cache_mode = force_generic_plan")
    run(f"PREPARE listing AS {asked}")
    principals = ", ".join(f"'{each}'" for each in reader.principals)
    plan = "\n".join(run(f"EXPLAIN EXECUTE listing ({place.id}, ARRAY[{principals}])").scalars())
    run("DEALLOCATE listing")
    assert "ix_nodes_children_by_title" in plan, plan
    assert "Sort" not in plan, plan


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
