"""What administrators set in the browser, such as the site's name and logo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "site_values",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "value", JSON, nullable=False, comment='{"is": …}, since SQLite makes numbers of JSON that is one'
        ),
        sa.Column("stamp", sa.Text(), nullable=False, comment="when it was written, then something random"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_values")),
    )
