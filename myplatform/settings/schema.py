"""Every key of the `[app:main]` section: kind, default, bounds, meaning; none is defined elsewhere."""

from __future__ import annotations

from .account_keys import ACCOUNTS
from .cache_keys import CACHE
from .check_keys import CHECKS
from .file_keys import FILES
from .graphql_keys import GRAPHQL
from .jobs_keys import JOBS
from .kinds import (
    BOOLEAN,
    COLOUR,
    DATABASE_URL,
    DATABASE_URLS,
    DURATION,
    INTEGER,
    LANGUAGE,
    SITE_URL,
    SIZE,
    TEXT,
    TIME_ZONE,
    choice,
)
from .live_keys import LIVE
from .mail_keys import MAIL
from .notification_keys import NOTIFICATIONS
from .operations_keys import OPERATIONS
from .people_keys import PEOPLE
from .setting import Setting

TOPICS = {
    "site": "What the intranet is called, looks like and where it is reached.",
    "access": "Who may see anything without signing in.",
    "database": "Where everything but the bytes of files is kept.",
    "files": "Where the bytes of files are kept.",
    "jobs": "Who does what takes longer than a request.",
    "cache": "Where what is costly to make is kept for the next time.",
    "live": "How open pages hear at once what changed.",
    "notifications": "What people are told of by mail.",
    "mail": "Who takes the mail of the site.",
    "request": "What a request may hold.",
    "images": "What pictures are made smaller for showing.",
    "session": "How long somebody stays signed in.",
    "sign_in": "How often somebody may try to sign in.",
    "password": "What a password must be.",
    "token": "What tokens of programs may be.",
    "people": "What the directory of people shows, and what people may change about themselves.",
    "trash": "How long deleted things can be restored.",
    "drafts": "What people have typed and not saved.",
    "reviews": "How often pages are read again.",
    "search": "How words are found.",
    "api": "What integrators see.",
    "graphql": "How much one query of GraphQL may ask for.",
    "http": "How answers travel.",
    "https": "What browsers are told when the site is served by https.",
    "help": "What the first start puts in.",
    "app": "Whether the site is being worked on.",
    "log": "How log lines are written.",
    "operations": "Who may watch the running site.",
    "telemetry": "Where traces go.",
    "errors": "Where unexpected errors are reported.",
    "check": "What `myplatform check` finds.",
}

SEARCH_LANGUAGES = ("simple", "arabic", "danish", "dutch", "english", "finnish", "french", "german")
SEARCH_LANGUAGES += ("hungarian", "italian", "norwegian", "portuguese", "romanian", "russian", "spanish")
SEARCH_LANGUAGES += ("swedish", "turkish")

CORE: tuple[Setting, ...] = (
    Setting("site.title", TEXT, "Intranet", "The name of the site, on every page.", "Example Ltd"),
    Setting(
        "site.url",
        SITE_URL,
        None,
        "The address people reach the site at, below a path if it has one; with https, cookies are sent by https only.",
        "https://intranet.example.com",
    ),
    Setting(
        "site.accent",
        COLOUR,
        "#2457c5",
        "The colour of links and main buttons; its shades are derived so that text on them stays readable.",
        "#0b7a4b",
    ),
    Setting(
        "site.time_zone",
        TIME_ZONE,
        "UTC",
        "The zone in which times are shown to people; programs always get UTC.",
        "Europe/Berlin",
    ),
    Setting("site.language", LANGUAGE, "en", "The language most pages are written in.", "de"),
    Setting(
        "access.public",
        BOOLEAN,
        "false",
        "Whether roles granted to `public` take effect for people who are not signed in.",
        "true",
    ),
    Setting(
        "access.requests_per_day",
        INTEGER,
        "20",
        "For how many addresses one person can ask for access in a day.",
        "50",
    ),
    Setting(
        "database.url",
        DATABASE_URL,
        "sqlite:///%(here)s/data/myplatform.sqlite",
        "The database: a SQLite file or a PostgreSQL database.",
        "postgresql+psycopg://myplatform:${DATABASE_PASSWORD}@db.example.com/myplatform",
        secret=True,
    ),
    Setting(
        "database.replica_urls",
        DATABASE_URLS,
        "none",
        "Copies of the database that follow it by streaming, one a line; those that caught up answer what only reads.",
        "postgresql+psycopg://myplatform:${DATABASE_PASSWORD}@replica.example.com/myplatform",
        secret=True,
    ),
    Setting(
        "database.auto_migrate",
        BOOLEAN,
        "false",
        "Whether the server and every command bring the schema up to date before they start.",
        "true",
    ),
    Setting(
        "database.pool_size",
        INTEGER,
        "5",
        "Connections a process keeps open to PostgreSQL; one that answers one request at a time needs one.",
        "1",
        at_least="1",
        at_most="200",
    ),
    Setting(
        "database.pool_overflow",
        INTEGER,
        "5",
        "Connections a process may open beyond `database.pool_size` for a moment.",
        "0",
        at_least="0",
        at_most="200",
    ),
    Setting(
        "database.prepared_statements",
        BOOLEAN,
        "true",
        "Whether PostgreSQL prepares what is asked often; PgBouncer before 1.22 cannot have it by transaction.",
        "false",
    ),
    Setting(
        "database.statement_timeout",
        DURATION,
        "30s",
        "How long one statement may run on PostgreSQL before it is given up.",
        "10s",
        at_least="1s",
        at_most="1h",
    ),
    Setting(
        "database.lock_timeout",
        DURATION,
        "5s",
        "How long a statement may wait for another's lock on PostgreSQL.",
        "3s",
        at_least="1s",
        at_most="1h",
    ),
    Setting(
        "database.busy_timeout",
        DURATION,
        "10s",
        "How long a write may wait for another's on SQLite.",
        "5s",
        at_least="1s",
        at_most="5m",
    ),
    *FILES,
    *JOBS,
    *CACHE,
    *LIVE,
    *NOTIFICATIONS,
    *MAIL,
    Setting(
        "request.max_size",
        SIZE,
        "8MiB",
        "The largest form or JSON body; the bytes of files have `files.max_size` instead.",
        "4MiB",
        at_least="64KiB",
        at_most="64MiB",
    ),
    Setting(
        "images.max_pixels",
        INTEGER,
        "50000000",
        "The largest picture, width times height, of which a smaller one is made; larger ones are only kept.",
        "20000000",
        at_least="10000",
        at_most="500000000",
    ),
    *ACCOUNTS,
    *PEOPLE,
    Setting(
        "trash.keep_days",
        INTEGER,
        "30",
        "Days a deleted thing can be restored before it is purged.",
        "90",
        at_least="1",
        at_most="3650",
    ),
    Setting(
        "drafts.keep_days",
        INTEGER,
        "90",
        "Days a draft that nobody goes on with is kept.",
        "30",
        at_least="1",
        at_most="3650",
    ),
    Setting(
        "reviews.months",
        INTEGER,
        "6",
        "Months until the next review that “Still correct” suggests.",
        "12",
        at_least="1",
        at_most="120",
    ),
    Setting(
        "search.language",
        choice(*SEARCH_LANGUAGES),
        "english",
        "The language whose word endings search on PostgreSQL disregards (`simple`: none); set before the first start.",
        "german",
    ),
    Setting(
        "api.docs", BOOLEAN, "true", "Whether `/api/docs` shows the REST interface in the browser.", "false"
    ),
    *GRAPHQL,
    Setting(
        "http.compress",
        BOOLEAN,
        "true",
        "Whether pages and JSON are compressed here; `false` where the web server before the site does it.",
        "false",
    ),
    Setting(
        "https.hsts_max_age",
        DURATION,
        "365d",
        "How long a browser that came by https remembers never to come without; `0s` tells it nothing.",
        "0s",
        at_least="0s",
        at_most="3650d",
    ),
    Setting(
        "help.import", BOOLEAN, "true", "Whether the first start puts the manual into the tree.", "false"
    ),
    *OPERATIONS,
    *CHECKS,
)

_declared: dict[str, Setting] = {setting.key: setting for setting in CORE}


def declare(*settings: Setting) -> None:
    """Add a plug-in's keys when the module that `pyramid.includes` names is imported; ValueError if taken."""
    for setting in settings:
        if _declared.get(setting.key, setting) != setting:
            raise ValueError(f"the setting {setting.key} is declared already")
    _declared.update((setting.key, setting) for setting in settings)


def declared() -> dict[str, Setting]:
    """Every key known by now, in the order of declaration."""
    return dict(_declared)
