"""Uploads that can be taken up again, and the words inside files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file_texts",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_texts")),
    )
    op.create_table(
        "uploads",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("place_id", IDENTIFIER, nullable=False),
        sa.Column(
            "version", IDENTIFIER, comment="of the file that is replaced, as the sender saw it; null: a new file"
        ),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("length", IDENTIFIER, nullable=False, comment="bytes in all"),
        sa.Column("received", IDENTIFIER, nullable=False, comment="bytes so far"),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("node_id", IDENTIFIER, comment="the file that it became"),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.id"], name=op.f("fk_uploads_node_id_nodes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["nodes.id"], name=op.f("fk_uploads_place_id_nodes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"])
