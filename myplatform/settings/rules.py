"""Pairs of settings that can contradict each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """Two keys that must fit each other: `broken` says in words, from both values, what contradicts what."""

    first: str
    second: str
    broken: Callable[[Any, Any], bool]
    message: str
    fix: str = ""
    """How to mend it; without words, that the first be as the second."""


RULES: tuple[Rule, ...] = (
    Rule(
        "session.idle_timeout",
        "session.max_age",
        lambda idle, age: idle > age,
        "session.idle_timeout ({first}) is longer than session.max_age ({second}) and would never be reached",
    ),
    Rule(
        "database.lock_timeout",
        "database.statement_timeout",
        lambda lock, statement: lock > statement,
        "database.lock_timeout ({first}) is longer than database.statement_timeout ({second}) "
        "and would never be reached",
    ),
    Rule(
        "sign_in.attempts_per_account",
        "sign_in.attempts_per_address",
        lambda account, address: account > address,
        "sign_in.attempts_per_account ({first}) is more than sign_in.attempts_per_address ({second}) "
        "and would never be reached from one address",
    ),
    Rule(
        "live.url",
        "database.url",
        lambda live, database: live == "postgresql:" and database.startswith("sqlite:"),
        "live.url is postgresql:, the database itself, but that is a SQLite file; memory: serves there",
    ),
    Rule(
        "database.replica_urls",
        "database.url",
        lambda replicas, database: bool(replicas) and database.startswith("sqlite:"),
        "database.replica_urls are copies of PostgreSQL, but database.url is a SQLite file",
        "database.replica_urls = none",
    ),
    Rule(
        "graphql.only_registered",
        "graphql.queries",
        lambda only, queries: only and queries is None,
        "graphql.only_registered is true, but graphql.queries is not set: nothing could be asked",
        "graphql.queries = %(here)s/queries",
    ),
    Rule(
        "app.debug_toolbar",
        "app.mode",
        lambda toolbar, mode: toolbar != "false" and mode != "development",
        "app.debug_toolbar tells of every request what is nobody's business, and app.mode is {second}",
        "app.debug_toolbar = false",
    ),
    Rule(
        "mail.from",
        "mail.url",
        lambda sender, url: sender is None and not url.startswith("log:"),
        "mail.from is missing; a mail server wants to know whom mail comes from",
        "mail.from = Intranet <intranet@example.com>",
    ),
)
