"""Drafts of texts, by when pages should be read again, templates, and notes on changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ORDERED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column(
            "place_id",
            IDENTIFIER,
            nullable=False,
            comment="the node that is edited, or the one that a new one is made in",
        ),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="kind of the new node; empty: the place itself is edited"
        ),
        sa.Column(
            "version", IDENTIFIER, nullable=False, comment="of the node that the edit began from; 0 for a new one"
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("uq_drafts_form", "drafts", ["user_id", "place_id", "kind"], unique=True)
    op.create_index("ix_drafts_user_saved_at", "drafts", ["user_id", "saved_at"])
    op.create_index("ix_drafts_saved_at", "drafts", ["saved_at"])
    # Both databases take a foreign key together with its column; SQLite takes none later.
    identifier = "INTEGER" if context.get_context().dialect.name == "sqlite" else "BIGINT"
    refers = "CONSTRAINT fk_pages_owner_nodes REFERENCES nodes (id) ON DELETE SET NULL"
    op.execute(f"ALTER TABLE pages ADD COLUMN owner {identifier} {refers}")
    op.add_column("pages", sa.Column("review_by", sa.Date()))
    op.add_column("pages", sa.Column("is_template", sa.Boolean()))
    op.add_column("pages", sa.Column("confirmed_on", sa.Date()))
    op.add_column("pages", sa.Column("confirmed_by", ORDERED_TEXT))
    for name in ("owner", "review_by", "is_template"):
        op.create_index(op.f(f"ix_pages_{name}"), "pages", [name])
    op.add_column("changes", sa.Column("note", sa.Text()))

