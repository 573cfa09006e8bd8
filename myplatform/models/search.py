"""The full-text index: a tsvector column on PostgreSQL, an FTS5 table on SQLite, one row per live node."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from .base import Base, Identifier

SearchDocument = Table(
    "search_documents",
    Base.metadata,
    Column(
        "node_id",
        Identifier,
        ForeignKey("nodes.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column(
        "document", TSVECTOR().with_variant(Text(), "sqlite"), comment="unused on SQLite, where FTS5 indexes"
    ),
)
Index(
    "ix_search_documents_document",
    SearchDocument.c.document,
    postgresql_using="gin",
).ddl_if(dialect="postgresql")

FTS_TABLE = "search_fts"
"""The FTS5 table that migrations create on SQLite beside triggers that keep it in step with the documents."""
