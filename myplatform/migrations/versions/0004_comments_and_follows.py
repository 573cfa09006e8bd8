"""Comments and who is named in them, what people follow, and an index for what somebody worked on last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_comments()
    _create_mentions()
    op.create_table(
        "follows",
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_follows_node_id_nodes"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follows_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "node_id", name=op.f("pk_follows")),
    )
    op.create_index("ix_follows_node_id", "follows", ["node_id"])
    op.create_index("ix_nodes_modified_by_modified_at", "nodes", ["modified_by", "modified_at"])


def _create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("thread_id", IDENTIFIER, nullable=True),
        sa.Column("author", sa.Text(), nullable=False, comment="name of a user"),
        sa.Column("body", sa.Text(), nullable=False, comment="Markdown"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("edited_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_comments_node_id_nodes"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["comments.id"], name=op.f("fk_comments_thread_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_node_id_id", "comments", ["node_id", "id"])
    op.create_index("ix_comments_thread_id", "comments", ["thread_id"])


def _create_mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("comment_id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_mentions_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name=op.f("pk_mentions")),
    )
    op.create_index("ix_mentions_user_id", "mentions", ["user_id"])
