"""`myplatform live`: the live service as a process of its own."""

from __future__ import annotations

import asyncio

import click

from ..addresses import EVERYWHERE, listening_address, public_address
from . import Program, address_given, say


@click.command()
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=address_given,
    help="Listen here instead of where live.listen says.",
)
@click.pass_obj
def live(program: Program, listen: str | None) -> None:
    """Tell open pages what changed, until it is interrupted."""
    from ..live.service import LiveService, serve_until_ended  # noqa: PLC0415 - `live --help` needs no database

    address = listen or program.settings["live.listen"]
    if address is None:
        raise click.ClickException("live.listen is not set: say in the INI file or by --listen where to listen.")
    if program.settings["live.url"] == "memory:":
        say("live.url is memory:, which no other process hears: pages learn of changes a moment later.")
    registry = program.registry
    program.set_up_logging()
    host, _, port = address.rpartition(":")
    host = "0.0.0.0" if host in EVERYWHERE else host.strip("[]")  # noqa: S104 - the deployer wrote so
    site = public_address(program.settings, listening_address({"__file__": program.path}))
    service = LiveService(
        registry, host=host, port=int(port), port_of_site=site.rpartition(":")[2] if "//" in site else None
    )
    try:
        asyncio.run(serve_until_ended(service, lambda: say(f"The live service listens at port {service.port}.")))
    except OSError as error:
        raise click.ClickException(f"Cannot listen at {address}: {error.strerror}.") from None
