"""What the people directory keeps of each person, and what is quick to find by who wrote it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ORDERED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WORDS = ("pronouns", "skills", "working_hours", "absence_note", "birthday")


def upgrade() -> None:
    for name in WORDS:
        op.add_column("employees", sa.Column(name, ORDERED_TEXT, nullable=True))
    op.add_column("employees", sa.Column("absent_until", sa.Date(), nullable=True))
    op.create_index(op.f("ix_employees_job_title"), "employees", ["job_title"], unique=False)
    op.create_index(op.f("ix_employees_hire_date"), "employees", ["hire_date"], unique=False)
    op.create_index("ix_nodes_created_by", "nodes", ["created_by", "modified_at"], unique=False)
