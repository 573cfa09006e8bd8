"""Employees by name, and who reports to whom, as far as the asker may see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..content.people import Employee
from ..identity import Identity
from ..models import Node, is_live
from .visibility import may

NODES = Node.__table__
EMPLOYEES = Employee.table
REPORTS_LIMIT = 200

PersonRow = Row[Any]
"""A person: id, path, title (the name), e-mail and job title."""


def reports_of(db: Session, asker: Identity, employee_id: int) -> list[PersonRow]:
    """The people whose manager this is, by name."""
    statement = _people(asker).where(EMPLOYEES.c.manager == employee_id).order_by(NODES.c.sort_title, NODES.c.id)
    return list(db.execute(statement.limit(REPORTS_LIMIT)))


def people_called(db: Session, asker: Identity, words: str) -> list[PersonRow]:
    """The people with exactly this name, whatever its case, or this e-mail address."""
    called = or_(NODES.c.sort_title == sort_key(words), func.lower(EMPLOYEES.c.email) == words.lower())
    return list(db.execute(_people(asker).where(called).order_by(NODES.c.id).limit(10)))


def people_names(db: Session, asker: Identity, limit: int) -> list[PersonRow]:
    """People in the order of their names, to suggest."""
    return list(db.execute(_people(asker).order_by(NODES.c.sort_title, NODES.c.id).limit(limit)))


def _people(asker: Identity) -> Any:
    columns = (NODES.c.id, NODES.c.path, NODES.c.title, EMPLOYEES.c.email, EMPLOYEES.c.job_title)
    return (
        select(*columns).join(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id).where(is_live(), may(asker))
    )
