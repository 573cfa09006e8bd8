"""Employees: found by name, with those around them, what they wrote, who is new; as far as the asker may see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..content.people import Employee
from ..identity import Identity
from ..models import is_live
from ..models.node import NODES
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

EMPLOYEES = Employee.table
assert EMPLOYEES is not None
NEAR_LIMIT = 200
HIGHEST = 30
"""Levels of managers followed upwards; also what ends a circle."""
CARD_FIELDS = ("job_title", "department", "location", "email", "phone", "photo", "pronouns", "absent_until")
"""The fields that a person's card shows."""

PersonRow = Row[Any]
"""A person as cards and lines show them: id, path, title (the name), manager, hire_date, birthday, CARD_FIELDS."""


@dataclass(frozen=True)
class Around:
    """Who works with a person: their reports, and those with the same manager, each by name."""

    reports: list[PersonRow]
    mates: list[PersonRow]


def people_around(db: Session, asker: Identity, employee_id: int, manager_id: int | None) -> Around:
    """Reports and team mates of a person, in one statement."""
    is_near = EMPLOYEES.c.manager == employee_id
    if manager_id is not None:
        is_near = or_(is_near, and_(EMPLOYEES.c.manager == manager_id, NODES.c.id != employee_id))
    order = (EMPLOYEES.c.manager != employee_id, NODES.c.sort_title, NODES.c.id)
    rows = list(db.execute(_people(asker).where(is_near).order_by(*order).limit(2 * NEAR_LIMIT)))
    reports = [row for row in rows if row.manager == employee_id]
    return Around(reports[:NEAR_LIMIT], [row for row in rows if row.manager != employee_id][:NEAR_LIMIT])


def managers_above(db: Session, asker: Identity, manager_id: int | None) -> list[PersonRow]:
    """The manager with this id and those above, the highest first; it ends at one whom the asker may not see."""
    if manager_id is None:
        return []
    start = select(EMPLOYEES.c.node_id, EMPLOYEES.c.manager, literal(0).label("level"))
    above = start.where(EMPLOYEES.c.node_id == manager_id).cte("above", recursive=True)
    next_up = EMPLOYEES.alias("next_up")
    step = select(next_up.c.node_id, next_up.c.manager, above.c.level + 1)
    above = above.union_all(step.join(above, next_up.c.node_id == above.c.manager).where(above.c.level < HIGHEST))
    rows = db.execute(_people(asker).join(above, above.c.node_id == NODES.c.id).order_by(above.c.level))
    found = {row.id: row for row in reversed(list(rows))}
    chain: list[PersonRow] = []
    current: int | None = manager_id
    while current in found:
        chain.append(found.pop(current))
        current = chain[-1].manager
    return chain[::-1]


def people_called(db: Session, asker: Identity, words: str) -> list[PersonRow]:
    """The people with exactly this name, whatever its case, or this e-mail address."""
    called = or_(NODES.c.sort_title == sort_key(words), func.lower(EMPLOYEES.c.email) == words.lower())
    return list(db.execute(_people(asker).where(called).order_by(NODES.c.id).limit(10)))


def people_names(db: Session, asker: Identity, limit: int) -> list[PersonRow]:
    """People in the order of their names, to suggest."""
    return list(db.execute(_people(asker).order_by(NODES.c.sort_title, NODES.c.id).limit(limit)))


def pages_written(db: Session, asker: Identity, user_name: str, limit: int) -> list[NodeRow]:
    """The pages that a user made or was the last to change, those changed last first, as the asker may see them."""
    pages = select(NODES.c.id).where(NODES.c.kind == "page", is_live(), may(asker)).order_by(*_LATEST).limit(limit)
    parts = (pages.where(column == user_name).subquery() for column in (NODES.c.created_by, NODES.c.modified_by))
    ids = union_all(*(select(part) for part in parts)).subquery()
    found = select(*NODE_COLUMNS).where(NODES.c.id.in_(select(ids.c.id)))
    return list(db.execute(found.order_by(*_LATEST).limit(limit)))


_LATEST = (NODES.c.modified_at.desc(), NODES.c.id.desc())


def upcoming_birthdays(db: Session, asker: Identity, today: dt.date, days: int) -> list[PersonRow]:
    """People whose birthday is today or on one of the next `days` days (at most 366), the next first.

    The caller knows whether the site shows birthdays. Who was born on 29 February has the 28th in other years.
    """
    place: dict[str, int] = {}
    for number in range(min(days, 366) + 1):
        day = today + dt.timedelta(days=number)
        place.setdefault(f"{day:%m-%d}", number)
        if (day + dt.timedelta(days=1)).month == 3 and day.day == 28:
            place.setdefault("02-29", number)
    rows = db.execute(_people(asker).where(EMPLOYEES.c.birthday.in_(place)))
    return sorted(rows, key=lambda row: (place[row.birthday], sort_key(row.title)))


def new_colleagues(db: Session, asker: Identity, since: dt.date, limit: int) -> list[PersonRow]:
    """People hired on `since` or later, the latest first; whose first day is still to come are among them."""
    hired = _people(asker).where(EMPLOYEES.c.hire_date >= since)
    return list(db.execute(hired.order_by(EMPLOYEES.c.hire_date.desc(), NODES.c.sort_title, NODES.c.id).limit(limit)))


def _people(asker: Identity) -> Select[Any]:
    assert EMPLOYEES is not None
    named = (EMPLOYEES.c.manager, EMPLOYEES.c.hire_date, EMPLOYEES.c.birthday)
    columns = (NODES.c.id, NODES.c.path, NODES.c.title, *named, *(EMPLOYEES.c[name] for name in CARD_FIELDS))
    return select(*columns).join(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id).where(is_live(), may(asker))
