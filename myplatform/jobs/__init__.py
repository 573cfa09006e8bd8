"""Jobs: what is done outside of a request, by a thread of the server or by workers.

    config.add_job("import_pages", import_pages, label=mark("Import of pages"), attempts=3)

`registry` names the kinds of jobs, `job` is what their functions are given, `running` runs one, `working` has the
threads of a worker. A job is a row (`models/jobs.py`) that `actions.jobs.enqueue` writes with whatever asks for it;
what carries its number to a worker is the part `jobs` (`parts/jobs.py`).
"""

from __future__ import annotations

from importlib import import_module

from pyramid.config import Configurator

from . import registry

BUILT_IN = ("checking", "imports", "exports", "notifying", "probing", "searching", "selections", "tidying")
"""Modules of this package with the jobs that are part of the site, each under `JOBS`."""


def add_built_in() -> None:
    """Make the jobs that are part of the site known."""
    for name in BUILT_IN:
        for kind in import_module(f"{__name__}.{name}").JOBS:
            registry.add_job_kind(kind)


def includeme(config: Configurator) -> None:
    """`config.add_job`, the carrier of `jobs.url`, and the built-in jobs."""
    config.add_directive("add_job", lambda _config, *args, **options: registry.add_job(*args, **options))
    config.include("..parts.jobs")
    config.include(".working")
    config.include(".measuring")
    add_built_in()
