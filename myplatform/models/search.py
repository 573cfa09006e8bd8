"""The full-text index, a tsvector column on PostgreSQL and an FTS5 table on SQLite, and the words to find by typing."""

from __future__ import annotations

from sqlalchemy import Column, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from .base import Base, OrderedText, node_key

SearchDocument = Table(
    "search_documents",
    Base.metadata,
    node_key(),
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

IN_TITLE, IN_DETAILS, IN_HEADINGS = 0, 1, 2
"""Where a word stands: in the title, in a field that a node is found by, in a heading of its text."""

SearchWord = Table(
    "search_words",
    Base.metadata,
    node_key(),
    Column("word", OrderedText, primary_key=True, comment="without accents and case"),
    Column("source", SmallInteger, nullable=False, comment="0 title, 1 details, 2 headings"),
    Index("ix_search_words_source", "source", "word", "node_id"),
    sqlite_with_rowid=False,
)
"""The words of titles, of what people are found by and of headings: for finding as one types, and for spelling help."""

TRIGRAM_INDEX = "ix_search_words_trigrams"
"""The index of similar words that migrations create on PostgreSQL where the extension pg_trgm can be had."""
