"""The full-text index: a tsvector column on PostgreSQL, an FTS5 table on SQLite, one row per live node."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Column, ForeignKey, Index, Table, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR

from .base import Base, Identifier

SearchDocument = Table(
    "search_documents",
    Base.metadata,
    Column("node_id", Identifier, ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("document", TSVECTOR().with_variant(Text(), "sqlite"), comment="unused on SQLite, where FTS5 indexes"),
)
Index(
    "ix_search_documents_document",
    SearchDocument.c.document,
    postgresql_using="gin",
).ddl_if(dialect="postgresql")

FTS_TABLE = "search_fts"

CREATE_FTS = f"""CREATE VIRTUAL TABLE IF NOT EXISTS {FTS_TABLE} USING fts5(
    title, body, content='search_documents', content_rowid='node_id', tokenize="porter unicode61 remove_diacritics 2")"""

FTS_TRIGGERS = (
    f"""CREATE TRIGGER IF NOT EXISTS search_documents_inserted AFTER INSERT ON search_documents BEGIN
    INSERT INTO {FTS_TABLE}(rowid, title, body) VALUES (new.node_id, new.title, new.body); END""",
    f"""CREATE TRIGGER IF NOT EXISTS search_documents_deleted AFTER DELETE ON search_documents BEGIN
    INSERT INTO {FTS_TABLE}({FTS_TABLE}, rowid, title, body) VALUES ('delete', old.node_id, old.title, old.body); END""",
    f"""CREATE TRIGGER IF NOT EXISTS search_documents_updated AFTER UPDATE ON search_documents BEGIN
    INSERT INTO {FTS_TABLE}({FTS_TABLE}, rowid, title, body) VALUES ('delete', old.node_id, old.title, old.body);
    INSERT INTO {FTS_TABLE}(rowid, title, body) VALUES (new.node_id, new.title, new.body); END""",
)
"""FTS5 with external content keeps no second copy of the texts; the triggers hold both in step."""


def _create_fts(target: Any, connection: Any, **kw: Any) -> None:  # noqa: ARG001
    if connection.dialect.name == "sqlite":
        for statement in (CREATE_FTS, *FTS_TRIGGERS):
            connection.execute(DDL(statement.replace("%", "%%")))


event.listen(SearchDocument, "after_create", _create_fts)
