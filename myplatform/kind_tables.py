"""Tables, columns and indexes that the kinds of plug-ins need and that a database lacks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, inspect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from .content import BUILT_IN
from .kinds import all_kinds


def missing_parts(connection: Connection) -> list[ExecutableDDLElement]:
    """What plug-ins' kinds lack in the database: tables, columns of fields that came later, indexes."""
    inspector = inspect(connection)
    existing = set(inspector.get_table_names())
    parts: list[ExecutableDDLElement] = []
    for kind in all_kinds():
        if kind in BUILT_IN or kind.table is None:
            continue
        present, indexed = set(), set()
        if kind.table.name in existing:
            present = {column["name"] for column in inspector.get_columns(kind.table.name)}
            indexed = {index["name"] for index in inspector.get_indexes(kind.table.name)}
            parts += [_AddColumn(column) for column in kind.table.columns if column.name not in present]
        else:
            parts.append(CreateTable(kind.table))
        indexes = sorted(kind.table.indexes, key=lambda index: str(index.name))
        parts += [CreateIndex(index) for index in indexes if index.name not in indexed]
    return parts


class _AddColumn(ExecutableDDLElement):
    """ALTER TABLE … ADD COLUMN with what the column refers to, which both databases take in one statement."""

    def __init__(self, column: Column[Any]):
        self.column = column


@compiles(_AddColumn)
def _add_column(element: _AddColumn, compiler: Any, **_: Any) -> str:
    column, quote = element.column, compiler.preparer
    words = f"ALTER TABLE {quote.format_table(column.table)} ADD COLUMN {compiler.get_column_specification(column)}"
    for key in column.foreign_keys:
        constraint = quote.format_constraint(key.constraint)
        target = f"{quote.format_table(key.column.table)} ({quote.format_column(key.column)})"
        words += f" CONSTRAINT {constraint} REFERENCES {target} ON DELETE {key.ondelete}"
    return words
