"""Readiness for production that only the running parts can tell: rights, encryption, backups, people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, make_url, select, text

from ..actions.bookkeeping import BACKUP, DRILL
from ..checks import Examination, Finding, NotTried, Severity
from ..models import SiteValue, User, utc_now
from .database import connected, with_tables
from .parts import workers_seen
from .readiness import is_local, needed

BACKUP_AGE, DRILL_AGE = dt.timedelta(days=2), dt.timedelta(days=100)
REDIS_SECONDS = 3


def database_speaks_tls(examination: Examination) -> Iterator[Finding]:
    """What goes over a network is encrypted."""
    url = make_url(examination.settings["database.url"])
    if all(map(is_local, [url.host] if url.host else url.normalized_query.get("host", [None]))):
        raise NotTried
    with connected(examination, only_postgresql=True) as connection:
        if not connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar():
            yield Finding("the connection to the database is not encrypted", "database.url")


def database_user_is_nobody_special(examination: Examination) -> Iterator[Finding]:
    """A superuser can read files of the server and run programs on it."""
    with connected(examination, only_postgresql=True) as connection:
        row = connection.execute(text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")).one()
        if row.rolsuper:
            yield Finding(f"{row.rolname} is a superuser", "database.url")


def redis_asks_for_a_password(examination: Examination) -> Iterator[Finding]:
    """Whoever reaches it could read the cache and hand over jobs."""
    for key, url in _redis_urls(examination):
        if not urlsplit(url).password:
            yield Finding("is without a password", key)


def broker_forgets_nothing(examination: Examination) -> Iterator[Finding]:
    """A full server that evicts loses messages."""
    urls = [url for key, url in _redis_urls(examination) if key == "jobs.url"]
    if not urls:
        raise NotTried
    import redis  # noqa: PLC0415 - an extra

    client = redis.Redis.from_url(urls[0], socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
    try:
        memory = client.info("memory")
    except redis.RedisError as error:
        raise NotTried("the broker does not answer") from error
    finally:
        client.close()
    if memory["maxmemory"] and memory["maxmemory_policy"] != "noeviction":
        yield Finding(f"maxmemory-policy is {memory['maxmemory_policy']}", "jobs.url")


def _redis_urls(examination: Examination) -> list[tuple[str, str]]:
    keys = ("cache.url", "jobs.url", "live.url")
    found = [(key, examination.settings[key]) for key in keys]
    found = [(key, url) for key, url in found if url.partition(":")[0] in ("redis", "rediss")]
    if not found:
        raise NotTried
    return found


def somebody_keeps_the_schedules(examination: Examination) -> Iterator[Finding]:
    """What is due again is asked for: tidying up, digests. Several may do so; one is enough."""
    seen = workers_seen(examination)
    if not any("schedules" in each.runs for each in seen):
        yield Finding("nobody asked in the last minute for the jobs that are due again")
    if examination.registry["jobs"].is_embedded and not any("jobs" in each.runs for each in seen):
        yield Finding("no process ran jobs in the last minute", mend="start the server; jobs.threads = 1")


def there_is_a_backup(examination: Examination) -> Iterator[Finding]:
    """Made in the last days."""
    yield from _too_long_ago(examination, BACKUP, BACKUP_AGE, "backup")


def a_backup_was_tried(examination: Examination) -> Iterator[Finding]:
    """What was never restored is a hope."""
    yield from _too_long_ago(examination, DRILL, DRILL_AGE, "drill")


def _too_long_ago(examination: Examination, key: str, most: dt.timedelta, what: str) -> Iterator[Finding]:
    with with_tables(examination) as connection:
        wanted = select(SiteValue.__table__.c.value).where(SiteValue.__table__.c.key == key)
        value: dict[str, Any] | None = connection.execute(wanted).scalar()
    if value is None:
        yield Finding(f"there was never a {what}")
        return
    age = utc_now() - dt.datetime.fromisoformat(value["is"]["at"])
    examination.tell(what, f"{age.total_seconds() / 86400:.1f} days ago")
    if age > most:
        yield Finding(f"the last {what} was {age.days} days ago")


def there_are_two_administrators(examination: Examination) -> Iterator[Finding]:
    """One can be ill, or locked out."""
    users = User.__table__
    counted = select(func.count()).where(users.c.is_admin, users.c.disabled_at.is_(None))
    with with_tables(examination) as connection:
        count = connection.execute(counted).scalar_one()
    examination.tell("administrators", str(count))
    if count < 2:
        yield Finding("there is one administrator" if count else "there is no administrator")


CHECKS = (
    needed(
        "PRD009",
        Severity.ERROR,
        "The way to the database is encrypted",
        database_speaks_tls,
        "database.url = postgresql+psycopg://…?sslmode=verify-full",
    ),
    needed(
        "PRD010",
        Severity.WARNING,
        "The database user is no superuser",
        database_user_is_nobody_special,
        "ALTER ROLE … NOSUPERUSER, or a role of its own that owns the database",
    ),
    needed(
        "PRD011",
        Severity.WARNING,
        "Redis or Valkey asks for a password",
        redis_asks_for_a_password,
        "requirepass in the server's configuration, and redis://:PASSWORD@HOST:PORT/NUMBER",
    ),
    needed(
        "PRD012",
        Severity.ERROR,
        "The broker of jobs evicts nothing",
        broker_forgets_nothing,
        "maxmemory-policy noeviction, or a server of its own for the cache",
    ),
    needed(
        "PRD013",
        Severity.WARNING,
        "Somebody asks for the jobs that are due again",
        somebody_keeps_the_schedules,
        "myplatform -c FILE.ini worker, or myplatform -c FILE.ini beat",
    ),
    needed(
        "PRD014",
        Severity.WARNING,
        "There is a fresh backup",
        there_is_a_backup,
        "myplatform -c FILE.ini backup FILE, every day; silence this where something else makes backups",
    ),
    needed(
        "PRD015",
        Severity.NOTE,
        "A backup was restored for trial",
        a_backup_was_tried,
        "myplatform -c FILE.ini drill FILE",
    ),
    needed(
        "PRD023",
        Severity.WARNING,
        "There are two administrators",
        there_are_two_administrators,
        "myplatform -c FILE.ini user add NAME --admin",
    ),
)
