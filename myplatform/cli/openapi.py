"""`myplatform openapi`: the description of the REST API, as the site serves it, without a server or a database."""

from __future__ import annotations

import click
import orjson

from ..views.api.description import describe
from . import Program


@click.command()
@click.pass_obj
def openapi(program: Program) -> None:
    """Print the OpenAPI document of this site, its plug-ins' kinds included."""
    click.echo(orjson.dumps(describe(program.configured), option=orjson.OPT_INDENT_2))
