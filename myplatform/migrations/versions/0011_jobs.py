"""Jobs, and who works on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("arguments", JSON, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False, comment="name of a user, or of the site itself"),
        sa.Column("scopes", sa.Text(), comment="of the token that asked; null: all that the user may"),
        sa.Column("unique_key", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_at", MOMENT, nullable=False, comment="not before"),
        sa.Column("hand_over_at", MOMENT, nullable=False, comment="when the sweep hands it over again"),
        sa.Column("attempts", IDENTIFIER, nullable=False),
        sa.Column("most_attempts", IDENTIFIER, nullable=False),
        sa.Column("lease", IDENTIFIER, nullable=False, comment="number of the newest lease"),
        sa.Column("leased_until", MOMENT),
        sa.Column("worker", sa.Text()),
        sa.Column("done", IDENTIFIER, nullable=False, comment="of `total`, how far it is"),
        sa.Column("total", IDENTIFIER, nullable=False),
        sa.Column("progress", sa.Text(), nullable=False, comment="what it is at, for people"),
        sa.Column("result", JSON),
        sa.Column("reason", sa.Text(), comment="why it failed, for people"),
        sa.Column("fault", sa.Text(), comment="the same for those who look after the site: no values"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("cancel_asked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_jobs_unique_key")),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "run_at"])
    op.create_index("ix_jobs_asked_by", "jobs", ["asked_by", "id"])
    op.create_table(
        "job_schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_schedules")),
    )
    op.create_table(
        "job_workers",
        sa.Column("name", sa.Text(), nullable=False, comment='"host:pid:random"'),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", IDENTIFIER, nullable=False),
        sa.Column("runs", sa.Text(), nullable=False, comment='"jobs", "schedules" or both'),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_workers")),
    )
