"""`myplatform user …` and `myplatform token add`: accounts from the command line."""

from __future__ import annotations

import sys
from collections import Counter

import click
from sqlalchemy.orm import Session

from ..actions.own_entries import link_entry
from ..actions.tokens import create_token
from ..actions.users import change_user, create_user, disable_user, set_password
from ..errors import Invalid
from ..identity import SYSTEM
from ..permissions import Scope
from ..queries.accounts import list_users, user_named
from ..queries.nodes import node_by_path
from ..queries.own_entries import all_matches
from . import Program, say

PAGE = 500
MOST_READ = 1 << 16
"""Bytes of standard input that are read for a password: more than any can have."""


@click.group()
def user() -> None:
    """Add, list and disable users, and set passwords."""


@user.command()
@click.argument("name")
@click.option("--display-name", default="", help="The name people read; otherwise NAME.")
@click.option("--email", metavar="ADDRESS", help="Serves for signing in, too.")
@click.option("--admin", "is_admin", is_flag=True, help="Make an administrator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.pass_obj
def add(
    program: Program, name: str, display_name: str, email: str | None, is_admin: bool, password_stdin: bool
) -> None:
    """Add the user NAME."""
    password = _password(stdin=password_stdin)
    with program.session() as db:
        made = create_user(
            db,
            by=SYSTEM,
            name=name,
            display_name=display_name,
            email=email,
            is_admin=is_admin,
            password=password,
            min_length=program.settings["password.min_length"],
        )
        say(f"Added {'the administrator' if is_admin else 'the user'} {made.name}.")


@user.command("list")
@click.pass_obj
def list_(program: Program) -> None:
    """List all users: name, administrator or not, enabled or not, e-mail address, display name."""
    after = ""
    with program.session(writes=False) as db:
        while users := list_users(db, after=after, limit=PAGE):
            for each in users:
                rank = "admin" if each.is_admin else "user"
                state = "disabled" if each.disabled_at else "enabled"
                click.echo("\t".join((each.name, rank, state, each.email or "-", each.display_name)))
            after = users[-1].name


@user.command()
@click.argument("name")
@click.pass_obj
def disable(program: Program, name: str) -> None:
    """Shut the user NAME out at once; what they wrote stays."""
    with program.session() as db:
        disable_user(db, user_named(db, name), by=SYSTEM)
        say(f"{name} is disabled; all sessions and tokens have ended.")


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.option("--admin", "is_admin", is_flag=True, help="Make an administrator, too.")
@click.pass_obj
def passwd(program: Program, name: str, password_stdin: bool, is_admin: bool) -> None:
    """Give the user NAME another password and end all their sessions."""
    password = _password(stdin=password_stdin)
    with program.session() as db:
        found = user_named(db, name)
        set_password(db, found, password, by=SYSTEM, min_length=program.settings["password.min_length"])
        if is_admin:
            change_user(db, found, by=SYSTEM, is_admin=True)
        say(f"The password of {name} is set; all sessions have ended.")


@user.command()
@click.argument("name", required=False)
@click.argument("path", required=False)
@click.option("--by-email", is_flag=True, help="Link everybody whose account and entry have the same address.")
@click.pass_obj
def link(program: Program, name: str | None, path: str | None, by_email: bool) -> None:
    """Say which entry of a people directory the user NAME is: the one at PATH, or none without PATH.

    With --by-email all that match are linked, except for addresses that users gave themselves.
    """
    if by_email == (name is not None):
        raise click.UsageError("Name a user and the path of an entry, or say --by-email.")
    with program.session() as db:
        if by_email:
            _link_by_email(db)
            return
        entry = node_by_path(db, path) if path else None
        link_entry(db, user_named(db, name or ""), entry, by=SYSTEM)
        say(f"{name} is {path}." if path else f"{name} is nobody in a directory.")


def _link_by_email(db: Session) -> None:
    found = all_matches(db, SYSTEM)
    users, entries = Counter(each.user.name for each in found), Counter(each.entry.id for each in found)
    linked = 0
    for each in found:
        if each.is_own_word:
            say(f"{each.user.name} gave the address {each.user.email} themselves: link them by name.")
        elif users[each.user.name] > 1 or entries[each.entry.id] > 1:
            say(f"{each.user.name} and {each.entry.path} have an address that is there several times.")
        else:
            link_entry(db, each.user, each.entry, by=SYSTEM)
            linked += 1
    say(f"Linked {linked} of {len(found)}.")


@click.group()
def token() -> None:
    """Make tokens for programs."""


@token.command("add")
@click.argument("user_name", metavar="USER")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    help="How long it is valid; otherwise as long as `token.max_days` allows.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do, given once for each; otherwise read.",
)
@click.pass_obj
def add_token(program: Program, user_name: str, name: str, days: int | None, scopes: tuple[str, ...]) -> None:
    """Make a token that acts as USER and print it alone on standard output; it is shown this once."""
    with program.session() as db:
        made = create_token(
            db,
            user_named(db, user_name),
            by=SYSTEM,
            name=name,
            scopes=scopes or (Scope.READ.value,),
            days=days,
            max_days=program.settings["token.max_days"],
        )
    click.echo(made.secret)
    say(f"Valid until {made.expires_at:%Y-%m-%d %H:%M} UTC.")


def _password(*, stdin: bool) -> str:
    """A password from standard input, its line end removed, or asked for twice on the terminal."""
    if stdin:
        raw = sys.stdin.buffer.read(MOST_READ)
        try:
            return raw.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise Invalid.one("password", "is not UTF-8 text") from None
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on; use --password-stdin.")
    return click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
