"""The command line: `myplatform [-c FILE.ini] COMMAND`.

To add a command, write a click command (or group) in a module of this package and name it in `COMMANDS`;
the module is imported only when the command is used, so that `config check` needs no database.
`@click.pass_obj` hands a command the `Program`: `program.settings` reads the INI file, `program.session()`
opens the database. Results go to stdout (`click.echo`), messages for people to stderr (`say`).

Exit codes: 0 fine, 1 the thing asked about is not so (raise `click.ClickException` or any
`errors.Problem`), 2 usage, 69 a service is down (any `OperationalError`), 78 configuration error
(`SettingsError`).
"""

from __future__ import annotations

import configparser
import difflib
import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .. import settings as configuration
from ..errors import Problem
from ..scrubbing import SCRUBBER, scrub_crashes
from ..settings.servers import is_address

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session

GARBAGE_THRESHOLDS = (100_000, 20, 20)
"""What is loaded at the start stays: searching it for garbage as often as usual is a tenth of the time it takes."""
EXIT_NO = 1
EXIT_UNAVAILABLE = 69
EXIT_CONFIGURATION = configuration.EXIT_CONFIGURATION


class Place(NamedTuple):
    """Where a command is defined, as `module:attribute` below this package, and what it does, in short."""

    target: str
    summary: str


COMMANDS = {
    "serve": Place("serve:serve", "Serve the site."),
    "worker": Place("jobs:worker", "Run jobs."),
    "beat": Place("jobs:beat", "Ask for the jobs that are due again or were lost."),
    "live": Place("live:live", "Tell open pages what changed, in a process of its own."),
    "migrate": Place("database:migrate", "Bring the database's schema up to date."),
    "tidy": Place("database:tidy", "Remove what is overdue: old trash, unused bytes, ended sessions."),
    "backup": Place("backups:backup", "Write the whole site into a file, or verify one."),
    "restore": Place("backups:restore", "Make the site what it was when a backup was made."),
    "drill": Place("backups:drill", "Try out whether a backup can be restored."),
    "copy": Place("backups:copy", "Copy the whole site into another database."),
    "check": Place("check:check", "Try whether everything is as it must be."),
    "maintenance": Place("modes:maintenance", "Close the site for everybody but administrators, or open it."),
    "readonly": Place("modes:readonly", "Let everybody read and nobody write, or let them write."),
    "status": Place("modes:status", "Say whether the site is open."),
    "support-bundle": Place("support:support_bundle", "Write what a helper must know, no content."),
    "user": Place("accounts:user", "Add, list and disable users, and set passwords."),
    "token": Place("accounts:token", "Make tokens for programs."),
    "explain": Place("explain:explain", "Say what a user may do at a place, and why."),
    "import": Place("transfer:import_", "Bring in pages, files and people."),
    "export": Place("transfer:export", "Write a subtree into a folder."),
    "openapi": Place("openapi:openapi", "Print the description of the REST API."),
    "config": Place("config:config", "Check, show, explain and write INI files."),
}


class Program:
    """What every command works on: the INI file and, at their first use, its settings and its database."""

    def __init__(self, path: str):
        self.path = path

    @cached_property
    def settings(self) -> configuration.Settings:
        """The settings of the INI file; SettingsError (exit code 78) if it is wrong in any way."""
        settings = configuration.load(self.path)
        SCRUBBER.learn_settings(settings.masked(), settings)
        return settings

    @cached_property
    def configured(self) -> Registry:
        """The site's registry, with all kinds of its plug-ins; no database has been asked for anything yet."""
        from .. import make_config  # noqa: PLC0415 - imported at use: `config check` needs no database

        config = make_config(self.settings)
        config.commit()
        return config.registry

    @cached_property
    def registry(self) -> Registry:
        """The same, with `engine` and `session_factory` that can be used.

        Where `database.auto_migrate` says so, the schema is brought up to date first.
        """
        from ..migrating import upgrade  # noqa: PLC0415 - imported at use, as above

        if self.settings["database.auto_migrate"]:
            upgrade(self.configured["engine"])
        return self.configured

    def set_up_logging(self) -> None:
        """Log as the INI file says; SettingsError if that cannot be done."""
        import plaster  # noqa: PLC0415 - for commands that stay

        try:
            plaster.get_loader(self.path, protocols=["wsgi"]).setup_logging()
        except (LookupError, ValueError, TypeError, AttributeError, OSError, configparser.Error) as error:
            missing = isinstance(error, KeyError) and "_" in str(error)
            told = f"there is no section [{error.args[0]}]" if missing else str(error).replace("\n", " ")
            message = f"logging cannot be set up as its sections say: {told}"
            name = configuration.reporting.place_name(self.path.partition("#")[0])
            raise configuration.SettingsError(
                [configuration.Problem(name, 0, "", "", None, "CFG053", message)]
            ) from None

    def close(self) -> None:
        """Give back the connections to the database, if any were opened."""
        if "configured" in self.__dict__:
            self.configured["engine"].dispose()
            if replicas := self.configured.get("replicas"):
                replicas.dispose()

    @contextmanager
    def session(self, *, writes: bool = True) -> Iterator[Session]:
        """A database session: committed at the end of the block, rolled back if it raises."""
        factory = self.registry["session_factory"]
        from ..database import open_session  # noqa: PLC0415

        with open_session(factory, writes=writes) as db:
            yield db


class Commands(click.Group):
    """A group whose commands are imported when used, and whose errors end with the right exit code."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that is named; for one that there is not, the nearest that there is."""
        name = args[0]
        if name not in COMMANDS and (close := difflib.get_close_matches(name, COMMANDS, n=1)):
            ctx.fail(f"No such command '{name}'. Did you mean '{close[0]}'?")
        return super().resolve_command(ctx, args)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].target.partition(":")
        return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what went wrong becomes a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except configuration.SettingsError as error:
            say(str(error))
            ctx.exit(EXIT_CONFIGURATION)
        except Problem as problem:
            say(problem.message)
            ctx.exit(EXIT_NO)
        except Exception as error:
            if _lacks_schema(error):
                say(f"The database has not the schema of the code ({_first_line(error)}); run: myplatform migrate")
                ctx.exit(EXIT_NO)
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):  # click ends it in silence
                place = f"{error.filename}: " if error.filename is not None else ""
                say(f"{place}{(error.strerror or str(error)).lower()}")
                ctx.exit(EXIT_NO)
            if _is_unavailable(error):
                say(f"The database does not answer: {_first_line(error)}")
                ctx.exit(EXIT_UNAVAILABLE)
            raise


def address_given(_ctx: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    """Callback of `--listen`: one or more HOST:PORT."""
    if given is not None and not (given.split() and all(map(is_address, given.split()))):
        raise click.BadParameter(f"expected HOST:PORT, as in 127.0.0.1:6543; got {given!r}")
    return given


def say(message: str) -> None:
    """A message for a person, on stderr."""
    click.echo(message, err=True)


def _is_unavailable(error: Exception) -> bool:
    """Whether a database cannot be reached; SQLAlchemy is asked only if the command has imported it."""
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    return sqlalchemy is not None and isinstance(error, sqlalchemy.OperationalError)


def _lacks_schema(error: Exception) -> bool:
    """Whether a table or column is missing, which SQLite tells like a failure of the database."""
    original = getattr(error, "orig", None)
    return type(original).__name__ in ("UndefinedTable", "UndefinedColumn") or str(original).startswith("no such ")


def _first_line(error: Exception) -> str:
    return SCRUBBER.text(str(getattr(error, "orig", error)).strip().partition("\n")[0])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-c",
    "--config",
    "path",
    metavar="FILE.ini",
    default=lambda: os.environ.get("MYPLATFORM_CONFIG") or "development.ini",
    help="The INI file; otherwise $MYPLATFORM_CONFIG, otherwise development.ini.",
)
@click.version_option(package_name="myplatform", message="%(version)s")
@click.pass_context
def main(ctx: click.Context, path: str) -> None:
    """Serve and look after a myplatform site."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    scrub_crashes()
    ctx.obj = Program(path)
    ctx.call_on_close(ctx.obj.close)
