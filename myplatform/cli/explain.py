"""`myplatform explain USER PATH`: what somebody may do at a place, and which grant says so."""

from __future__ import annotations

import click

from ..permissions import Permission
from ..queries.access import explain as explain_access
from ..queries.accounts import principal_titles
from ..queries.identities import identity_of_user
from ..queries.nodes import node_by_path
from . import Program, say


@click.command()
@click.argument("user")
@click.argument("path")
@click.pass_obj
def explain(program: Program, user: str, path: str) -> None:
    """Say what USER may do at PATH, and why. The exit code is 1 where USER cannot see it."""
    with program.session(writes=False) as db:
        identity = identity_of_user(db, user, public=program.settings["access.public"])
        if identity is None:
            raise click.ClickException(f"There is no enabled user {user}.")
        decision = explain_access(db, identity, node_by_path(db, path))
        titles = principal_titles(db, {reason.principal for reason in decision.reasons})
    may = [permission for permission in Permission if permission in decision.permissions]
    click.echo(f"{user} may {', '.join(may)} at {path}" if may else f"{user} may do nothing at {path}")
    for reason in decision.reasons:
        given = ", ".join(reason.permissions)
        click.echo(
            f"  {reason.role} for {titles[reason.principal]} ({reason.principal}) at {reason.node.path}: {given}"
        )
    if decision.stopped_at is not None:
        click.echo(f"  {decision.stopped_at.path} does not inherit from above")
    if Permission.VIEW not in decision.permissions:
        say(f"{user} cannot see {path}.")
        raise click.exceptions.Exit(1)
