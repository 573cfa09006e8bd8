"""Which texts link where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from myplatform.markup import internal_targets, normalise_target

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOLDERS = ("folders", "pages", "people_directories")
"""Tables with a text called body."""
ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    references = op.create_table(
        "text_references",
        sa.Column("source_id", IDENTIFIER, nullable=False),
        sa.Column("target", ORDERED, nullable=False),
        sa.Column(
            "is_relative",
            sa.Boolean(),
            nullable=False,
            comment="written relative to where the text stands: it moves along",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["nodes.id"], name=op.f("fk_text_references_source_id_nodes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "target", name=op.f("pk_text_references")),
    )
    op.create_index(op.f("ix_text_references_target"), "text_references", ["target"])
    if not op.get_context().as_sql:  # a plan can write down no texts that it has not seen
        for table in HOLDERS:
            _read_texts(table, references)


def _read_texts(table: str, references: sa.Table) -> None:
    """Note what the texts of a table link to; a relative link starts from the folder that the text stands in."""
    nodes = sa.table("nodes", sa.column("id"), sa.column("path"))
    holders = sa.table(table, sa.column("node_id"), sa.column("body"))
    texts = sa.select(nodes.c.id, nodes.c.path, holders.c.body).join(holders, holders.c.node_id == nodes.c.id)
    texts = texts.where(holders.c.body.is_not(None))
    for node_id, path, body in op.get_bind().execute(texts).all():
        base = (path.rpartition("/")[0] or "/") if table == "pages" else path
        found: dict[str, bool] = {}
        for each in internal_targets(body):
            target = normalise_target(each.target, base)
            if target is not None:
                name = target if isinstance(target, str) else f"/-/id/{target}"
                is_relative = isinstance(target, str) and not each.target.startswith("/")
                found[name] = found.get(name, False) or is_relative
        rows = [{"source_id": node_id, "target": name, "is_relative": flag} for name, flag in found.items()]
        if rows:
            op.bulk_insert(references, rows)
