"""`myplatform backup`, `restore`, `drill` and `copy`: the whole site kept, brought back, tried out and moved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NoReturn

import click
from pyramid.registry import Registry

from ..backups.archive import Backup
from ..backups.copying import copy as copy_site
from ..backups.making import make_backup
from ..backups.restoring import drill as drill_backup
from ..backups.restoring import mark_restored
from ..backups.restoring import restore as restore_backup
from ..backups.sites import Site, elsewhere
from ..checks import DATA, Examination, findings
from ..database import open_snapshot
from ..settings import UnfitError, declared
from . import EXIT_NO, Program, say

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST_SHOWN = 20


class BackupGroup(click.Group):
    """`backup FILE` makes one, `backup verify FILE` looks at one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """What is no name of a command is a file to write."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["make", *args])


@click.group("backup", cls=BackupGroup, subcommand_metavar="FILE | verify FILE")
def backup() -> None:
    """Write the whole site, database and files, into FILE while it goes on; or verify that FILE is whole."""


@backup.command("make", hidden=True)
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def make(program: Program, path: Path) -> None:
    """Write a backup. The exit code is 1 if contents that the database knows are missing or damaged."""
    made = make_backup(_site(program, program.registry), path)
    contents, took = made["contents"], made["took"]
    rows = sum(each["rows"] for each in made["tables"])
    say(f"{path}: {rows} rows and {contents['count']} files, {took['bytes']:,} bytes, in {took['seconds']} s.")
    if secrets := made["keys"]["not_in_this_file"]:
        say(f"Not in it, to be kept elsewhere: the INI file with its secrets ({', '.join(secrets)}).")
    if broken := len(contents["missing"]) + len(contents["damaged"]):
        _tell_broken(broken)


@backup.command()
@click.argument("path", metavar="FILE", type=EXISTING)
def verify(path: Path) -> None:
    """Read all of a backup and compare it with the hashes in its manifest. Exit code 1 names what is damaged."""
    with Backup(path) as opened:
        opened.verify()
        about = opened.manifest
    rows = sum(each["rows"] for each in about["tables"])
    say(f"{path} is whole: {rows} rows and {about['contents']['count']} files of {about['made_at'][:19]} UTC.")


@click.command()
@click.argument("path", metavar="FILE", type=EXISTING)
@click.option("--replace", is_flag=True, help="Give up the site that is here now.")
@click.pass_obj
def restore(program: Program, path: Path, replace: bool) -> None:
    """Make the site what it was when the backup FILE was made, then check its data.

    The backup is verified first; files are added, and the database is changed in one transaction. Stop the processes
    that serve the site before. Everybody signs in again.
    """
    began, site = time.monotonic(), _site(program, program.configured)
    with Backup(path) as opened:
        loaded = restore_backup(opened, site, replace=replace, tell=say)
        mark_restored(site, opened)
    rows = sum(each.rows for each in loaded.values())
    say(f"Restored {rows} rows in {time.monotonic() - began:.1f} s. Checking the data.")
    if _check(program, site, is_thorough=False):
        raise click.exceptions.Exit(EXIT_NO)


@click.command()
@click.argument("path", metavar="FILE", type=EXISTING)
@click.pass_obj
def drill(program: Program, path: Path) -> None:
    """Try out whether the backup FILE can be restored: into a scratch place, which is checked and removed again."""
    site = _site(program, program.configured)
    with Backup(path) as opened:
        told = drill_backup(opened, site, check=lambda there: _check(program, there, is_thorough=True), tell=say)
    seconds = told["seconds"]
    say(
        f"{told['rows']} rows and {told['contents']} files restored in {seconds['restore']} s, "
        f"checked in {seconds['check']} s: {told['found'] or 'nothing'} found."
    )
    if told["found"]:
        raise click.exceptions.Exit(EXIT_NO)


@click.command("copy")
@click.option("--to", "url", metavar="URL", required=True, help="The other database, as database.url would name it.")
@click.option("--files", "files_url", metavar="URL", help="Another store of files, as files.url would name it.")
@click.pass_obj
def copy(program: Program, url: str, files_url: str | None) -> None:
    """Copy the whole site into the empty database at URL and compare every row that arrived.

    Stop the processes that serve the site before, or say `readonly on`: what is written meanwhile stays behind.
    """
    began = time.monotonic()
    target = elsewhere(program.settings, _checked("database.url", url), _checked("files.url", files_url))
    copied = copy_site(_site(program, program.registry), target, tell=say)
    rows = sum(each.rows for each in copied.tables.values())
    say(f"Copied {rows} rows of {len(copied.tables)} tables in {time.monotonic() - began:.1f} s.")
    if copied.differing:
        raise click.ClickException(f"What arrived is not the same: {', '.join(copied.differing)}")
    if copied.broken:
        _tell_broken(len(copied.broken))


def _tell_broken(count: int) -> NoReturn:
    say(f"{count} contents are not in the store of files as they were; see: myplatform check --data --hashes")
    raise click.exceptions.Exit(EXIT_NO)


def _checked(key: str, value: str | None) -> Any:
    """A value given on the command line as the INI file would have it. Raises a usage error."""
    if value is None:
        return None
    setting = declared()[key]
    try:
        return setting.kind.parse(value)
    except UnfitError as error:
        raise click.BadParameter(error.message or f"expected {setting.kind.accepted}") from None


def _site(program: Program, registry: Registry) -> Site:
    return Site(registry["engine"], registry["files"], program.settings)


def _check(program: Program, site: Site, *, is_thorough: bool) -> int:
    """Run the checks of the data on a site, say the first findings, and return how many there are."""
    registry = program.configured
    count = 0
    with open_snapshot(site.sessions) as db:
        examination = Examination(registry, db, is_thorough, files=site.files)
        for found in findings(examination, {DATA}):
            if found.silenced:
                continue
            count += 1
            if count <= MOST_SHOWN:
                say(f"{found.check.id} {found.finding.where}: {found.finding.what}")
    say(f"{count or 'Nothing'} found.")
    return count
