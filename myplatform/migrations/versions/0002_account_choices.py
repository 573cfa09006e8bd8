"""What people choose for themselves: language and time zone; and which entry of the directory they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHOSEN = "as chosen by the person; null: as the browser says"


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.Text(), comment=CHOSEN))
    op.add_column("users", sa.Column("time_zone", sa.Text(), comment=CHOSEN))
    op.create_table(
        "own_entries",
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("employee_id", IDENTIFIER, nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["nodes.id"], name=op.f("fk_own_entries_employee_id_nodes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_own_entries_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_own_entries")),
        sa.UniqueConstraint("employee_id", name=op.f("uq_own_entries_employee_id")),
    )
