"""Fields marked `unique`: no two live nodes of the kind have the same value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import FieldError
from ..kinds import Kind
from ..languages import gettext as _
from ..languages import noun
from ..models import Node, is_live
from .locking import hold


def taken_values(
    db: Session, kind: type[Kind], node_id: int | None, given: Mapping[str, Any]
) -> list[FieldError]:
    """An error for each unique field whose given value another live node has; one statement for each such field."""
    errors = []
    for name, value in given.items():
        if value is None or not kind.fields[name].unique:
            continue
        table = kind.table
        assert table is not None
        hold(db, f"{table.name}.{name}={value}")
        statement = (
            select(table.c.node_id)
            .join(Node.__table__, Node.__table__.c.id == table.c.node_id)
            .where(table.c[name] == value, table.c.node_id != (node_id or 0), is_live())
        )
        if db.execute(statement).first() is not None:
            given = {"kind": noun(kind.label), "label": noun(kind.fields[name].label)}
            errors.append(FieldError(name, _("is taken: another %(kind)s has the same %(label)s", **given)))
    return errors
