"""`myplatform serve`: what `pserve` does, with the INI file checked before anything else is read from it."""

from __future__ import annotations

import configparser
import errno
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

import click
import plaster
from paste.deploy import loadwsgi

from ..jobs.working import start_embedded
from ..settings import Problem, SettingsError
from ..settings.ini import replace_variables
from ..settings.reporting import place_name
from . import Program, address_given


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
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=address_given,
    help="Listen here instead of where [server:main] says.",
)
@click.pass_obj
def serve(program: Program, listen: str | None) -> None:
    """Serve the site as [server:main] of the INI file says, until it is interrupted."""
    _ = program.settings  # a mistake ends the command here, before logging or a port is opened
    loadwsgi.NicerConfigParser = IniParser  # PasteDeploy has no other way to name its parser
    loader = plaster.get_loader(program.path, protocols=["wsgi"])
    server, stays = _server(loader, listen)
    program.set_up_logging()
    application = loader.get_wsgi_app(defaults={"listen": listen} if listen else None)
    if stays:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what is under way is finished or given back
    if stays and hasattr(application, "registry"):
        start_embedded(application.registry)
    try:
        server(application)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise click.ClickException(
            f"Cannot listen: {error.strerror}. Another address: --listen 127.0.0.1:PORT"
        ) from None


def _server(loader: Any, listen: str | None) -> tuple[Callable[[WSGIApplication], None], bool]:
    """What `[server:main]` names, listening at `listen` if that is given; and whether it serves from this process."""
    try:
        context = loadwsgi.loadcontext(
            loadwsgi.SERVER, loader.pastedeploy_spec, relative_to=loader.relative_to
        )
    except LookupError:
        missing = "there is no section [server:main]; it says where to listen"
        raise SettingsError(
            [Problem(place_name(loader.filepath), 0, "", "", None, "CFG004", missing)]
        ) from None
    if listen:
        for option in ("host", "port"):
            context.local_conf.pop(option, None)
        context.local_conf["listen"] = listen
    return context.create(), context.object.__module__.partition(".")[0] == "waitress"
