"""Alembic's entry: runs on the connection that `migrating.py` hands over, or prints SQL for a dialect."""

from __future__ import annotations

from alembic import context

import myplatform.content  # noqa: F401 - the built-in kinds define tables
from myplatform.models import Base

connection = context.config.attributes.get("connection")
if context.is_offline_mode():
    context.configure(url=context.config.attributes["url"], target_metadata=Base.metadata, literal_binds=True)
else:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
