"""The keys about jobs: what carries them to workers, how many run, how long they are kept."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .kinds import DURATION, INTEGER, UnfitError, absolute, url_parts
from .part_urls import Scheme, offer, part_url
from .setting import Setting

CELERY = "myplatform.parts.jobs_celery:celery_jobs"
BY_REDIS, BY_AMQP = ("production", ("celery", "redis")), ("production", ("celery",))
"""The extra that each needs, and its modules."""


def _thread(url: str) -> str:
    if url != "thread:":
        raise UnfitError("nothing follows thread:", "thread:")
    return url


def _broker(url: str) -> str:
    """A server with its port, name and password; of `amqps:` the file of an authority of one's own."""
    parts = url_parts(url)
    if not parts.hostname:
        raise UnfitError(f"the host is missing: {parts.scheme}://HOST")
    if parts.scheme in ("amqp", "amqps"):
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := options.keys() - ({"ca"} if parts.scheme == "amqps" else set()):
            raise UnfitError(f"'{min(unknown)}' is no option here")
        if "ca" in options:
            absolute(options["ca"], "/")
    return url


offer(
    "jobs",
    Scheme("thread", "myplatform.parts.jobs:thread_jobs", "thread:", _thread),
    Scheme("redis", CELERY, "redis://HOST:PORT/NUMBER", _broker, *BY_REDIS),
    Scheme("rediss", CELERY, "rediss://HOST:PORT/NUMBER", _broker, *BY_REDIS),
    Scheme("amqp", CELERY, "amqp://USER:PASSWORD@HOST:PORT/VHOST", _broker, *BY_AMQP),
    Scheme("amqps", CELERY, "amqps://USER:PASSWORD@HOST:PORT/VHOST", _broker, *BY_AMQP),
)

JOBS: tuple[Setting, ...] = (
    Setting(
        "jobs.url",
        part_url("jobs", "CFG034"),
        "thread:",
        "What carries jobs to workers: a thread of each server process, or a broker for `myplatform worker`.",
        "redis://localhost:6379/1",
        secret=True,
    ),
    Setting(
        "jobs.threads",
        INTEGER,
        "1",
        "Jobs that one process runs at once; with `thread:` each server process, which runs none with `0`.",
        "4",
        at_least="0",
        at_most="64",
    ),
    Setting(
        "jobs.lease",
        DURATION,
        "60s",
        "After how long without a sign of life of its worker a job is given to another.",
        "30s",
        at_least="1s",
        at_most="1h",
    ),
    Setting(
        "jobs.sweep",
        DURATION,
        "10s",
        "How often workers look for jobs that are due or were lost, and say that they live.",
        "5s",
        at_least="1s",
        at_most="10m",
    ),
    Setting(
        "jobs.inline_things",
        INTEGER,
        "100",
        "How many things, with what is in them, are moved, copied, packed or deleted at once; more become a job.",
        "50",
        at_least="1",
        at_most="1000",
    ),
    Setting(
        "jobs.keep_days",
        INTEGER,
        "14",
        "Days a job that ended is kept for looking at; one that failed three times as long.",
        "30",
        at_least="1",
        at_most="3650",
    ),
)
