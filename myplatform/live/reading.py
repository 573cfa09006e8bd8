"""One visit to the database for all sockets of a round; runs in a thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session, sessionmaker

from ..database import open_session
from ..identity import Identity
from ..models import utc_now
from ..queries.identities import identities_of_sessions, identities_of_tokens, identity_of_session, identity_of_token
from ..queries.live import (
    News,
    Place,
    Standing,
    changes_to_repeat,
    ids_at,
    newest_place,
    news_behind,
    owners_of_jobs,
    standing_of,
)
from ..queries.modes import Mode, modes
from ..queries.nodes import parent_path
from ..queries.visibility import viewers_at
from ..settings import Settings

NEWS_LIMIT = 1000
"""Changes of one round."""
REPEAT_LIMIT = 2000
"""Changes that are repeated for those who come again; who missed more begins anew."""
OLDEST_REPEAT = dt.timedelta(minutes=30)
"""How far back a page can have been asked for that hears what it missed since then."""
ABOUT_RIGHTS = ("shared", "moved", "purged")
"""Actions on nodes after which somebody may see less."""


@dataclass
class Asked:
    """What a round wants to know.

    `place` is how far it has read, None before the first round. `after` and `age` name from where on to repeat, `nodes`
    and `jobs` those asked about. All `proofs` and `watched` nodes are looked at again if that `is_due`, or if a
    change of this round may take rights away.
    """

    place: Place | None
    after: Place | None = None
    age: float | None = None
    nodes: set[int] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)
    is_due: bool = True
    proofs: set[tuple[str, int]] = field(default_factory=set)
    watched: set[int] = field(default_factory=set)


@dataclass
class Found:
    """The answer; `begun` is the place up to which changes are repeated, and behind which the news begin.

    `repeated` is None where there would be too much, `identities` where they were not looked at, and then `is_closed`
    says nothing: it tells of maintenance. `viewers` has all access roots of the answer.
    """

    begun: Place
    news: News
    repeated: list[Row[Any]] | None
    identities: dict[tuple[str, int], Identity] | None
    standing: dict[int, Standing]
    viewers: dict[int, frozenset[str]]
    owners: dict[int, str]
    old_parents: dict[int, int]
    at: dt.datetime
    is_closed: bool = False


class Who(NamedTuple):
    """Who shows a secret and the row that proves it, None if it is good for nothing; and what closes the site."""

    proof: tuple[str, int] | None
    identity: Identity | None
    maintenance: Mode | None


def changes_rights(row: Row[Any]) -> bool:
    """Whether somebody may see less after this change: of sharing, a group, account, session, token or mode."""
    return row.node_id is None or row.action in ABOUT_RIGHTS


class Reader:
    """Reads with the site's sessions and rules about how long a session lasts."""

    def __init__(self, factory: sessionmaker[Session], settings: Settings):
        self._factory = factory
        self._public: bool = settings["access.public"]
        self._ages = {"idle_timeout": settings["session.idle_timeout"], "max_age": settings["session.max_age"]}

    def read(self, asked: Asked) -> Found:
        """Everything that a round wants to know: at most ten statements, however many sockets there are."""
        with open_session(self._factory, writes=False) as db:
            now = utc_now()
            place = asked.place if asked.place is not None else newest_place(db)
            repeated = self._repeated(db, asked, place, now)
            news = news_behind(db, place, limit=NEWS_LIMIT)
            rows = [*(repeated or ()), *news.rows]
            looks = asked.is_due or any(changes_rights(row) for row in news.rows)
            identities = self._identities(db, asked.proofs) if looks else None
            standing = standing_of(db, asked.nodes | asked.watched if looks else asked.nodes)
            roots = {row.now_access or row.access_id for row in rows} | {each.access_id for each in standing.values()}
            return Found(
                place,
                news,
                repeated,
                identities,
                standing,
                viewers_at(db, roots - {None}),
                owners_of_jobs(db, asked.jobs),
                _old_parents(db, rows),
                now,
                looks and modes(db).maintenance is not None,
            )

    def _repeated(self, db: Session, asked: Asked, place: Place, now: dt.datetime) -> list[Row[Any]] | None:
        since = None
        if asked.age is not None:
            since = now - min(dt.timedelta(seconds=asked.age), OLDEST_REPEAT)
        rows = changes_to_repeat(db, place, after=asked.after, since=since, limit=REPEAT_LIMIT + 1)
        return rows if len(rows) <= REPEAT_LIMIT else None

    def _identities(self, db: Session, proofs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Identity]:
        ids: dict[str, list[int]] = {"session": [], "token": []}
        for kind, row_id in proofs:
            ids[kind].append(row_id)
        sessions = identities_of_sessions(db, ids["session"], public=self._public, **self._ages)
        tokens = identities_of_tokens(db, ids["token"], public=self._public)
        found = {("session", row_id): identity for row_id, identity in sessions.items()}
        return found | {("token", row_id): identity for row_id, identity in tokens.items()}

    def who(self, *, session: str | None, token: str | None) -> Who:
        """Who shows this secret of a session or token."""
        with open_session(self._factory, writes=False) as db:
            if token is not None:
                kind, proof = "token", identity_of_token(db, token, public=self._public)
            else:
                kind, proof = "session", identity_of_session(db, session or "", public=self._public, **self._ages)
            if proof is None:
                return Who(None, None, None)
            return Who((kind, proof.row_id), proof.identity, modes(db).maintenance)


def _old_parents(db: Session, rows: list[Row[Any]]) -> dict[int, int]:
    """For each change that moved something, where that is still to be found, the place that it left."""
    left = {row.id: parent_path(row.path_before) for row in rows if row.action == "moved" and row.path_before}
    ids = ids_at(db, set(left.values()))
    return {change_id: ids[path] for change_id, path in left.items() if path in ids}
