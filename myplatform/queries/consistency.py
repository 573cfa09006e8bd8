"""What must hold of the data, each as one invariant with a stable id; statements that give back only what breaks it.

An invariant is a function of a session, best one that stands on a snapshot; its faults come one by one, in bounded
memory whatever the size of the site. What is derived from texts is compared by `actions/derived.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

BATCH = 1000
"""Rows that are held in memory at once."""


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it must be: what, and at which node, row or content; `node_id` where it is a node."""

    what: str
    where: str
    node_id: int | None = None


@dataclass(frozen=True)
class Invariant:
    """What must hold, how to mend it where it does not, and what finds the faults."""

    id: str
    title: str
    mend: str
    faults: Callable[[Session], Iterator[Fault]]


def rows_of(db: Session, statement: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a statement, some at a time."""
    yield from db.execute(statement, execution_options={"yield_per": BATCH})


def node_place(row: Any) -> str:
    """How a fault names a node: its id, and its path as it is stored."""
    return f"node {row.id} {row.path}"
