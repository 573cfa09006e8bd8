"""`myplatform worker` and `myplatform beat`: processes that run jobs, or see to it that they are asked for."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

import click
from pyramid.registry import Registry

from ..jobs.working import Workers
from ..parts.jobs import ThreadJobs
from . import Program, say


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Jobs at once, instead of jobs.threads.")
@click.option("--beat/--no-beat", default=True, help="Whether it also asks for jobs that are due again (it does).")
@click.pass_obj
def worker(program: Program, concurrency: int | None, beat: bool) -> None:
    """Run jobs until it is interrupted. Any number of workers may run, on any machines.

    Told to end (SIGTERM), it takes no more jobs, and those that run stop at their next step and are given back. A job
    that hangs is given up, and the worker ends with 75: let what starts it start it again.
    """
    registry = _begin(program)
    carrier = registry["jobs"]
    threads = concurrency or max(1, program.settings["jobs.threads"])
    runs = ("jobs", "schedules") if beat else ("jobs",)
    own = threads if carrier.is_embedded else 1
    workers = Workers(registry, threads=own, at_once=threads, runs=runs, replace=lambda: _leave(workers))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the carrier has its own way
    try:
        workers.start()
        say(f"Worker {workers.name} runs up to {threads} jobs at once.")
        carrier.work(workers.work, threads=threads, ending=workers.end)
    finally:
        workers.stop()


def _leave(workers: Workers) -> NoReturn:
    """Give back what other threads run and end, whatever hangs: what starts workers starts another one."""
    workers.stop()
    say(f"Worker {workers.name} ends, as a job hangs in it. It is to be started again.")
    logging.shutdown()
    os._exit(os.EX_TEMPFAIL)


@click.command()
@click.pass_obj
def beat(program: Program) -> None:
    """Ask for jobs that are due again, and hand over those that were lost, until it is interrupted. Run none."""
    workers = Workers(_begin(program), threads=0, runs=("schedules",))
    workers.start()
    say(f"Beat {workers.name} has begun.")
    ThreadJobs().work(lambda _job_id: None, threads=0, ending=workers.stop)


def _begin(program: Program) -> Registry:
    registry = program.registry
    program.set_up_logging()
    return registry
