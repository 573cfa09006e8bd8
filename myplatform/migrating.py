"""Brings the schema up to date: the site's own migrations, then what plug-ins' kinds need."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from .content import BUILT_IN
from .kinds import all_kinds

LOCK = 4_739_021_558
"""Number of the advisory lock that lets one process at a time change the schema."""


def alembic_config() -> Config:
    """Alembic's configuration, made here so that an installed package needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision() -> str:
    """The revision that the code expects."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_up_to_date(engine: Engine) -> bool:
    """Whether database and code agree."""
    return current_revision(engine) == head_revision()


def upgrade(engine: Engine) -> bool:
    """Bring the schema up to date and say whether anything was to be done; one process at a time does it."""
    with _alone(engine) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        config = alembic_config()
        config.attributes["connection"] = connection
        if before != head_revision():
            command.upgrade(config, "head")
        added = add_plug_in_tables(connection)
        _forget_foreign_transaction_numbers(connection)
        return bool(added) or before != head_revision()


def plan(engine: Engine) -> str:
    """The SQL that `upgrade` would run for the site's own migrations."""
    current = current_revision(engine)
    if current == head_revision():
        return ""
    output = io.StringIO()
    config = alembic_config()
    config.output_buffer = output
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    command.upgrade(config, f"{current or 'base'}:head", sql=True)
    return output.getvalue()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def add_plug_in_tables(connection: Connection) -> list[str]:
    """Create the tables of plug-ins' kinds and the columns that their fields gained; nothing is ever dropped."""
    inspector = inspect(connection)
    existing = set(inspector.get_table_names())
    operations = Operations(MigrationContext.configure(connection))
    added = []
    for kind in all_kinds():
        if kind in BUILT_IN or kind.table is None:
            continue
        if kind.table.name not in existing:
            kind.table.create(connection)
            added.append(kind.table.name)
            continue
        present = {column["name"] for column in inspector.get_columns(kind.table.name)}
        for column in kind.table.columns:
            if column.name not in present:
                operations.add_column(kind.table.name, column.copy())
                added.append(f"{kind.table.name}.{column.name}")
    return added


def _forget_foreign_transaction_numbers(connection: Connection) -> None:
    """A database restored from a dump counts transactions anew: changes of the old count become its oldest."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "UPDATE changes SET transaction_number = 0 "
                "WHERE transaction_number > CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
            )
        )
