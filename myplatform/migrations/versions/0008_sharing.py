"""Requests for access, and looking at the site as somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("path", sa.Text(), nullable=False, comment="the address as it was asked for"),
        sa.Column("node_id", IDENTIFIER),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by", sa.Text()),
        sa.Column("role", sa.Text(), comment="what was granted; null with an answer: declined"),
        sa.Column("reply", sa.Text()),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.id"], name=op.f("fk_access_requests_node_id_nodes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_access_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    is_open = sa.text("answered_at IS NULL")
    op.create_index(
        "uq_access_requests_open",
        "access_requests",
        ["user_id", "path"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(op.f("ix_access_requests_node_id"), "access_requests", ["node_id"])
    seen_as = "the user as whom the site is shown, read-only"
    op.add_column("sessions", sa.Column("seen_as_id", IDENTIFIER, comment=seen_as))
    op.add_column("sessions", sa.Column("seen_as_until", MOMENT))
    op.add_column("sessions", sa.Column("seen_as_from", IDENTIFIER, comment="the node from which that began"))
