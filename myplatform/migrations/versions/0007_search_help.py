"""The words by which nodes are found as one types and misspelt ones are mended, and what a person changed last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

TRIGRAMS = """DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX ix_search_words_trigrams ON search_words USING gin (word gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE USING MESSAGE = 'Spelling help goes without pg_trgm: ' || SQLERRM;
END $$"""


def upgrade() -> None:
    op.create_table(
        "search_words",
        sa.Column("node_id", IDENTIFIER, autoincrement=False, nullable=False),
        sa.Column("word", ORDERED_TEXT, nullable=False, comment="without accents and case"),
        sa.Column("source", sa.SmallInteger(), nullable=False, comment="0 title, 1 details, 2 headings"),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.id"], name=op.f("fk_search_words_node_id_nodes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("node_id", "word", name=op.f("pk_search_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_words_source", "search_words", ["source", "word", "node_id"])
    live = sa.text("trash_id IS NULL")
    op.create_index(
        "ix_nodes_sort_title", "nodes", ["sort_title", "id"], sqlite_where=live, postgresql_where=live
    )
    op.create_index("ix_changes_actor", "changes", ["actor", "id"])
    if context.get_context().dialect.name == "postgresql":
        op.execute(TRIGRAMS)
