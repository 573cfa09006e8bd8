"""Totals over many rows, kept in the process for as long as nothing on the site changes.

The statement that says who is asking also says which change was committed last: the *generation*. What was counted is
kept under it and under the access roots that the asker may view, so that all who see the same share it. Whatever alters
a node, a grant, a group or a user records a change in its own transaction, so the first request that begins after it,
in whichever process, asks by another generation and counts anew.

A generation names one state of the site only once no older transaction can still be committed behind it. While one
runs, nothing is kept; what was kept under the same generation before is still right, as that transaction was not
running then, and will bring a higher number.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache
from sqlalchemy import ColumnElement, Text, literal_column, select
from sqlalchemy.orm import Session

from ..identity import Identity
from ..models import EffectiveGrant
from ..permissions import Permission, roles_with
from .prepared import Prepared, among

MOST = 5000
"""Answers kept in one process."""
SECONDS = 60
"""How long one is kept at most: for what is written past the actions, by hand in the database."""
MOST_ROOTS = 2000
"""Whoever may view more access roots than this counts each time."""
STATE = "kept answers"
"""Key of a session's `info`; only sessions that read, and from the primary database, have it."""

EFFECTIVE = EffectiveGrant.__table__

_NEWEST = {
    "sqlite": "SELECT '1 ' || id || ' ' || at FROM changes ORDER BY id DESC LIMIT 1",
    "postgresql": (
        "SELECT CASE WHEN transaction_number < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
        " + transaction_number_offset() THEN '1' ELSE '0' END || concat(' ', transaction_number, ' ', id, ' ', at)"
        " FROM changes ORDER BY transaction_number DESC, id DESC LIMIT 1"
    ),
}


def newest_change(dialect: str) -> ColumnElement[str | None]:
    """As a column of any statement: the newest change, behind a 1 if none can be committed before it any more.

    Its moment tells apart what has the same numbers, as after the loss of a primary whose last changes were lost too.
    """
    return literal_column(f"({_NEWEST[dialect]})", Text).label("newest_change")


_ROOTS = Prepared(
    lambda dialect: (
        select(EFFECTIVE.c.access_id)
        .where(
            among(EFFECTIVE.c.principal, "principals", dialect),
            EFFECTIVE.c.role.in_([literal_column(f"'{role.value}'") for role in roles_with(Permission.VIEW)]),
        )
        .distinct()
        .limit(MOST_ROOTS + 1)
    )
)


class Answers:
    """What one process keeps, for all its threads."""

    def __init__(self) -> None:
        self._known: TTLCache[Hashable, Any] = TTLCache(MOST, SECONDS)
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What is kept, or None."""
        with self._lock:
            return self._known.get(key)

    def set(self, key: Hashable, value: Any) -> None:
        """Keep a value that is never altered."""
        with self._lock:
            self._known[key] = value


@dataclass(frozen=True)
class _State:
    answers: Answers
    generation: str
    is_settled: bool


@dataclass(frozen=True)
class Kept:
    """One answer: `known`, or None where it has to be worked out, which `keep` then keeps if it can be."""

    known: Any = None
    state: _State | None = None
    key: Hashable = None

    def keep(self, value: Any) -> Any:
        """Keep what was worked out, where nothing can change it unseen; returns it."""
        if self.state is not None and self.state.is_settled:
            self.state.answers.set(self.key, value)
        return value


NOTHING = Kept()


def begin_keeping(db: Session, answers: Answers, newest_change: str | None) -> None:
    """Let what is counted in a session that only reads be kept; `newest_change` was read before anything else is."""
    if newest_change is not None:
        is_settled, _, generation = newest_change.partition(" ")
        db.info[STATE] = _State(answers, generation, is_settled == "1")


def kept_for(db: Session, asker: Identity, *about: Hashable) -> Kept:
    """What is kept of a question that the access roots an asker may view decide, together with `about`.

    One statement at an asker's first question of a generation.
    """
    state: _State | None = db.info.get(STATE)
    if state is None or asker.seen_as is not None or not asker.scope_allows(Permission.VIEW):
        return NOTHING
    roots = _roots(db, asker, state)
    if roots is None:
        return NOTHING
    key = (state.generation, roots, about)
    return Kept(state.answers.get(key), state, key)


def _roots(db: Session, asker: Identity, state: _State) -> frozenset[int] | None:
    """The access roots that the asker may view; None where there are too many."""
    key = (state.generation, asker.principals)
    kept = Kept(state.answers.get(key), state, key)
    if kept.known is not None:
        return kept.known[0]
    rows = _ROOTS.run(db, {"principals": list(asker.principals)})
    roots = frozenset(row.access_id for row in rows) if len(rows) <= MOST_ROOTS else None
    return kept.keep((roots,))[0]
