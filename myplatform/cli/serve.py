"""`myplatform serve`: what `pserve` does, with the INI file checked before anything else is read from it."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from typing import Any

import click
import plaster
from paste.deploy import loadwsgi

from ..settings.ini import replace_variables
from . import Program


class LiteralPercent(configparser.Interpolation):
    """Variables as `settings` reads them: a percent sign that names none stands for itself."""

    def before_get(
        self, _parser: Any, _section: str, _option: str, value: str, defaults: Mapping[str, str]
    ) -> str:
        """The value with its variables replaced."""
        return replace_variables(value, defaults, [], depth=configparser.MAX_INTERPOLATION_DEPTH)


class IniParser(loadwsgi.NicerConfigParser):
    """PasteDeploy's parser with literal percent signs."""

    def __init__(self, filename: str, *args: Any, **options: Any):
        super().__init__(filename, *args, interpolation=LiteralPercent(), **options)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Listen here instead of where [server:main] says.")
@click.pass_obj
def serve(program: Program, listen: str | None) -> None:
    """Serve the site as [server:main] of the INI file says, until it is interrupted."""
    _ = program.settings  # a mistake ends the command here, before logging or a port is opened
    loadwsgi.NicerConfigParser = IniParser  # PasteDeploy has no other way to name its parser
    loader = plaster.get_loader(program.path, protocols=["wsgi"])
    loader.setup_logging()
    context = loadwsgi.loadcontext(loadwsgi.SERVER, loader.pastedeploy_spec, relative_to=loader.relative_to)
    if listen:
        for option in ("host", "port", "bind"):
            context.local_conf.pop(option, None)
        context.local_conf["listen"] = listen
    server = context.create()
    server(loader.get_wsgi_app())
