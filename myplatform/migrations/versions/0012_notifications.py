"""What people are told, and how."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_users")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def _node(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_node_id_nodes")
    return sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=True),
        sa.Column("comment_id", IDENTIFIER, nullable=True, comment="the comment it is about; it may be gone"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="name of a user; empty: the site itself"),
        sa.Column("times", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("mailed_at", MOMENT, nullable=True, comment="when mail began to be sent, or was not wanted"),
        _user("notifications"),
        _node("notifications"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notifications_user_id_key")),
    )
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"])
    op.create_index("ix_notifications_user_id_read_at", "notifications", ["user_id", "read_at"])
    op.create_index("ix_notifications_mailed_at", "notifications", ["mailed_at"])
    op.create_index(op.f("ix_notifications_node_id"), "notifications", ["node_id"])
    op.create_table(
        "place_levels",
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("level", sa.Text(), nullable=False, comment="mentions or none"),
        _user("place_levels"),
        _node("place_levels"),
        sa.PrimaryKeyConstraint("user_id", "node_id", name=op.f("pk_place_levels")),
    )
    op.create_index(op.f("ix_place_levels_node_id"), "place_levels", ["node_id"])
    op.create_table(
        "notification_choices",
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("mail", sa.Text(), nullable=True, comment="at-once, daily or none; null: as the site says"),
        sa.Column("stop_secret", sa.Text(), nullable=False, comment="ends the mail of this person, and nothing else"),
        sa.Column("digest_at", MOMENT, nullable=True, comment="when the last daily mail was made"),
        _user("notification_choices"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_choices")),
        sa.UniqueConstraint("stop_secret", name=op.f("uq_notification_choices_stop_secret")),
    )
    op.create_table(
        "feed_readers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transaction_number", IDENTIFIER, nullable=False),
        sa.Column("change_id", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed_readers")),
    )
