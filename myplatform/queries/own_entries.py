"""Which account is which entry of a people directory, and which could be, by their e-mail addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ..content.people import Employee
from ..identity import Identity
from ..models import Change, OwnEntry, User, is_live
from ..models.node import NODES
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

EMPLOYEES = Employee.table
OFFERED = 5
"""Matches offered on one page."""


@dataclass(frozen=True)
class Match:
    """An account and an entry with the same e-mail address; `is_own_word`: the account's owner gave it themselves."""

    user: User
    entry: NodeRow
    is_own_word: bool


def entry_of_user(db: Session, asker: Identity, user: User) -> NodeRow | None:
    """The live entry that the user is, if the asker may see it."""
    found = select(*NODE_COLUMNS).join(OwnEntry, OwnEntry.employee_id == NODES.c.id).where(OwnEntry.user_id == user.id)
    return db.execute(found.where(is_live(), may(asker))).one_or_none()


def user_of_entry(db: Session, employee_id: int) -> User | None:
    """The user who is this entry, enabled or not."""
    linked = select(OwnEntry.user_id).where(OwnEntry.employee_id == employee_id)
    return db.scalar(select(User).where(User.id.in_(linked)))


def matches_of_user(db: Session, asker: Identity, user: User) -> list[Match]:
    """The entries nobody is yet that have the user's e-mail address."""
    return _matches(db, _pairs(asker).where(User.id == user.id).limit(OFFERED))


def matches_of_entry(db: Session, asker: Identity, employee_id: int) -> list[Match]:
    """The users without an entry that have this entry's e-mail address."""
    return _matches(db, _pairs(asker).where(NODES.c.id == employee_id).limit(OFFERED))


def all_matches(db: Session, asker: Identity) -> list[Match]:
    """All accounts and entries that are linked to none and have the same e-mail address, by user name."""
    return _matches(db, _pairs(asker).order_by(User.name, NODES.c.id))


def _pairs(asker: Identity) -> Select[Any]:
    assert EMPLOYEES is not None
    return (
        select(User, *NODE_COLUMNS)
        .join(EMPLOYEES, func.lower(EMPLOYEES.c.email) == func.lower(User.email))
        .join(NODES, NODES.c.id == EMPLOYEES.c.node_id)
        .where(is_live(), may(asker), User.disabled_at.is_(None))
        .where(User.id.not_in(select(OwnEntry.user_id)), NODES.c.id.not_in(select(OwnEntry.employee_id)))
    )


def _matches(db: Session, pairs: Select[Any]) -> list[Match]:
    rows = db.execute(pairs).all()
    own_words = _own_words(db, {row.User.name for row in rows})
    return [Match(row.User, row, row.User.name in own_words) for row in rows]


def _own_words(db: Session, names: set[str]) -> set[str]:
    """Those of the users who were the last to set their own e-mail address."""
    if not names:
        return set()
    subjects = [f"user:{name}" for name in names]
    changes = select(Change.actor, Change.subject, Change.values).where(Change.subject.in_(subjects))
    last: dict[str, str] = {}
    rows: list[Row[Any]] = list(db.execute(changes.where(Change.node_id.is_(None)).order_by(Change.id)))
    for row in rows:
        if "email" in row.values:
            last[row.subject] = row.actor
    return {name for name in names if last.get(f"user:{name}") == name}
